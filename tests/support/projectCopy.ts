import { spawnSync } from "node:child_process";
import {
    cpSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
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
    /** Runs one to its end, with these variables. */
    readonly run: (name: string, args?: readonly string[], options?: RunOptions) => Ended;
}

/** How a command is run. */
interface RunOptions {
    readonly env?: NodeJS.ProcessEnv;
    readonly nodeArgs?: readonly string[];
}

/** What a command left behind. */
interface Ended {
    readonly status: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

/** What commands need of the project. */
const parts = ["src", "Pulumi.yaml", "package.json", "tsconfig.json"];

/** This test file's copy; to copy three hundred files takes as long as a short command. */
let copied: string | undefined;

/** A copy of the project in a folder of its own, without anything that the test before has left in it. */
export function copyProject(): ProjectCopy {
    const folder = (copied ??= copyParts());
    const left = readdirSync(folder).filter((name) => ![...parts, "node_modules"].includes(name));
    left.forEach((name) => rmSync(join(folder, name), { recursive: true, force: true }));
    // What the loader keeps is good for every source of the same content, and saves each copy a second and more.
    for (const lab of [projectRoot, folder].map((root) => join(root, ".lab"))) {
        mkdirSync(lab, { recursive: true, mode: 0o700 });
    }
    mkdirSync(join(projectRoot, ".lab", "compiled"), { recursive: true });
    symlinkSync(join(projectRoot, ".lab", "compiled"), join(folder, ".lab", "compiled"));
    const PATH = [folder, process.env.PATH].join(delimiter);
    const start: ProjectCopy["start"] = (name, args = [], nodeArgs = []) => [
        process.execPath,
        [...nodeArgs, ...commandArgs(name, folder), ...args],
        { cwd: folder, env: { ...process.env, PATH } },
    ];
    return {
        folder,
        program: (name, script) =>
            writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 }),
        start,
        run: (name, args, { env = {}, nodeArgs } = {}) => {
            const [program, line, options] = start(name, args, nodeArgs);
            const { status, stdout, stderr } = spawnSync(program, line, {
                ...options,
                env: { ...options.env, PULUMI_HOME: join(folder, "home"), ...env },
                encoding: "utf8",
            });
            return { status, stdout, stderr };
        },
    };
}

/** Copies them to a new folder, which goes with all temporary files of the test file. */
function copyParts(): string {
    const folder = mkdtempSync(join(tmpdir(), "lab-copy-"));
    for (const part of parts) {
        cpSync(join(projectRoot, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    return folder;
}

/** An engine without containers and the pinned kind; the engine runs this shell script before it answers. */
export function fakeMachine(copy: ProjectCopy, before = ":"): void {
    copy.program(
        "docker",
        `${before}
        case "$*" in
            *inspect*) echo "no such container" >&2; exit 1 ;;
            ps*) ;;
            *) echo '{"ServerVersion":"27.0.0","MemTotal":64000000000,"NCPU":8}' ;;
        esac`,
    );
    fakeKind(copy);
}

/** The pinned kind, which does this where it is not asked for its version. */
export function fakeKind(copy: ProjectCopy, other = ":"): void {
    copy.program(
        "kind",
        `case $1 in version) echo "kind v0.33.0 go1.25 linux/amd64" ;; *) ${other} ;; esac`,
    );
}

/** A Pulumi with its language host and no stacks, but for what these branches of a `case` on its arguments do. */
export function fakePulumi(copy: ProjectCopy, branches: string): void {
    copy.program(
        "pulumi",
        `[ "$1" = -C ] && shift 2
        case "$*" in
            version) echo v3.265.0 ;;
            ${branches}
            "stack ls"*) echo "[]" ;;
        esac`,
    );
    copy.program("pulumi-language-nodejs", "exit 0");
}
