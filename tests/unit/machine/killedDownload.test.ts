import { ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProjectCopy, copyProject } from "../../support/projectCopy";

/** On a machine with an engine, and with a kind that is too old. */
let project: ProjectCopy;
beforeEach(() => {
    project = copyProject();
    project.program("docker", "echo '{}'");
    project.program("kind", "echo kind v0.1.0 go1.25 linux/amd64");
});

/** How to start `up` where this stands for the network. */
function upWith(fetch: string) {
    const network = join(project.folder, "network.cjs");
    writeFileSync(network, `globalThis.fetch = ${fetch};`);
    return project.start("up", ["--stack", "download"], ["--require", network]);
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
    const made = readdirSync(join(project.folder, ".lab"), { recursive: true, encoding: "utf8" });
    expect(made.filter((path) => /kind/.test(path) && !path.startsWith("compiled"))).toEqual([]);

    const [program, args, options] = upWith("() => Promise.reject(new Error('no network'))");
    const again = spawnSync(program, args, { ...options, encoding: "utf8" });
    expect(again.stderr).toContain("downloading kind v");
    expect(again.stderr).toContain("(no network); put kind 0.32.0 or later on PATH instead");
    expect(again.status).toBe(1);
}, 120_000);
