import { ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { projectRoot } from "../../src/config/declaration";
import { typescriptLoader } from "../../src/interpreter";

/** A copy of the project, on a machine with an engine and without kind. */
let project: string;
beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "lab-download-"));
    for (const part of ["src", "Pulumi.yaml", "package.json", "tsconfig.json"]) {
        cpSync(join(projectRoot, part), join(project, part), { recursive: true });
    }
    symlinkSync(join(projectRoot, "node_modules"), join(project, "node_modules"));
    writeFileSync(join(project, "docker"), "#!/bin/sh\necho '{}'\n", { mode: 0o755 });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** How to start `up` where this stands for the network. */
function upWith(fetch: string) {
    const network = join(project, "network.cjs");
    writeFileSync(network, `globalThis.fetch = ${fetch};`);
    const script = join(project, "src", "cli", "up.ts");
    const args = ["--require", network, ...typescriptLoader, script, "--stack", "download"];
    const PATH = [project, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
    return [process.execPath, args, { cwd: project, env: { ...process.env, PATH } }] as const;
}

function said(child: ChildProcess, text: string): Promise<void> {
    return new Promise((resolve) =>
        child.stderr!.on("data", (chunk: Buffer) => {
            if (chunk.toString().includes(text)) {
                resolve();
            }
        }),
    );
}

test("an up that is killed while kind comes down leaves nothing, and the next one downloads it again", async () => {
    const killed = spawn(...upWith("() => new Promise((end) => setTimeout(end, 60_000))"));
    const ended = new Promise((resolve) => killed.on("close", resolve));
    await said(killed, "downloading kind v");
    killed.kill("SIGKILL");
    await ended;
    const made = readdirSync(join(project, ".lab"), { recursive: true });
    expect(made.filter((path) => String(path).includes("kind"))).toEqual([]);

    const [program, args, options] = upWith("() => Promise.reject(new Error('no network'))");
    const again = spawnSync(program, args, { ...options, encoding: "utf8" });
    expect(again.stderr).toContain("downloading kind v");
    expect(again.stderr).toContain("(no network); put kind 0.27.0 or later on PATH instead");
    expect(again.status).toBe(1);
}, 120_000);
