import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { projectRoot } from "../../src/config/declaration";
import { commandArgs } from "../../src/machine/interpreter";

/** A copy of the project whose commands find programs of the test's own on PATH. */
export interface ProjectCopy {
    readonly folder: string;
    /** Puts a shell script on PATH. */
    readonly program: (name: string, script: string) => void;
    /** How to start one of the lab's commands there, as `spawn` takes it. */
    readonly start: (
        name: string,
        args?: readonly string[],
        nodeArgs?: readonly string[],
    ) => readonly [string, string[], { cwd: string; env: NodeJS.ProcessEnv }];
}

/** Copies the project to a folder of its own. */
export function copyProject(): ProjectCopy {
    const folder = mkdtempSync(join(tmpdir(), "lab-copy-"));
    for (const part of ["src", "Pulumi.yaml", "package.json", "tsconfig.json"]) {
        cpSync(join(projectRoot, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    // What the loader keeps is good for every source of the same content, and saves each copy a second and more.
    for (const lab of [projectRoot, folder].map((root) => join(root, ".lab"))) {
        mkdirSync(lab, { recursive: true, mode: 0o700 });
    }
    mkdirSync(join(projectRoot, ".lab", "compiled"), { recursive: true });
    symlinkSync(join(projectRoot, ".lab", "compiled"), join(folder, ".lab", "compiled"));
    const PATH = [folder, process.env.PATH].join(delimiter);
    return {
        folder,
        program: (name, script) =>
            writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 }),
        start: (name, args = [], nodeArgs = []) => {
            const env = { ...process.env, PATH };
            return [
                process.execPath,
                [...nodeArgs, ...commandArgs(name, folder), ...args],
                { cwd: folder, env },
            ];
        },
    };
}
