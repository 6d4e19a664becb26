import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { engineProgram } from "../../machine/engine";
import { writeOnce } from "../../machine/files";
import { Machine } from "../../machine/machine";
import { labFolder } from "../../machine/names";
import { isRunning } from "../../machine/run";

/** Who holds it makes kind's network: a process id. */
const lockPath = join(labFolder, "network.lock");

/** Time between two looks for the network, in milliseconds. */
const everyMs = 200;

/**
 * Runs a kind that creates a cluster. Where kind's network is missing, the first kind goes ahead until it is there:
 * kinds that find it missing at the same time each make one, and a node in a network whose name two have is not
 * started (`pkg/cluster/internal/providers/docker/network.go`).
 */
export async function withNetwork<T>(machine: Machine, create: () => Promise<T>): Promise<T> {
    while (!(await hasNetwork(machine))) {
        if (writeOnce(lockPath, String(process.pid))) {
            return makeNetwork(machine, create);
        }
        if (!isRunning(holder())) {
            rmSync(lockPath, { force: true });
        }
        await sleep(everyMs);
    }
    return create();
}

async function makeNetwork<T>(machine: Machine, create: () => Promise<T>): Promise<T> {
    let isDone = false;
    const creating = create().finally(() => (isDone = true));
    try {
        while (!isDone && !(await hasNetwork(machine))) {
            await Promise.race([creating, sleep(everyMs)]);
        }
    } finally {
        rmSync(lockPath, { force: true });
    }
    return creating;
}

async function hasNetwork(machine: Machine): Promise<boolean> {
    const { code } = await machine.run(engineProgram(), ["network", "inspect", networkName()]);
    return code === 0;
}

/** kind's own choice of a network. */
function networkName(env: NodeJS.ProcessEnv = process.env): string {
    const own =
        engineProgram(env) === "podman"
            ? env.KIND_EXPERIMENTAL_PODMAN_NETWORK
            : env.KIND_EXPERIMENTAL_DOCKER_NETWORK;
    return own || "kind";
}

/** Process id in the lock; that of no process if it is gone or damaged. */
function holder(): number {
    try {
        return Number(readFileSync(lockPath, "utf8")) || noProcess;
    } catch {
        return noProcess;
    }
}

/** Linux and macOS have no process of this number. */
const noProcess = 2 ** 31 - 1;
