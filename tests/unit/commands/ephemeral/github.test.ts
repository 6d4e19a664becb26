import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handOver } from "../../../../src/commands/ephemeral/github";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "lab-github-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What GitHub reads of a file: by its own rules, names and values. */
function read(file: string): Record<string, string> {
    const values: Record<string, string> = {};
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    while (lines.length > 1) {
        const line = lines.shift()!;
        const [, name, mark] = /^([^=<]+)<<(.+)$/.exec(line) ?? [];
        if (name !== undefined) {
            const end = lines.indexOf(mark!);
            values[name] = lines
                .splice(0, end + 1)
                .slice(0, end)
                .join("\n");
        } else {
            values[line.split("=")[0]!] = line.slice(line.indexOf("=") + 1);
        }
    }
    return values;
}

test.each(["/out", "/out\nPATH=/evil", "/out\nend\nNODE_OPTIONS=--require=/evil", "/a\r\nB=c"])(
    "with the output folder %j the job gets the lab's variables and no others",
    (output) => {
        const env = {
            GITHUB_ENV: join(folder, "env"),
            GITHUB_OUTPUT: join(folder, "output"),
            GITHUB_STATE: join(folder, "state"),
        };
        handOver({ stack: "ci-1", kubeconfig: "/k", output, project: "/p" }, env);
        expect(read("env")).toEqual({
            KUBECONFIG: "/k",
            LAB_STACK: "ci-1",
            LAB_OUTPUT: output,
            LAB_PROJECT: "/p",
        });
        expect(read("output")).toEqual({ stack: "ci-1", kubeconfig: "/k", output });
        expect(read("state")).toEqual({ stack: "ci-1" });
    },
);
