import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import * as yaml from "js-yaml";
import { CommandLine, StackDriver } from "../../bench/driver";
import { rawValue, readProject } from "../../src/config/declaration";
import { ClusterName } from "../../src/config/labConfig";
import { commandArgs } from "../../src/machine/interpreter";
import { labFolder } from "../../src/machine/names";
import { Verification } from "../../src/proof/verify/result";

const root = join(__dirname, "..", "..");

/** What a command printed and how it ended. */
export interface Ended {
    readonly code: number;
    readonly output: string;
    readonly stdout: string;
    readonly seconds: number;
}

/** A command that runs. */
export interface Started {
    readonly pid: number;
    readonly ended: Promise<Ended>;
    /** Waits until the output matches. @throws Error if the command ends without such an output. */
    readonly said: (what: RegExp) => Promise<RegExpExecArray>;
}

/**
 * Why the suite that asks is not run: LAB_REAL_SUITES, e.g. `lab,drift`, leaves it out, or real clusters cannot be
 * made here; undefined if it is. LAB_TEST_CONFIG names a stack file for machines that have images and chart of
 * their own.
 *
 * @param clusters How many at a time; each needs 2 GiB.
 */
export function whyNotReal(clusters = 2): string | undefined {
    const only = process.env.LAB_REAL_SUITES;
    const suite = basename(expect.getState().testPath ?? "", ".real.test.ts");
    if (only && !only.split(",").includes(suite)) {
        return `LAB_REAL_SUITES is ${only}`;
    }
    const engine = spawnSync("docker", ["info", "--format", "{{.MemTotal}}"], { encoding: "utf8" });
    if (engine.status !== 0) {
        return "no Docker engine answers";
    }
    if (Number(engine.stdout) < clusters * 2 * 2 ** 30) {
        return `Docker has less than ${clusters * 2} GiB of memory`;
    }
    const pulumi = command("pulumi", ["version"]);
    if (pulumi.code !== 0) {
        const problem = /^ +- (.*)$/m.exec(pulumi.output)?.[1] ?? pulumi.output.trim();
        return problem.replace(/\.$/, "");
    }
    const kind = spawnSync("kind", ["version"]);
    return kind.status === 0 || canDownload()
        ? undefined
        : "there is no kind and no way to download it";
}

function canDownload(): boolean {
    const script = "fetch('https://github.com').then(() => process.exit(0), () => process.exit(1))";
    return spawnSync(process.execPath, ["-e", script]).status === 0;
}

/** Runs one of the lab's commands, `src/commands/`, to its end. */
export function command(name: string, args: readonly string[], env = process.env): Ended {
    return runToEnd({ program: process.execPath, args: [...commandArgs(name), ...args], env });
}

function runToEnd({ program, args, env }: CommandLine): Ended {
    const start = Date.now();
    const { status, stdout, stderr } = spawnSync(program, args, {
        cwd: root,
        env,
        encoding: "utf8",
        maxBuffer: 64 * 2 ** 20,
    });
    const seconds = (Date.now() - start) / 1000;
    return { code: status ?? 1, output: stdout + stderr, stdout, seconds };
}

/** The project's own keys of a stack file. */
export function keysOf(file: string): Record<string, string> {
    const { config } = yaml.load(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    const prefix = `${readProject().name}:`;
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace(prefix, ""), rawValue(value)]),
    );
}

/** The project's own keys in the tests' own config (LAB_TEST_CONFIG); none without one. */
export function givenConfig(): Record<string, string> {
    const file = process.env.LAB_TEST_CONFIG;
    return file ? keysOf(file) : {};
}

/** One stack of its own on real clusters. */
export class RealLab extends StackDriver {
    /** @param stack Its name; one that has a stack file already keeps that. */
    constructor(stack = `test-${randomBytes(3).toString("hex")}`) {
        super(stack);
        const config = process.env.LAB_TEST_CONFIG;
        if (config && !this.isConfigured) {
            copyFileSync(config, this.file);
        }
    }

    run(name: string, ...args: string[]): Ended {
        return runToEnd(this.commandLine(name, ...args));
    }

    /** Runs the command that has to heal a fault, and prints how long that took. */
    recover(fault: string, name: string, ...args: string[]): Ended {
        const ended = this.run(name, ...args);
        if (ended.code === 0) {
            process.stdout.write(`recovered: ${fault}: ${ended.seconds.toFixed(0)} s\n`);
        }
        return ended;
    }

    /** Plain Pulumi on the stack. */
    pulumi(...args: string[]): Ended {
        return command("pulumi", [...args, "--stack", this.stack]);
    }

    /** Plain Pulumi on the stack with arguments after its own, e.g. after a `--`. */
    pulumiWith(args: readonly string[], last: readonly string[]): Ended {
        return command("pulumi", [...args, "--stack", this.stack, ...last]);
    }

    set(key: string, value: string): void {
        const { code, output } = this.pulumi("config", "set", key, value);
        if (code !== 0) {
            throw new Error(output);
        }
    }

    /** Sets one value inside a key that has an object. */
    setPath(path: string, value: string): void {
        const { code, output } = this.pulumi("config", "set", "--path", path, value);
        if (code !== 0) {
            throw new Error(output);
        }
    }

    /** Sets every key that a stack file has. */
    setAll(file: string): void {
        Object.entries(keysOf(file)).forEach(([key, value]) => this.set(key, value));
    }

    /** What the tests' own config (LAB_TEST_CONFIG), else Pulumi.yaml, sets a key to. */
    given(key: string): string {
        return givenConfig()[key] ?? rawValue(readProject().declarations[key]!.default);
    }

    /** Takes the name of a cluster's node, as somebody else's kind would. */
    makeForeign(cluster: ClusterName): void {
        const { code, output } = docker(
            "run",
            "--detach",
            "--name",
            this.node(cluster),
            "--entrypoint",
            "sleep",
            this.given("nodeImage"),
            "3600",
        );
        if (code !== 0) {
            throw new Error(output);
        }
    }

    /** Asks, and returns who answered by who asked. */
    answering(): { readonly answered: Record<string, string[]>; readonly result: Verification } {
        const { code, stdout, output } = this.run("verify", "--json");
        if (code !== 0) {
            throw new Error(`verify ended with ${code}: ${output}`);
        }
        const result = JSON.parse(stdout) as Verification;
        const answered = result.clients.map(({ client, answers }) => [
            client,
            answers.filter(({ count }) => count > 0).map(({ cluster }) => cluster),
        ]);
        return { answered: Object.fromEntries(answered) as Record<string, string[]>, result };
    }

    /** kubectl inside a node, as its administrator. */
    kubectl(cluster: ClusterName, ...args: string[]): Ended {
        return docker(
            "exec",
            this.node(cluster),
            "kubectl",
            "--kubeconfig=/etc/kubernetes/admin.conf",
            ...args,
        );
    }

    /** Starts one of the lab's commands, in a process group of its own. */
    start(name: string, ...args: string[]): Started {
        const start = Date.now();
        const { program, args: all, env } = this.commandLine(name, ...args);
        const child = spawn(program, all, { cwd: root, env, detached: true });
        let output = "";
        const read = (chunk: Buffer) => (output += chunk.toString());
        child.stdout.on("data", read);
        child.stderr.on("data", read);
        const ended = new Promise<Ended>((resolve) =>
            child.on("close", (code) => {
                const seconds = (Date.now() - start) / 1000;
                resolve({ code: code ?? 137, output, stdout: output, seconds });
            }),
        );
        const said = (what: RegExp) =>
            new Promise<RegExpExecArray>((resolve, reject) => {
                const look = () => {
                    const match = what.exec(output);
                    if (match !== null) {
                        resolve(match);
                    }
                };
                child.stdout.on("data", look);
                child.stderr.on("data", look);
                look();
                void ended.then(() =>
                    reject(new Error(`${name} ended before ${String(what)}: ${output}`)),
                );
            });
        return { pid: child.pid!, ended, said };
    }

    /**
     * Starts a command and sends it a signal as soon as its output matches; waits for its end. SIGTERM goes to
     * the command alone, as `kill` sends it; the others to its process group, as a terminal does.
     *
     * @throws Error if the command ends without such an output.
     */
    async interrupted(
        name: string,
        args: readonly string[],
        when: RegExp,
        signal: NodeJS.Signals,
    ): Promise<Ended> {
        const { pid, ended, said } = this.start(name, ...args);
        await said(when);
        process.kill(signal === "SIGTERM" ? pid : -pid, signal);
        return ended;
    }

    /** Containers of the stack's clusters, running or not. */
    containers(): string[] {
        const { stdout } = docker("ps", "--all", "--format", "{{.Names}}");
        return stdout.split("\n").filter((name) => name.startsWith(`mesh-${this.stack}-`));
    }

    /** What only a command at work has: locks of the stack, parts of files, a kind that makes a cluster. */
    workInProgress(): string[] {
        const { stdout } = spawnSync("ps", ["-A", "-ww", "-o", "args="], { encoding: "utf8" });
        const kinds = stdout
            .split("\n")
            .filter((line) => line.includes(`create cluster --name mesh-${this.stack}-`));
        const files = readdirSync(labFolder, { recursive: true, encoding: "utf8" });
        const isLock = (file: string) =>
            file.includes(this.stack) && /\.lock$|[/\\]locks[/\\].*\.json$/.test(file);
        return [...kinds, ...files.filter((file) => isLock(file) || file.endsWith(".part"))];
    }

    /** All there is of the stack besides its config file. */
    remains(): string[] {
        const files = readdirSync(labFolder, { recursive: true, encoding: "utf8" });
        return [
            ...this.containers(),
            ...files.filter((file) => file.includes(this.stack)),
            ...this.workInProgress(),
        ];
    }

    /** Takes everything away, whatever happened. */
    remove(): void {
        this.run("down");
        this.containers().forEach((container) => docker("rm", "--force", "--volumes", container));
        this.forget();
    }
}

/** That a command brought back a lab whose requests and rule agree. */
export function expectAgreement({ code, output }: Ended): void {
    expect(output).toContain("Requests and rule agree");
    expect(code).toBe(0);
}

/** Tells how long a recovery took, one line for each. */
export function recovered(fault: string, seconds: number): void {
    process.stdout.write(`recovered: ${fault}: ${seconds.toFixed(0)} s\n`);
}

/** Runs docker to its end. */
export function docker(...args: string[]): Ended {
    const start = Date.now();
    const { status, stdout, stderr } = spawnSync("docker", args, { encoding: "utf8" });
    const seconds = (Date.now() - start) / 1000;
    return { code: status ?? 1, output: stdout + stderr, stdout, seconds };
}
