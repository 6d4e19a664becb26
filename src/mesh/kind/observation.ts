import { askEngine, engineProgram } from "../../machine/engine";
import { Machine } from "../../machine/machine";
import { nodeName } from "../../machine/names";
import { Runner, lastLine } from "../../machine/run";
import { ClusterOrder, clusterIdentity, identityLabel } from "./kindConfig";
import { readRecord, recordPath } from "./record";

/** What is there, on the container engine, under a kind cluster's name. */
export type Observation =
    | { readonly found: false }
    | {
          readonly found: true;
          /** State of the node's container as the engine says it: running, exited, paused, … */
          readonly state: string;
          /** Identity the node was created with; undefined if the cluster was not made by this project. */
          readonly identity: string | undefined;
      };

/**
 * Looks at the node of a kind cluster, running or not.
 *
 * @throws Error if the engine cannot be asked.
 */
export async function observe(name: string, run: Runner): Promise<Observation> {
    const node = nodeName(name);
    const inspect = await askEngine(run, [
        "container",
        "inspect",
        "--format",
        "{{.State.Status}}",
        node,
    ]);
    if (inspect.code !== 0) {
        if (/no such (container|object)/i.test(inspect.stderr)) {
            return { found: false };
        }
        throw new Error(
            `${engineProgram()} cannot be asked about ${node}: ${lastLine(inspect.stderr)}`,
        );
    }
    return { found: true, state: inspect.stdout.trim(), identity: await identityOf(node, run) };
}

/**
 * Names of the nodes of all kind clusters, running or not.
 *
 * @throws Error if the engine cannot be asked.
 */
export async function kindNodes(run: Runner): Promise<string[]> {
    const { code, stdout, stderr } = await askEngine(run, [
        ...["ps", "--all", "--filter", "label=io.x-k8s.kind.cluster"],
        ...["--format", "{{.Names}}"],
    ]);
    if (code !== 0) {
        throw new Error(`${engineProgram()} cannot list its containers: ${lastLine(stderr)}`);
    }
    return stdout.split("\n").filter((name) => name !== "");
}

/**
 * The identity label in the node's kubeadm configuration, which kind writes before it starts Kubernetes.
 * A copy out of the container works in every state; the archive's text is enough to find the label.
 */
async function identityOf(node: string, run: Runner): Promise<string | undefined> {
    const copy = await askEngine(run, ["cp", `${node}:/kind/kubeadm.conf`, "-"]);
    if (copy.code !== 0 && !/could not find the file|no such file/i.test(copy.stderr)) {
        throw new Error(`${engineProgram()} cannot read from ${node}: ${lastLine(copy.stderr)}`);
    }
    const label = identityLabel.replace("/", "\\/");
    return new RegExp(`${label}=([a-f0-9]{12})`).exec(copy.stdout)?.[1];
}

/** Whether a cluster is this checkout's own: it carries the recorded identity, or was never finished. */
export function isOurs(
    observation: Observation,
    record: { readonly identity: string; readonly phase: string } | undefined,
): boolean {
    if (!observation.found || !record) {
        return false;
    }
    return observation.identity === undefined
        ? record.phase === "creating"
        : observation.identity === record.identity;
}

export function isOrdered(observation: Observation, order: ClusterOrder): boolean {
    return (
        (observation.found && observation.identity === clusterIdentity(order.spec)) ||
        isOurs(observation, readRecord(recordPath(order.stack, order.cluster)))
    );
}

export async function observeOwn(order: ClusterOrder, machine: Machine): Promise<boolean> {
    const observation = await observe(order.spec.name, machine.run);
    if (observation.found && !isOrdered(observation, order)) {
        throw new Error(foreignCluster(order.spec.name));
    }
    return observation.found;
}

/** What to say of a cluster that has our name but is not ours. */
export function foreignCluster(name: string): string {
    return `a kind cluster ${name} exists that this stack did not make, and it stays untouched; if nobody needs it: kind delete cluster --name ${name}`;
}
