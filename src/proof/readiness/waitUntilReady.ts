import { printable } from "../../config/problem";
import { Time } from "../../machine/poll";
import { recordStep } from "../../machine/timeline";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { PodTrouble } from "./podTrouble";
import { NotedTrouble, TroubleHistory } from "./troubleHistory";
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
    // A peer that was away is tried again after up to 144 s (gRPC's backoff, with its jitter).
    meshMs: 180_000,
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

/** What is known of the wait for a cluster, in milliseconds since the epoch. */
export interface Waited {
    readonly start: number;
    /** Since when all pods of the cluster are ready, so that only peers are missing. */
    readonly peersSince?: number;
    /** Since when all pods of every cluster are ready. */
    readonly meshSince?: number;
    /** What was said last. */
    readonly said?: string;
}

/** What a look found. */
export interface Look {
    /** When it began, and when it ended. */
    readonly asked: number;
    readonly now: number;
    readonly state: ClusterState;
    /** Whether the pods of any cluster, of all that are waited for, are not all ready. */
    readonly arePodsMissing: boolean;
}

/** What follows from a look: the wait goes on, has ended well, or is given up with a reason. */
export interface NextStep {
    readonly waited: Waited;
    readonly isReady: boolean;
    /** What is news to the user. */
    readonly news?: string;
    readonly givenUp?: string;
}

/** Judges one look at a cluster. */
export function nextStep(
    name: string,
    before: Waited,
    { asked, now, state, arePodsMissing }: Look,
    patience: Patience,
): NextStep {
    const peersSince = state.podsReady ? (before.peersSince ?? asked) : undefined;
    if (state.missing.length === 0) {
        return { waited: { ...before, peersSince: peersSince ?? asked }, isReady: true };
    }
    const line = describe(name, state);
    // A peer whose pods still start, or whose images are still pulled, cannot be connected.
    const meshSince = arePodsMissing ? undefined : (before.meshSince ?? now);
    return {
        waited: { start: before.start, peersSince, meshSince, said: line },
        isReady: false,
        news: line === before.said ? undefined : line,
        givenUp: givenUp(name, line, { start: before.start, meshSince }, now, patience),
    };
}

function givenUp(
    name: string,
    line: string,
    { start, meshSince }: Waited,
    now: number,
    patience: Patience,
): string | undefined {
    if (meshSince !== undefined && now - meshSince >= patience.meshMs) {
        return `${line}\nAll pods run, but the mesh does not connect. Look: kubectl --context ${name} -n kube-system exec ds/cilium -c cilium-agent -- cilium-dbg troubleshoot clustermesh`;
    }
    return now - start >= patience.totalMs
        ? `${line}\nGiven up after ${Math.round((now - start) / 1000)} s.`
        : undefined;
}

/** @param withoutPods Clusters, of all that are waited for, whose pods are not all ready; kept up to date. */
async function waitForCluster(
    cluster: AwaitedCluster,
    withoutPods: Set<string>,
    say: (line: string) => void,
    time: Time,
    patience: Patience,
): Promise<number> {
    const { name } = cluster;
    const history = new TroubleHistory(patience.stuckMs);
    let waited: Waited = { start: time.now() };
    for (;;) {
        const asked = time.now();
        const state = await look(cluster);
        const now = time.now();
        if (state.podsReady) {
            withoutPods.delete(name);
        } else {
            withoutPods.add(name);
        }
        const seen = { asked, now, state, arePodsMissing: withoutPods.size > 0 };
        const next = nextStep(name, waited, seen, patience);
        waited = next.waited;
        if (next.isReady) {
            recordStep({ name: "peers", cluster: name, start: waited.peersSince!, end: now });
            return (now - waited.start) / 1000;
        }
        if (next.news !== undefined) {
            say(next.news);
        }
        for (const line of await troubleNews(
            cluster,
            history.note(state.troubles, now),
            patience,
        )) {
            say(line);
        }
        if (next.givenUp !== undefined) {
            throw new Error(next.givenUp);
        }
        await time.sleep(state.podsReady ? patience.peersEveryMs : patience.everyMs);
    }
}

/** What is to be told of the troubles of a cluster's pods. @throws Error if one will not pass. */
async function troubleNews(
    cluster: AwaitedCluster,
    noted: readonly NotedTrouble[],
    patience: Patience,
): Promise<string[]> {
    const stuck = noted.find(({ trouble, forMs }) => isStuck(trouble, forMs, patience));
    if (stuck !== undefined) {
        throw new Error(await stuckText(cluster, stuck.trouble));
    }
    const news = noted.filter(({ isNews }) => isNews);
    return Promise.all(news.map(({ trouble, forMs }) => waitingText(cluster, trouble, forMs)));
}

/** A look that fails (the API server restarts, a pod goes while it is asked) is one more thing to wait for. */
async function look(cluster: AwaitedCluster): Promise<ClusterState> {
    try {
        return await clusterState(cluster.api, cluster.peers);
    } catch (error) {
        return {
            missing: [silenceOf(error as Error)],
            troubles: [],
            podsReady: false,
        };
    }
}

/** What is waited for where a question came to nothing, as it stands after "waiting for". */
function silenceOf(error: Error & { readonly code?: unknown; readonly reason?: string }): string {
    const reason =
        error.name === "TypeError"
            ? "what it answers is not as Kubernetes has it"
            : printable(error.reason ?? error.message.split("\n")[0]!) || "no answer";
    return `the API server to ${typeof error.code === "number" ? "accept questions" : "answer"} (${reason})`;
}

function isStuck(trouble: PodTrouble, forMs: number, patience: Patience): boolean {
    return (
        trouble.severity === "fatal" ||
        (trouble.severity === "failing" && forMs >= patience.stuckMs)
    );
}

function describe(name: string, { missing, troubles }: ClusterState): string {
    const failing = troubles.filter(({ severity }) => severity !== "waiting");
    const reasons = failing.map((trouble) => `${placeOf(trouble)}: ${printable(trouble.reason)}`);
    return `${name}: waiting for ${[missing.join(", "), ...reasons].join("; ")}`;
}

function placeOf({ pod, container }: PodTrouble): string {
    return container === undefined ? pod : `${pod} (${container})`;
}

/** Why a pod waits: its newest warning, if that is not over, else what Kubernetes says of its container. */
async function waitingText(
    cluster: AwaitedCluster,
    trouble: PodTrouble,
    forMs: number,
): Promise<string> {
    const { namespace, reason, message } = trouble;
    const warning = await currentWarning(cluster.api, trouble);
    const why = warning ?? (message === "" ? "Kubernetes does not say why" : message);
    return `${cluster.name}: ${placeOf(trouble)} in ${namespace} is ${printable(reason)} for ${Math.round(forMs / 1000)} s: ${printable(why)}`;
}

/** The newest warning about a pod that is not older than the state that it shall explain. */
async function currentWarning(
    api: ClusterApi,
    { namespace, pod, sinceMs }: PodTrouble,
): Promise<string | undefined> {
    const warning = await api.lastWarning(namespace, pod).catch(() => undefined);
    return warning !== undefined && warning.at >= (sinceMs ?? -Infinity)
        ? warning.message
        : undefined;
}

async function stuckText(cluster: AwaitedCluster, trouble: PodTrouble): Promise<string> {
    const { namespace, pod, container, reason, message } = trouble;
    const [log, warning] = await Promise.all([
        container === undefined ? undefined : cluster.api.lastLogLine(namespace, pod, container),
        currentWarning(cluster.api, trouble),
    ]);
    return [
        `${cluster.name} is stuck: ${placeOf(trouble)} in ${namespace}: ${printable(reason)}${message === "" ? "" : `: ${printable(message)}`}`,
        ...(log === undefined ? [] : [`Last log line: ${printable(log)}`]),
        ...(warning === undefined || warning === message
            ? []
            : [`Last warning: ${printable(warning)}`]),
        `Look: kubectl --context ${cluster.name} -n ${namespace} describe pod ${pod}`,
    ].join("\n");
}
