import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { rawValue, readProject } from "../../src/config/declaration";
import { stackFilePath } from "../../src/config/stackFile";
import { kindClusterName, nodeName } from "../../src/names";
import { Verification } from "../../src/verify/result";

const root = join(__dirname, "..", "..");

/** What a command printed and how it ended. */
export interface Ended {
    readonly code: number;
    readonly output: string;
    readonly stdout: string;
    readonly seconds: number;
}

/**
 * Why real clusters cannot be made here; undefined if they can. LAB_TEST_CONFIG names a stack file for
 * machines that have images and chart of their own.
 */
export function whyNotReal(): string | undefined {
    const engine = spawnSync("docker", ["info", "--format", "{{.MemTotal}}"], { encoding: "utf8" });
    if (engine.status !== 0) {
        return "no Docker engine answers";
    }
    if (Number(engine.stdout) < 4 * 2 ** 30) {
        return "Docker has less than 4 GiB of memory";
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

/** Runs one of the lab's commands, `src/cli/<name>.ts`, to its end. */
export function command(name: string, args: readonly string[]): Ended {
    const start = Date.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, argv(name, args), {
        cwd: root,
        encoding: "utf8",
        maxBuffer: 64 * 2 ** 20,
    });
    const seconds = (Date.now() - start) / 1000;
    return { code: status ?? 1, output: stdout + stderr, stdout, seconds };
}

function argv(name: string, args: readonly string[]): string[] {
    return ["--import", "tsx", join("src", "cli", `${name}.ts`), ...args];
}

/** One stack of its own on real clusters. */
export class RealLab {
    readonly stack = `test-${randomBytes(3).toString("hex")}`;

    constructor() {
        const config = process.env.LAB_TEST_CONFIG;
        if (config) {
            copyFileSync(config, stackFilePath(this.stack));
        }
    }

    /** Name of a cluster's node container. */
    node(cluster: "cluster1" | "cluster2"): string {
        return nodeName(this.kind(cluster));
    }

    /** Name of a kind cluster. */
    kind(cluster: "cluster1" | "cluster2"): string {
        return kindClusterName(this.stack, cluster);
    }

    run(name: string, ...args: string[]): Ended {
        return command(name, ["--stack", this.stack, ...args]);
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

    /** Sets a key before there is a stack. */
    write(key: string, value: string): void {
        const path = stackFilePath(this.stack);
        const file = existsSync(path)
            ? (yaml.load(readFileSync(path, "utf8")) as { config: Record<string, unknown> })
            : { config: {} };
        file.config[`${readProject().name}:${key}`] = value;
        writeFileSync(path, yaml.dump(file));
    }

    /** What the tests' own config (LAB_TEST_CONFIG), else Pulumi.yaml, sets a key to. */
    given(key: string): string {
        const { name, declarations } = readProject();
        const file = process.env.LAB_TEST_CONFIG;
        const own = file
            ? (yaml.load(readFileSync(file, "utf8")) as { config: Record<string, string> }).config
            : {};
        return own[`${name}:${key}`] ?? rawValue(declarations[key]!.default);
    }

    /** Takes the name of a cluster's node, as somebody else's kind would. */
    makeForeign(cluster: "cluster1" | "cluster2"): void {
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
    kubectl(cluster: "cluster1" | "cluster2", ...args: string[]): Ended {
        return docker(
            "exec",
            this.node(cluster),
            "kubectl",
            "--kubeconfig=/etc/kubernetes/admin.conf",
            ...args,
        );
    }

    /** Starts `up` and sends it a signal as soon as its output matches; waits for its end. */
    interruptedUp(when: RegExp, signal: NodeJS.Signals): Promise<Ended> {
        return this.interrupted("up", [], when, signal);
    }

    /** Starts a command and sends its process group a signal as soon as its output matches. */
    interrupted(
        name: string,
        args: readonly string[],
        when: RegExp,
        signal: NodeJS.Signals,
    ): Promise<Ended> {
        return new Promise((resolve) => {
            const start = Date.now();
            const child = spawn(process.execPath, argv(name, ["--stack", this.stack, ...args]), {
                cwd: root,
                detached: true,
            });
            let output = "";
            let sent = false;
            const read = (chunk: Buffer) => {
                output += chunk.toString();
                if (!sent && when.test(output)) {
                    sent = true;
                    process.kill(-child.pid!, signal);
                }
            };
            child.stdout.on("data", read);
            child.stderr.on("data", read);
            child.on("close", (code) => {
                const seconds = (Date.now() - start) / 1000;
                resolve({ code: code ?? 137, output, stdout: output, seconds });
            });
        });
    }

    /** Containers of the stack's clusters, running or not. */
    containers(): string[] {
        const { stdout } = docker("ps", "--all", "--format", "{{.Names}}");
        return stdout.split("\n").filter((name) => name.startsWith(`mesh-${this.stack}-`));
    }

    /** Takes everything away, whatever happened. */
    remove(): void {
        this.run("down");
        this.containers().forEach((container) => docker("rm", "--force", "--volumes", container));
        rmSync(stackFilePath(this.stack), { force: true });
    }
}

/** Runs docker to its end. */
export function docker(...args: string[]): Ended {
    const start = Date.now();
    const { status, stdout, stderr } = spawnSync("docker", args, { encoding: "utf8" });
    const seconds = (Date.now() - start) / 1000;
    return { code: status ?? 1, output: stdout + stderr, stdout, seconds };
}
