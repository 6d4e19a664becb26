import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { NamedRange, isRange } from "../config/cidr";
import { engineProgram } from "./engine";
import { RunResult, Runner, lastLine } from "./run";

/** The container engine as it answered. */
export type Engine =
    | { readonly state: "missing" | "stopped" | "denied" }
    | { readonly state: "failing"; readonly detail: string }
    | {
          readonly state: "running";
          /** Memory of the engine's machine in bytes; undefined if it does not say. */
          readonly memoryBytes: number | undefined;
          readonly cgroupVersion: "1" | "2" | undefined;
          readonly rootless: boolean;
          /** Folder with images and containers, if the engine says. */
          readonly rootFolder: string | undefined;
      };

/** What is known of this machine before anything is created. Undefined: it could not be found out. */
export interface Facts {
    /** Name of the engine's command line: docker, podman, nerdctl, … */
    readonly program: string;
    readonly os: NodeJS.Platform;
    readonly engine: Engine;
    /** Memory that is free or can be freed, in bytes. */
    readonly availableMemoryBytes: number | undefined;
    /** Free space where the engine keeps images, in bytes. */
    readonly freeDiskBytes: number | undefined;
    readonly inotifyInstances: number | undefined;
    readonly inotifyWatches: number | undefined;
    /** Ranges of the engine's networks. */
    readonly networks: readonly NamedRange[];
}

/** Asks the engine and the kernel. Never rejects: what cannot be found out stays undefined. */
export async function gatherFacts(
    run: Runner,
    env: NodeJS.ProcessEnv = process.env,
): Promise<Facts> {
    const program = engineProgram(env);
    const [info, networks] = await Promise.all([
        run(program, ["info", "--format", "{{json .}}"]),
        networkRanges(program, run),
    ]);
    const engine = parseEngine(info);
    const rootFolder = engine.state === "running" ? engine.rootFolder : undefined;
    return {
        program,
        os: process.platform,
        engine,
        availableMemoryBytes: availableMemory(),
        freeDiskBytes: rootFolder === undefined ? undefined : await freeSpace(rootFolder),
        inotifyInstances: kernelNumber("/proc/sys/fs/inotify/max_user_instances"),
        inotifyWatches: kernelNumber("/proc/sys/fs/inotify/max_user_watches"),
        networks,
    };
}

interface EngineInfo {
    readonly MemTotal?: number;
    readonly CgroupVersion?: string;
    readonly SecurityOptions?: readonly string[];
    readonly DockerRootDir?: string;
    readonly ServerErrors?: readonly string[];
    readonly host?: {
        readonly memTotal?: number;
        readonly cgroupVersion?: string;
        readonly security?: { readonly rootless?: boolean };
    };
    readonly store?: { readonly graphRoot?: string };
}

/** What the output of `docker info` (or podman's, nerdctl's) says about the engine. */
export function parseEngine({ code, stdout, stderr }: RunResult): Engine {
    const info = parseInfo(stdout);
    // Beside the server's own errors, standard error has the client's warnings, e.g. of an unreadable config.
    const complaint = info.ServerErrors?.join("\n") || (code === 0 ? "" : stderr);
    if (code === 127) {
        return { state: "missing" };
    }
    if (/permission denied/i.test(complaint)) {
        return { state: "denied" };
    }
    if (
        /(cannot|failed to) connect|is the docker daemon running|connection refused/i.test(
            complaint,
        )
    ) {
        return { state: "stopped" };
    }
    if (code !== 0) {
        return { state: "failing", detail: lastLine(complaint) };
    }
    const cgroup = info.CgroupVersion ?? info.host?.cgroupVersion?.replace("v", "");
    return {
        state: "running",
        memoryBytes: info.MemTotal ?? info.host?.memTotal,
        cgroupVersion: cgroup === "1" || cgroup === "2" ? cgroup : undefined,
        rootless:
            info.host?.security?.rootless ??
            (info.SecurityOptions ?? []).some((option) => option.includes("name=rootless")),
        rootFolder: info.DockerRootDir ?? info.store?.graphRoot,
    };
}

function parseInfo(stdout: string): EngineInfo {
    try {
        return JSON.parse(stdout) as EngineInfo;
    } catch {
        return {};
    }
}

async function networkRanges(program: string, run: Runner): Promise<NamedRange[]> {
    const names = await run(program, ["network", "ls", "--format", "{{.Name}}"]);
    const list = names.stdout.split("\n").filter((name) => name !== "");
    if (names.code !== 0 || list.length === 0) {
        return [];
    }
    const format = "{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}";
    const { stdout } = await run(program, ["network", "inspect", "--format", format, ...list]);
    return stdout.split("\n").flatMap((line) => {
        const [name, ...subnets] = line.trim().split(" ");
        return subnets
            .filter(isRange)
            .map((cidr) => ({ owner: `${program} network ${name}`, cidr }));
    });
}

function availableMemory(): number | undefined {
    try {
        const line = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"));
        return line ? Number(line[1]) * 1024 : undefined;
    } catch {
        return undefined;
    }
}

async function freeSpace(folder: string): Promise<number | undefined> {
    try {
        const { bavail, bsize } = await statfs(folder);
        return bavail * bsize;
    } catch {
        return undefined;
    }
}

function kernelNumber(path: string): number | undefined {
    try {
        return Number(readFileSync(path, "utf8"));
    } catch {
        return undefined;
    }
}
