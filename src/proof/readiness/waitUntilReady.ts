import { Time } from "../../machine/poll";
import { recordStep } from "../../machine/timeline";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { PodTrouble } from "./podTrouble";
import { TroubleHistory } from "./troubleHistory";
import { ClusterState, clusterState } from "./workloads";

/** A cluster to wait for. */
export interface AwaitedCluster {
    readonly name: string;
    readonly api: ClusterApi;
    readonly peers: readonly string[];
}

/** How long to wait, in milliseconds. */
export interface Patience {
    /** For everything; images have to be pulled at the first start. */
    readonly totalMs: number;
    /** For the same failure of the same pod, repeated in vain. */
    readonly stuckMs: number;
    /** For the mesh to connect once every pod of every cluster is ready. */
    readonly meshMs: number;
    /** Between two looks at the pods; a look costs processor time that the pods want for their start. */
    readonly everyMs: number;
    /** Between two looks at the peers, once every pod of the cluster is ready. */
    readonly peersEveryMs: number;
}

/** Twenty minutes for a first start on a slow line; a pod that fails in vain is reported within a minute. */
export const defaultPatience: Patience = {
    totalMs: 20 * 60_000,
    stuckMs: 40_000,
    meshMs: 120_000,
    everyMs: 1000,
    peersEveryMs: 500,
};

/**
 * Waits until every cluster has all its pods and all its peers. Says what is missing whenever that changes, and
 * why a pod waits if it does so for long.
 *
 * @throws Error that names pod, container, reason and last log line, when something is stuck.
 */
export async function waitUntilReady(
    clusters: readonly AwaitedCluster[],
    say: (line: string) => void,
    time: Time,
    patience: Patience = defaultPatience,
): Promise<void> {
    const withoutPods = new Set(clusters.map(({ name }) => name));
    await Promise.all(
        clusters.map(async (cluster) => {
            const seconds = await waitForCluster(cluster, withoutPods, say, time, patience);
            say(`${cluster.name}: ready and meshed after ${seconds.toFixed(0)} s`);
        }),
    );
}

/** @param withoutPods Clusters, of all that are waited for, whose pods are not all ready; kept up to date. */
async function waitForCluster(
    cluster: AwaitedCluster,
    withoutPods: Set<string>,
    say: (line: string) => void,
    time: Time,
    patience: Patience,
): Promise<number> {
    const start = time.now();
    const history = new TroubleHistory(patience.stuckMs);
    let meshSince: number | undefined;
    let peersSince: number | undefined;
    let said = "";
    for (;;) {
        const asked = time.now();
        const state = await look(cluster);
        const now = time.now();
        peersSince = state.podsReady ? (peersSince ?? asked) : undefined;
        if (state.missing.length === 0) {
            withoutPods.delete(cluster.name);
            recordStep({
                name: "peers",
                cluster: cluster.name,
                start: peersSince ?? asked,
                end: now,
            });
            return (now - start) / 1000;
        }
        const line = describe(cluster.name, state);
        if (line !== said) {
            say(line);
            said = line;
        }
        if (state.podsReady) {
            withoutPods.delete(cluster.name);
        } else {
            withoutPods.add(cluster.name);
        }
        // A peer whose pods still start, or whose images are still pulled, cannot be connected.
        meshSince = withoutPods.size === 0 ? (meshSince ?? now) : undefined;
        for (const { trouble, forMs, isNews } of history.note(state.troubles, now)) {
            if (isStuck(trouble, forMs, patience)) {
                throw new Error(await stuckText(cluster, trouble));
            }
            if (isNews) {
                say(await waitingText(cluster, trouble, forMs));
            }
        }
        if (meshSince !== undefined && now - meshSince >= patience.meshMs) {
            throw new Error(
                `${line}\nAll pods run, but the mesh does not connect. Look: kubectl --context ${cluster.name} -n kube-system exec ds/cilium -c cilium-agent -- cilium-dbg troubleshoot clustermesh`,
            );
        }
        if (now - start >= patience.totalMs) {
            throw new Error(`${line}\nGiven up after ${Math.round((now - start) / 1000)} s.`);
        }
        await time.sleep(state.podsReady ? patience.peersEveryMs : patience.everyMs);
    }
}

/** A look that fails (the API server restarts, a pod goes while it is asked) is one more thing to wait for. */
async function look(cluster: AwaitedCluster): Promise<ClusterState> {
    try {
        return await clusterState(cluster.api, cluster.peers);
    } catch (error) {
        const [reason = "no answer"] = (error as Error).message.split("\n");
        return {
            missing: [`the API server does not answer (${reason})`],
            troubles: [],
            podsReady: false,
        };
    }
}

function isStuck(trouble: PodTrouble, forMs: number, patience: Patience): boolean {
    return (
        trouble.severity === "fatal" ||
        (trouble.severity === "failing" && forMs >= patience.stuckMs)
    );
}

function describe(name: string, { missing, troubles }: ClusterState): string {
    const failing = troubles.filter(({ severity }) => severity !== "waiting");
    const reasons = failing.map((trouble) => `${placeOf(trouble)}: ${trouble.reason}`);
    return `${name}: waiting for ${[...missing, ...reasons].join(", ")}`;
}

function placeOf({ pod, container }: PodTrouble): string {
    return container === undefined ? pod : `${pod} (${container})`;
}

/** Why a pod waits: its newest warning, else what Kubernetes says of its container. */
async function waitingText(
    cluster: AwaitedCluster,
    trouble: PodTrouble,
    forMs: number,
): Promise<string> {
    const { namespace, pod, reason, message } = trouble;
    const warning = await cluster.api.lastWarning(namespace, pod).catch(() => undefined);
    const why = warning ?? (message === "" ? "no warning" : message);
    return `${cluster.name}: ${placeOf(trouble)} in ${namespace} is ${reason} for ${Math.round(forMs / 1000)} s: ${why}`;
}

async function stuckText(cluster: AwaitedCluster, trouble: PodTrouble): Promise<string> {
    const { namespace, pod, container, reason, message } = trouble;
    const [log, warning] = await Promise.all([
        container === undefined ? undefined : cluster.api.lastLogLine(namespace, pod, container),
        cluster.api.lastWarning(namespace, pod).catch(() => undefined),
    ]);
    return [
        `${cluster.name} is stuck: ${placeOf(trouble)} in ${namespace}: ${reason}${message === "" ? "" : `: ${message}`}`,
        ...(log === undefined ? [] : [`Last log line: ${log}`]),
        ...(warning === undefined || warning === message ? [] : [`Last warning: ${warning}`]),
        `Look: kubectl --context ${cluster.name} -n ${namespace} describe pod ${pod}`,
    ].join("\n");
}
