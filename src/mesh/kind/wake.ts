import { ClusterName } from "../../config/labConfig";
import { askEngine, engineProgram } from "../../machine/engine";
import { newToken } from "../../machine/files";
import { Machine } from "../../machine/machine";
import { kindClusterName, nodeName } from "../../machine/names";
import { poll } from "../../machine/poll";
import { isApiReady } from "../kube/kubeconfig";
import { ensureKubeconfig } from "./kubeconfigs";
import { foreignCluster, Observation, isOurs } from "./observation";
import { readRecord, recordPath } from "./record";

/** Longest wait for the API server of a node that runs, e.g. just after Docker has restarted. */
const apiReadyWithinMs = 60_000;

/**
 * Judges what there is of a cluster before Pulumi plans and returns the token of the creation it shall have: the recorded
 * one if the cluster is there, a new one (so that Pulumi replaces it) if it vanished or does not answer.
 * A node that is stopped or paused is started again, and a lost kubeconfig file written anew; a preview
 * starts nothing.
 *
 * @throws Error if the name is taken by a cluster this checkout did not make, or its node cannot be started.
 */
export async function wakeCluster(
    stack: string,
    cluster: ClusterName,
    observation: Observation,
    options: { readonly preview: boolean },
    machine: Machine,
): Promise<string> {
    const name = kindClusterName(stack, cluster);
    const record = readRecord(recordPath(stack, cluster));
    if (!observation.found) {
        if (record?.phase === "ready") {
            machine.say(`${name} has vanished; it is created again`);
        }
        return record?.phase === "creating" ? record.token : newToken();
    }
    if (!record || !isOurs(observation, record)) {
        throw new Error(foreignCluster(name));
    }
    if (record.phase === "creating") {
        return record.token;
    }
    if (observation.state !== "running") {
        machine.say(`${name} is ${observation.state}`);
        if (options.preview) {
            return record.token;
        }
        if (!(await start(name, observation.state, machine))) {
            return newToken();
        }
    }
    return (await answers(stack, cluster, name, machine)) ? record.token : broken(name, machine);
}

/** Whether the node runs now; false if it never will, because its network was deleted. */
async function start(name: string, state: string, machine: Machine): Promise<boolean> {
    const verb = state === "paused" ? "unpause" : "start";
    machine.say(`${name}: ${verb === "start" ? "starting" : "unpausing"} its node`);
    const { code, stderr } = await askEngine(machine.run, [verb, nodeName(name)]);
    if (code !== 0 && /network \S+ not found/.test(stderr)) {
        machine.say(`${name}: its node's network was deleted; it is created again`);
        return false;
    }
    if (code !== 0) {
        // The last line only repeats the node's name.
        const reason = stderr
            .trim()
            .split("\n")[0]!
            .replace(/^Error response from daemon: /, "");
        throw new Error(
            `${engineProgram()} could not ${verb} ${nodeName(name)}: ${reason}; mend that, or give the cluster up: ${engineProgram()} rm --force --volumes ${nodeName(name)}, and the next up makes it anew`,
        );
    }
    return true;
}

async function answers(
    stack: string,
    cluster: ClusterName,
    name: string,
    machine: Machine,
): Promise<boolean> {
    const kubeconfig = await ensureKubeconfig(stack, cluster, machine).catch(() => undefined);
    if (kubeconfig === undefined) {
        return false;
    }
    if (await isApiReady(kubeconfig)) {
        return true;
    }
    machine.say(`${name}: waiting for its API server`);
    const ready = await poll(async () => (await isApiReady(kubeconfig)) || undefined, {
        withinMs: apiReadyWithinMs,
        everyMs: 500,
    });
    return ready === true;
}

function broken(name: string, machine: Machine): string {
    machine.say(`${name} runs but its API server does not answer; it is created again`);
    return newToken();
}
