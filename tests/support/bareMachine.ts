import {
    appendFileSync,
    chmodSync,
    existsSync,
    linkSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TestEnvironment as NodeEnvironment } from "jest-environment-node";

declare global {
    /** What this file's tests have asked of the real machine since they were asked last: a line each, oldest first. */
    var takeRealCalls: () => string[];
    /** The folder in front of PATH with the programs of a lab that fail a test; one that needs its own puts it there. */
    var programsFolder: string;
    /** Node.js's own, which loads a package once for all test files of a worker. */
    var requireOutside: NodeJS.Require;
}

/** Programs of a lab. A test that needs one puts its own in front of PATH. */
const labPrograms = [
    ...["docker", "podman", "nerdctl", "finch"],
    ...["kind", "pulumi", "kubectl", "helm", "cilium", "hubble"],
];

/** Variables that tests see as they are outside; no others are there. */
const kept = ["CHROMIUM", "FUZZ_RUNS", "JEST_WORKER_ID", "NODE_ENV", "PATH"];

/** The framework colours its messages by these; tests see none of them. */
const colours = ["FORCE_COLOR", "NO_COLOR"];

/**
 * What a test file without an engine or clusters gets of the machine: the system's programs and the Node.js that runs
 * it, but none of a lab's; no variables; a home and a folder for temporary files of its own, both empty and removed at its end; no network but this
 * machine's own. The time zone is never UTC, so that one taken for the other is seen.
 *
 * It changes the real environment of the process, not only what jest shows to tests: `os.homedir()`, `os.tmpdir()` and
 * programs that are started without an `env` go by that one.
 */
export default class BareMachine extends NodeEnvironment {
    private readonly outside = { ...process.env };
    private readonly before = openHandles().length;
    private readonly root: string;

    constructor(...given: ConstructorParameters<typeof NodeEnvironment>) {
        super(...given);
        this.root = mkdtempSync(join(tmpdir(), "lab-unit-"));
        setEnvironment(process.env, bareEnvironment(this.root, this.outside));
        setEnvironment(this.global.process.env, {
            ...process.env,
            ...only(colours, this.outside),
        });
        stayOnThisMachine(callsFile(this.root));
        this.global.programsFolder = join(this.root, "programs");
        this.global.requireOutside = createRequire(__filename);
        this.global.takeRealCalls = () => takeCalls(callsFile(this.root));
    }

    /** As the framework has been loaded, nobody needs the variables of colours any more. */
    readonly handleTestEvent = ({ name }: { readonly name: string }): void => {
        if (name === "setup") {
            colours.forEach((variable) => delete this.global.process.env[variable]);
            // Pulumi keeps the stack of every promise. Lines are what they are (transform.cjs), so jest need not map them.
            this.global.Error.prepareStackTrace = (error, frames) =>
                [error, ...frames].map(String).join("\n    at ");
            this.global.Error.stackTraceLimit = 20;
        }
    };

    /** @throws Error if the real machine was asked for something after the last test, or something is left that would go on. */
    override async teardown(): Promise<void> {
        await super.teardown();
        setEnvironment(process.env, this.outside);
        const calls = takeCalls(callsFile(this.root));
        rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
        if (calls.length > 0) {
            throw new Error(`besides its tests, this file asked the machine: ${calls.join("; ")}`);
        }
        await requireEnd(this.before);
    }
}

/** Programs and servers of this process that keep it from ending by itself. */
function openHandles(): string[] {
    const kinds = ["ProcessWrap", "TCPServerWrap"];
    return process.getActiveResourcesInfo().filter((kind) => kinds.includes(kind));
}

/** @throws Error if soon there are still more of them than before: what was told to end ends a moment later. */
async function requireEnd(before: number): Promise<void> {
    for (let waits = 0; openHandles().length > before; waits++) {
        if (waits === 100) {
            throw new Error(`this file leaves behind, and does not end: ${openHandles().join()}`);
        }
        await sleep(20);
    }
}

/** The variables of a machine that has nothing but what is in this folder, which is filled. */
function bareEnvironment(root: string, outside: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const folder = (name: string) => {
        mkdirSync(join(root, name));
        return join(root, name);
    };
    const programs = folder("programs");
    const script = `#!/bin/sh
echo "\${0##*/} $*" >> "${callsFile(root)}"
echo "a unit test called the real \${0##*/}" >&2
exit 99
`;
    const [first, ...others] = labPrograms.map((name) => join(programs, name));
    writeFileSync(first!, script);
    chmodSync(first!, 0o755);
    others.forEach((other) => linkSync(first!, other));
    symlinkSync(process.execPath, join(programs, "node"));
    // npm puts the programs of packages in front, one of which is a Pulumi.
    const path = (outside.PATH ?? "")
        .split(delimiter)
        .filter((one) => !one.includes("node_modules"));
    return {
        ...only(kept, outside),
        PATH: [programs, ...path].join(delimiter),
        HOME: folder("home"),
        TMPDIR: folder("tmp"),
        TZ: "Asia/Kathmandu",
    };
}

function only(names: readonly string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name)));
}

function setEnvironment(env: NodeJS.ProcessEnv, wanted: NodeJS.ProcessEnv): void {
    Object.keys(env).forEach((name) => delete env[name]);
    Object.assign(env, wanted);
}

function callsFile(root: string): string {
    return join(root, "calls");
}

function takeCalls(file: string): string[] {
    if (!existsSync(file)) {
        return [];
    }
    const calls = readFileSync(file, "utf8").trimEnd().split("\n");
    rmSync(file);
    return calls;
}

const connect = Reflect.get(Socket.prototype, "connect") as (...args: unknown[]) => Socket;

/** Lets sockets of this process connect to nothing but this machine; where else they would go is noted in a file. */
function stayOnThisMachine(calls: string): void {
    Reflect.set(Socket.prototype, "connect", function (this: Socket, ...args: unknown[]) {
        const host = hostOf(args);
        // Names below `invalid` are nobody's (RFC 6761).
        if (/^(localhost|127(\.\d+){3}|::1|.*\.invalid)$/.test(host)) {
            return connect.apply(this, args);
        }
        appendFileSync(calls, `connect to ${host}\n`);
        // Later, as every failure to connect: whoever asked begins to listen only then.
        setImmediate(() => this.destroy(new Error(`a unit test would have connected to ${host}`)));
        return this;
    });
}

/** Where a socket is to connect; the arguments are those of `connect`, or the list that Node.js makes of them. */
function hostOf([first, second]: readonly unknown[]): string {
    const target: unknown = Array.isArray(first) ? first[0] : first;
    const host = typeof target === "object" ? (target as { host?: unknown }).host : second;
    return typeof host === "string" && host !== "" ? host : "localhost";
}
