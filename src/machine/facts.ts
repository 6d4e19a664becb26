import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { NamedRange, isRange } from "../config/cidr";
import { Engine, engineProgram, engineWithinMs, observeEngine } from "./engine";
import { Proxy, proxyFor } from "./proxy";
import { Runner } from "./run";

/** What is known of this machine before anything is created. Undefined: it could not be found out. */
export interface Facts {
    /** Name of the engine's command line: docker, podman, nerdctl, … */
    readonly program: string;
    readonly os: NodeJS.Platform;
    readonly engine: Engine;
    /** Memory that is free or can be freed, in bytes. */
    readonly availableMemoryBytes: number | undefined;
    /** Free space where the engine keeps images and containers, in bytes: of two disks the lesser. */
    readonly freeDiskBytes: number | undefined;
    readonly inotifyInstances: number | undefined;
    readonly inotifyWatches: number | undefined;
    /** Ranges of the engine's networks. */
    readonly networks: readonly NamedRange[];
    /** DOCKER_DEFAULT_PLATFORM; undefined where it is not set. */
    readonly defaultPlatform?: string;
    /** The proxy that kind hands on to nodes, where there is one. */
    readonly nodeProxy?: Proxy;
}

/** Asks the engine and the kernel. Never rejects: what cannot be found out stays undefined. */
export async function gatherFacts(
    run: Runner,
    env: NodeJS.ProcessEnv = process.env,
): Promise<Facts> {
    const program = engineProgram(env);
    const [engine, networks] = await Promise.all([
        observeEngine(run, env),
        networkRanges(program, run),
    ]);
    const { rootFolder, imageFolder } =
        engine.state === "running" ? engine : { rootFolder: undefined };
    return {
        program,
        os: process.platform,
        engine,
        availableMemoryBytes: availableMemory(),
        freeDiskBytes: await leastFreeSpace([rootFolder, imageFolder]),
        inotifyInstances: kernelNumber("/proc/sys/fs/inotify/max_user_instances"),
        inotifyWatches: kernelNumber("/proc/sys/fs/inotify/max_user_watches"),
        networks,
        defaultPlatform: env.DOCKER_DEFAULT_PLATFORM || undefined,
        nodeProxy: registryProxy(env),
    };
}

/** The proxy to the registry of most images; one that is no address is refused where it is used. */
function registryProxy(env: NodeJS.ProcessEnv): Proxy | undefined {
    try {
        return proxyFor("https://registry-1.docker.io/", env);
    } catch {
        return undefined;
    }
}

async function networkRanges(program: string, run: Runner): Promise<NamedRange[]> {
    const ask = (...args: string[]) =>
        run(program, ["network", ...args], { timeoutMs: engineWithinMs });
    const names = await ask("ls", "--format", "{{.Name}}");
    const list = names.stdout.split("\n").filter((name) => name !== "");
    if (names.code !== 0 || list.length === 0) {
        return [];
    }
    const format = "{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}";
    const { stdout } = await ask("inspect", "--format", format, ...list);
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

/** Free space of the folder that has the least; undefined if none can be looked at. */
async function leastFreeSpace(
    folders: readonly (string | undefined)[],
): Promise<number | undefined> {
    const known = folders.filter((folder) => folder !== undefined);
    const free = (await Promise.all(known.map(freeSpace))).filter((one) => one !== undefined);
    return free.length === 0 ? undefined : Math.min(...free);
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
