import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askEngine, engineProgram } from "../../machine/engine";
import { Lock, tryLock } from "../../machine/lock";
import { patience } from "../../machine/lockWait";
import { Machine } from "../../machine/machine";
import { labFolder } from "../../machine/names";

/** Who holds it makes kind's network. */
const lockPath = join(labFolder, "network.lock");

/** Time between two looks for the network, in milliseconds. */
const everyMs = 200;

/** Longest wait for the kind that makes the network: it pulls its node image first. In milliseconds. */
const withinMs = 3_600_000;

/**
 * Runs a kind that creates a cluster. Where kind's network is missing, the first kind goes ahead until it is there:
 * kinds that find it missing at the same time each make one, and a node in a network whose name two have is not
 * started (`pkg/cluster/internal/providers/docker/network.go`).
 */
export async function withNetwork<T>(machine: Machine, create: () => Promise<T>): Promise<T> {
    const turn = patience(lockPath, { lockOf: "kind's network", say: machine.say, withinMs });
    while (!(await hasNetwork(machine))) {
        const lock = tryLock(lockPath, "a kind that makes it");
        if ("release" in lock) {
            return makeNetwork(machine, create, lock);
        }
        await turn(lock);
    }
    return create();
}

async function makeNetwork<T>(machine: Machine, create: () => Promise<T>, lock: Lock): Promise<T> {
    let isDone = false;
    const creating = create().finally(() => (isDone = true));
    try {
        while (!isDone && !(await hasNetwork(machine))) {
            await Promise.race([creating, sleep(everyMs)]);
        }
    } finally {
        lock.release();
    }
    return creating;
}

async function hasNetwork(machine: Machine): Promise<boolean> {
    const { code } = await askEngine(machine.run, ["network", "inspect", networkName()]);
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
