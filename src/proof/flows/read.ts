import { ClusterApi } from "../../mesh/kube/clusterApi";
import { firstLine } from "../verify/liveMesh";
import { ClusterAddresses, addressesOf, readAddresses } from "./addresses";
import { Wanted, observe } from "./observe";
import { RequestFlow, requestsOf } from "./request";

/** A cluster whose agents are asked. */
export interface FlowSource {
    readonly cluster: string;
    readonly api: ClusterApi;
}

/** A cluster whose agents did not tell. */
export interface UnreadCluster {
    readonly cluster: string;
    readonly reason: string;
}

/** What the agents of all clusters have seen. */
export interface ReadFlows {
    /** The oldest first. */
    readonly flows: readonly RequestFlow[];
    readonly unread: readonly UnreadCluster[];
    /** Events that Hubble has lost. */
    readonly lost: number;
    /** Lines that were no flows. */
    readonly invalid: number;
}

/**
 * Reads what the data paths of all clusters did with the requests of their x-wing pods. A cluster that does not tell is no
 * failure of the others. Where a node had more flows than it was asked for, requests from before its oldest are left
 * out: of those one would see one end only.
 *
 * @param clusters Every cluster of the mesh, those too that cannot be asked.
 */
export async function readFlows(
    sources: readonly FlowSource[],
    clusters: readonly string[],
    wanted: Omit<Wanted, "from">,
): Promise<ReadFlows> {
    const unread: UnreadCluster[] = [];
    /** What there is of every cluster; one that fails is noted once. */
    const ofEach = async <T>(read: (source: FlowSource) => Promise<T>): Promise<T[]> => {
        const open = sources.filter(
            ({ cluster }) => !unread.some((one) => one.cluster === cluster),
        );
        const all = await Promise.all(
            open.map((source) =>
                read(source).catch((error: Error) => {
                    unread.push({ cluster: source.cluster, reason: firstLine(error) });
                    return undefined;
                }),
            ),
        );
        return all.filter((one) => one !== undefined);
    };
    const known: ClusterAddresses[] = await ofEach(({ cluster, api }) =>
        readAddresses(cluster, api),
    );
    const addresses = addressesOf(clusters, known);
    const from = [...addresses.clients.keys()];
    const seen = await ofEach(({ cluster, api }) => observe(cluster, api, { ...wanted, from }));
    const oldest = Math.max(-Infinity, ...seen.map(({ cutAt = -Infinity }) => cutAt));
    const events = seen.flatMap((one) => one.events);
    return {
        flows: requestsOf(events, addresses).filter(({ at }) => at >= oldest),
        unread: unread.sort((a, b) => clusters.indexOf(a.cluster) - clusters.indexOf(b.cluster)),
        lost: seen.reduce((sum, { lost }) => sum + lost, 0),
        invalid: seen.reduce((sum, { invalid }) => sum + invalid, 0),
    };
}
