import { askEngine, engineProgram } from "../../machine/engine";
import { Machine } from "../../machine/machine";
import { nodeName } from "../../machine/names";
import { Runner, lastLine } from "../../machine/run";
import { ClusterOrder, clusterIdentity, identityLabel } from "./kindConfig";
import { ClusterRecord, recordFor } from "./record";

/** What is there, on the container engine, under a kind cluster's name. */
export type Observation =
    | { readonly found: false }
    | {
          readonly found: true;
          /** State of the node's container as the engine says it: running, exited, paused, … */
          readonly state: string;
          /** Identity the node was created with; undefined if it has none, or not yet. */
          readonly identity: string | undefined;
          /** Whether kind has told the node already what it shall be: whatever has no identity then is not ours. */
          readonly isConfigured: boolean;
      };

/**
 * Looks at the node of a kind cluster, running or not.
 *
 * @throws Error if the engine cannot be asked.
 */
export async function observe(name: string, run: Runner): Promise<Observation> {
    const state = await nodeState(name, run);
    return state === undefined
        ? { found: false }
        : { found: true, state, ...(await identityOf(nodeName(name), run)) };
}

/**
 * State of the node of a kind cluster, whoever made it, as the engine says it: running, exited, paused, …; undefined if
 * there is none.
 *
 * @throws Error if the engine cannot be asked.
 */
export async function nodeState(name: string, run: Runner): Promise<string | undefined> {
    const node = nodeName(name);
    const { code, stdout, stderr } = await askEngine(run, [
        ...["container", "inspect", "--format", "{{.State.Status}}"],
        node,
    ]);
    if (code === 0) {
        return stdout.trim();
    }
    if (/no such (container|object)/i.test(stderr)) {
        return undefined;
    }
    throw new Error(`${engineProgram()} cannot be asked about ${node}: ${lastLine(stderr)}`);
}

/**
 * Names of the nodes of all kind clusters, running or not.
 *
 * @throws Error if the engine cannot be asked.
 */
export async function kindNodes(run: Runner): Promise<string[]> {
    return (await listNodes(run, "{{.Names}}")).flat();
}

/**
 * The nodes of all kind clusters by their names, and whether each runs. One question for all of them.
 *
 * @throws Error if the engine cannot be asked.
 */
export async function nodeStates(run: Runner): Promise<ReadonlyMap<string, "running" | "stopped">> {
    // Every engine has a status in these words: Up 3 hours, Up 3 hours (Paused), Exited (0) 2 minutes ago.
    const rows = await listNodes(run, "{{.Names}}\t{{.Status}}");
    return new Map(
        rows.map(([name = "", status = ""]) => {
            const isRunning = /^up\b/i.test(status) && !/\(paused\)/i.test(status);
            return [name, isRunning ? "running" : "stopped"];
        }),
    );
}

async function listNodes(run: Runner, format: string): Promise<string[][]> {
    const { code, stdout, stderr } = await askEngine(run, [
        ...["ps", "--all", "--filter", "label=io.x-k8s.kind.cluster"],
        ...["--format", format],
    ]);
    if (code !== 0) {
        throw new Error(`${engineProgram()} cannot list its containers: ${lastLine(stderr)}`);
    }
    const lines = stdout.split("\n").filter((line) => line !== "");
    return lines.map((line) => line.split("\t"));
}

/** The document of a kubeadm configuration that follows the one with the node's labels. */
const afterLabels = "KubeletConfiguration";

/**
 * The identity label in the node's kubeadm configuration, which kind writes before it starts Kubernetes.
 * A copy out of the container works in every state; the archive's text is enough to find the label.
 */
async function identityOf(
    node: string,
    run: Runner,
): Promise<{ readonly identity: string | undefined; readonly isConfigured: boolean }> {
    const copy = await askEngine(run, ["cp", `${node}:/kind/kubeadm.conf`, "-"]);
    if (copy.code !== 0) {
        if (!/could not find the file|no such file/i.test(copy.stderr)) {
            throw new Error(
                `${engineProgram()} cannot read from ${node}: ${lastLine(copy.stderr)}`,
            );
        }
        return { identity: undefined, isConfigured: false };
    }
    const label = identityLabel.replace("/", "\\/");
    const identity = new RegExp(`${label}=([a-f0-9]{12})`).exec(copy.stdout)?.[1];
    const isConfigured = identity !== undefined || copy.stdout.includes(afterLabels);
    return { identity, isConfigured };
}

/**
 * Whether a cluster is this checkout's own: it carries the recorded identity; or kind was cut off before it gave the
 * node any, and the record says that it was at work. A finished cluster without an identity is somebody else's.
 */
export function isOurs(
    observation: Observation,
    record: Pick<ClusterRecord, "identity" | "phase"> | undefined,
): boolean {
    if (!observation.found || !record) {
        return false;
    }
    return observation.identity === undefined
        ? record.phase === "creating" && !observation.isConfigured
        : observation.identity === record.identity;
}

/** Whether a cluster is the one of an order, by the order itself or by this checkout's record of it. */
export function isOrdered(observation: Observation, order: ClusterOrder): boolean {
    return (
        (observation.found && observation.identity === clusterIdentity(order.spec)) ||
        isOurs(observation, recordFor(order))
    );
}

/**
 * Looks at the cluster of an order.
 *
 * @throws Error if the name is taken by a cluster that this checkout did not make, or the engine cannot be asked.
 */
export async function observeOwn(order: ClusterOrder, machine: Machine): Promise<Observation> {
    const observation = await observe(order.spec.name, machine.run);
    if (observation.found && !isOrdered(observation, order)) {
        throw new Error(foreignCluster(order.spec.name));
    }
    return observation;
}

/** What to say of a cluster that has our name but is not ours. */
export function foreignCluster(name: string): string {
    return `a kind cluster ${name} exists that this stack did not make, and it stays untouched; if nobody needs it: kind delete cluster --name ${name}`;
}
