import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { commandArgs } from "../../../src/machine/interpreter";
import { run } from "../../../src/machine/run";

const tools = mkdtempSync(join(tmpdir(), "lab-tools-"));
afterAll(() => rmSync(tools, { recursive: true, force: true }));

/** Runs `npm run cache` where docker is this shell script. */
function cache(docker: string, ...args: string[]) {
    const script = `#!/bin/sh\ncase "$1 $2" in "info --format") echo '{}' ;; ${docker} esac\n`;
    writeFileSync(join(tools, "docker"), script, { mode: 0o755 });
    const path = [tools, process.env.PATH].join(delimiter);
    return run(process.execPath, [...commandArgs("cache"), ...args], { env: { PATH: path } });
}

const one = "cilium-global-services/cache:docker.io_library_nginx_1-0123456789ab";
const holdingOne = `"image ls") echo ${one} ;; "image inspect") echo 26000000 ;; "image rm") echo "$3" > ${tools}/removed ;;`;

test("an empty cache is said to be", async () => {
    expect(await cache('"image ls") ;;', "--prune")).toEqual({
        code: 0,
        stdout: "The cache is empty.\n",
        stderr: "",
    });
});

test("the list has every image with its size, and removes nothing by itself", async () => {
    const { code, stdout, stderr } = await cache(holdingOne);
    const row = (name: string, size: string) => `${name.padEnd(38)}  ${size}\n`;
    expect(stdout).toBe(
        row("image", "size") +
            row("docker.io_library_nginx_1-0123456789ab", "26 MB") +
            row("all", "26 MB") +
            "npm run cache -- --prune removes them.\n",
    );
    expect([code, stderr]).toEqual([0, ""]);
    expect(existsSync(join(tools, "removed"))).toBe(false);
});

test("--prune removes what it lists", async () => {
    const { code, stdout } = await cache(holdingOne, "--prune");
    expect(stdout).toContain("All of them were removed from the cache.\n");
    expect(readFileSync(join(tools, "removed"), "utf8")).toBe(`${one}\n`);
    expect(code).toBe(0);
});
