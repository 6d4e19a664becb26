import { setTimeout as sleep } from "node:timers/promises";
import { ClusterName } from "../../config/labConfig";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { FlowSource, ReadFlows, readFlows } from "../flows/read";

/** Longest wait for all agents, in milliseconds. */
const flowsWithinMs = 10_000;

/** Flows that each node is asked for: those of some seconds. */
const mostFlows = 60;

/**
 * The last flows that the agents' Hubble has seen. Of a cluster that cannot be seen the agents are not asked: it would
 * take long, and is told already.
 *
 * @returns Undefined where they take too long, or the signal is aborted.
 */
export async function lastFlowsOf(
    reaches: readonly { readonly cluster: ClusterName; readonly api: ClusterApi | undefined }[],
    isSeen: (cluster: ClusterName) => boolean,
    signal: AbortSignal,
): Promise<ReadFlows | undefined> {
    const sources = reaches.flatMap(({ cluster, api }): FlowSource[] =>
        api !== undefined && isSeen(cluster) ? [{ cluster, api }] : [],
    );
    const clusters = reaches.map(({ cluster }) => cluster);
    const end = new AbortController();
    const patience = sleep(flowsWithinMs, undefined, {
        signal: AbortSignal.any([signal, end.signal]),
    });
    const read = await Promise.race([
        readFlows(sources, clusters, { most: mostFlows }),
        patience.catch(() => undefined),
    ]);
    end.abort();
    return read;
}
