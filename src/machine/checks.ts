import coerce from "semver/functions/coerce";
import gte from "semver/functions/gte";
import { overlappingPairs } from "../config/cidr";
import { overlapProblem, rangesOf } from "../config/crossChecks";
import { LabConfig } from "../config/labConfig";
import { Problem, ProblemsError, printable, quote } from "../config/problem";
import { Endpoint, Engine, Freshness, engineProgram, observeEngine } from "./engine";
import type { Facts } from "./facts";
import { isLoopback, proxyText } from "./proxy";
import { Runner, run } from "./run";

/** What a machine has to spare for one cluster of the lab: measured 1.5 GiB, and room to breathe. */
export const memoryPerCluster = 2 * 2 ** 30;

/** 3 GiB for the pair's node image and the cached images; 2 in each node, which has those packed and unpacked. */
export const diskPerCluster = 3.5 * 2 ** 30;

/** kind's advice. @see https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files */
export const advisedInotify = { instances: 512, watches: 524288 };

/** What stands in the way, and what may. */
export interface Verdict {
    readonly problems: readonly Problem[];
    /** Things that may work and are known to fail elsewhere. */
    readonly warnings: readonly Problem[];
}

/**
 * Judges the machine before anything is created.
 *
 * @param creating Number of clusters that are to be created; memory and disk matter only then.
 */
export function checkMachine(facts: Facts, config: LabConfig, creating: number): Verdict {
    const unusable = checkEngine(facts);
    if (unusable || facts.engine.state !== "running") {
        return { problems: unusable ? [unusable] : [], warnings: [] };
    }
    return {
        problems: [
            ...nodeProblems(facts.engine, facts.program, config),
            ...(creating > 0 ? platformProblems(facts, facts.engine) : []),
            ...(creating > 0 && !facts.engine.elsewhere
                ? roomProblems(facts, facts.engine, creating)
                : []),
            ...overlappingPairs(rangesOf(config), facts.networks)
                .filter(([, other]) => facts.networks.includes(other))
                .map(overlapProblem),
        ],
        warnings: [
            ...(creating > 0 && !facts.engine.elsewhere
                ? inotifyWarnings(facts, config.clusters.length)
                : []),
            ...engineWarnings(facts.program, facts.engine),
            ...(creating > 0 ? proxyWarnings(facts) : []),
        ],
    };
}

/** What keeps the container engine from being used at all; undefined if it runs. */
export function checkEngine({
    os,
    program,
    engine,
}: Pick<Facts, "os" | "program" | "engine">): Problem | undefined {
    if (os === "win32") {
        return {
            message: "Windows itself cannot run this lab; WSL 2 with Docker Desktop can.",
            fix: "run it in a WSL 2 distribution",
        };
    }
    switch (engine.state) {
        case "missing":
            return {
                message: `${printable(program)} is not installed or not on PATH; the clusters' nodes are its containers.`,
                fix:
                    program === "docker"
                        ? "install Docker: https://docs.docker.com/get-started/get-docker/"
                        : "unset KIND_EXPERIMENTAL_PROVIDER, and the lab takes Docker; or install it",
            };
        case "stopped":
            if (engine.endpoint) {
                const { address, by } = engine.endpoint;
                return {
                    message: `${program}'s engine does not answer at ${address}, where ${by} says that it is; the clusters' nodes are its containers.`,
                    fix: `start it, or ${useOwn(program, by)}`,
                };
            }
            return {
                message: `${program} is installed but its engine is not running; the clusters' nodes are its containers.`,
                fix: "sudo systemctl start docker, or start Docker Desktop",
            };
        case "denied":
            return {
                message: `you may not use ${program}'s engine: permission denied on its socket.`,
                fix: "sudo usermod -aG docker $USER, then log in again",
            };
        case "failing":
            return {
                message: `${program} info fails: ${engine.detail || "it says nothing"}`,
                fix: engine.fix ?? `make "${program} info" work`,
            };
        case "running":
            return undefined;
    }
}

type RunningEngine = Extract<Engine, { state: "running" }>;

function nodeProblems(engine: RunningEngine, program: string, config: LabConfig): Problem[] {
    const [image = ""] = config.nodeImage.split("@");
    // A tag of another shape says nothing of the version: a registry of one's own may have 2025-11.
    const [, kubernetes] = /:v?(1\.\d{1,2}(?:\.\d{1,2})?)(?![.\d])[^:/]*$/i.exec(image) ?? [];
    const refusesCgroup1 = kubernetes !== undefined && gte(coerce(kubernetes)!, "1.35.0");
    return [
        ...(engine.elsewhere ? [elsewhereProblem(program, engine.elsewhere)] : []),
        ...(engine.rootless
            ? [
                  {
                      message: `${program} runs rootless, where Cilium may not mount the BPF file system (kubernetes-sigs/kind#3545).`,
                      fix: "use a rootful engine, e.g. docker context use default",
                  },
              ]
            : []),
        ...(engine.cgroupVersion === "1" && refusesCgroup1
            ? [
                  {
                      message: `this machine has cgroup v1, which the kubelet of nodeImage ${config.nodeImage} refuses (Kubernetes 1.35 and later).`,
                      fix: "pulumi config rm nodeImage, so that the lab takes one that boots here, or boot with cgroup v2",
                  },
              ]
            : []),
    ];
}

/** Nodes of another platform are emulated, and no emulation has the system calls of BPF, which Cilium is made of. */
function platformProblems(
    { defaultPlatform, program }: Facts,
    { platform }: RunningEngine,
): Problem[] {
    const isOther =
        defaultPlatform !== undefined &&
        platform !== undefined &&
        defaultPlatform !== platform &&
        !defaultPlatform.startsWith(`${platform}/`);
    return isOther
        ? [
              {
                  message: `DOCKER_DEFAULT_PLATFORM is ${quote(defaultPlatform)}, and ${program}'s engine is ${platform}; nodes of another platform are emulated, where Cilium's BPF programs do not run.`,
                  fix: "unset DOCKER_DEFAULT_PLATFORM",
              },
          ]
        : [];
}

/** What leads back to the engine of this machine. A variable counts before the context that is chosen. */
function useOwn(program: string, by: string): string {
    return by.startsWith("DOCKER_") ? `unset ${by}` : `${program} context use default`;
}

/** Said before anything is made: what is made there could not be reached from here. */
function elsewhereProblem(program: string, { address, by }: Endpoint): Problem {
    return {
        message: `${program}'s engine is on another machine (${by}: ${address}); kind makes API servers that answer on 127.0.0.1 there, and not here.`,
        fix:
            by === "its socket"
                ? "start the container with --network host, or run this where the engine is"
                : `run this on that machine, or use the engine of this one: ${useOwn(program, by)}`,
    };
}

function roomProblems(facts: Facts, engine: RunningEngine, creating: number): Problem[] {
    const memory = smallest(facts.availableMemoryBytes, engine.memoryBytes || undefined);
    const neededMemory = creating * memoryPerCluster;
    const neededDisk = creating * diskPerCluster;
    return [
        ...(memory !== undefined && memory < neededMemory
            ? [
                  {
                      message: `${gib(memory)} of memory is available; ${clusters(creating)} ${gib(neededMemory)}.`,
                      fix: "close other programs, or give Docker Desktop more memory under Settings > Resources",
                  },
              ]
            : []),
        ...(facts.freeDiskBytes !== undefined && facts.freeDiskBytes < neededDisk
            ? [
                  {
                      message: `${gib(facts.freeDiskBytes)} of disk is free where ${facts.program} keeps images; ${clusters(creating)} ${gib(neededDisk)}.`,
                      fix: `${facts.program} system df shows what takes the space, ${facts.program} image prune frees some`,
                  },
              ]
            : []),
    ];
}

function inotifyWarnings({ inotifyInstances, inotifyWatches }: Facts, count: number): Problem[] {
    const { instances, watches } = advisedInotify;
    const low =
        (inotifyInstances !== undefined && inotifyInstances < instances) ||
        (inotifyWatches !== undefined && inotifyWatches < watches);
    return low
        ? [
              {
                  message: `the kernel allows ${inotifyInstances ?? "?"} inotify instances and ${inotifyWatches ?? "?"} watches; ${count === 2 ? "two" : count} clusters and a desktop may need more ("too many open files").`,
                  fix: `sudo sysctl fs.inotify.max_user_instances=${instances} fs.inotify.max_user_watches=${watches}`,
              },
          ]
        : [];
}

/** kind hands the proxy of the environment on to its nodes (`pkg/cluster/internal/providers/common/proxy.go`). */
function proxyWarnings({ nodeProxy }: Facts): Problem[] {
    return nodeProxy !== undefined &&
        isLoopback(new URL(nodeProxy.url).hostname.replace(/[[\]]/g, ""))
        ? [
              {
                  message: `the proxy ${proxyText(nodeProxy)} is on this machine's loopback, which in a node is the node itself; a node that has to pull an image by itself does not reach it.`,
                  fix: `export ${nodeProxy.by}=http://<address of this machine>:${new URL(nodeProxy.url).port || "80"}, with a proxy that listens there`,
              },
          ]
        : [];
}

function engineWarnings(program: string, { isPodman }: RunningEngine): Problem[] {
    if (program !== "docker") {
        return [
            {
                message: `KIND_EXPERIMENTAL_PROVIDER is ${program}; this lab has been tried with docker only.`,
                fix: "unset KIND_EXPERIMENTAL_PROVIDER if something fails",
            },
        ];
    }
    return isPodman
        ? [
              {
                  message:
                      "the docker on PATH is podman's; this lab has been tried with Docker's only.",
                  fix: "put Docker's docker first on PATH if something fails",
              },
          ]
        : [];
}

function smallest(...numbers: readonly (number | undefined)[]): number | undefined {
    const known = numbers.filter((number) => number !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
}

function clusters(count: number): string {
    return count === 1
        ? "one cluster needs"
        : count === 2
          ? "a pair of clusters needs"
          : `${count} clusters need`;
}

function gib(bytes: number): string {
    return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** What keeps the container engine from being used now; undefined if it runs. */
export async function engineProblem(
    runner: Runner = run,
    freshness?: Freshness,
): Promise<Problem | undefined> {
    return checkEngine({
        os: process.platform,
        program: engineProgram(),
        engine: await observeEngine(runner, process.env, freshness),
    });
}

/**
 * Asks the engine before anything else is done; not again where who locked the stack has just asked which one it is.
 *
 * @throws ProblemsError if it cannot be used.
 */
export async function requireEngine(runner: Runner = run): Promise<void> {
    const problem = await engineProblem(runner, { mayBeKept: true });
    if (problem) {
        throw new ProblemsError([problem]);
    }
}
