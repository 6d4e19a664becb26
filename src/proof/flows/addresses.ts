import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { printable } from "../../config/problem";
import { namespace } from "../../lab/globalNamespace";
import { ClusterApi } from "../../mesh/kube/clusterApi";

/** A pod of the lab. */
export interface PodPlace {
    readonly pod: string;
    readonly cluster: string;
}

/** Whose the addresses of the lab are. Pods' ranges differ in all clusters of a mesh; those of Services need not. */
export interface Addresses {
    /** The clusters of the mesh. */
    readonly clusters: readonly string[];
    /** The x-wing pods by IP. */
    readonly clients: ReadonlyMap<string, PodPlace>;
    /** The rebel-base pods by IP. */
    readonly backends: ReadonlyMap<string, PodPlace>;
    /** The IP of the Service rebel-base by cluster. */
    readonly services: ReadonlyMap<string, string>;
}

/** What one cluster's API server says of addresses. */
export interface ClusterAddresses {
    readonly cluster: string;
    readonly xWings: readonly V1Pod[];
    readonly rebelBases: readonly V1Pod[];
    readonly service: V1Service | undefined;
}

/**
 * Asks a cluster whose its addresses are.
 *
 * @throws Error if the API server does not tell.
 */
export async function readAddresses(cluster: string, api: ClusterApi): Promise<ClusterAddresses> {
    const [xWings, rebelBases, service] = await Promise.all([
        api.pods(namespace, "name=x-wing"),
        api.pods(namespace, "name=rebel-base"),
        api.service(namespace, "rebel-base"),
    ]);
    return { cluster, xWings, rebelBases, service };
}

/**
 * All addresses as one.
 *
 * @param clusters The clusters of the mesh, those too that could not be asked.
 */
export function addressesOf(
    clusters: readonly string[],
    known: readonly ClusterAddresses[],
): Addresses {
    const places = (of: (one: ClusterAddresses) => readonly V1Pod[]) =>
        new Map(known.flatMap((one) => of(one).flatMap((pod) => placesOf(pod, one.cluster))));
    return {
        clusters,
        clients: places(({ xWings }) => xWings),
        backends: places(({ rebelBases }) => rebelBases),
        services: new Map(
            known.flatMap(({ cluster, service }) => {
                const ip = service?.spec?.clusterIP;
                return ip === undefined ? [] : [[cluster, ip] as const];
            }),
        ),
    };
}

/** A pod by its IP. One that has ended has given its IP back. */
function placesOf({ metadata, status }: V1Pod, cluster: string): [string, PodPlace][] {
    const hasEnded = status?.phase === "Succeeded" || status?.phase === "Failed";
    return status?.podIP === undefined || hasEnded
        ? []
        : [[status.podIP, { pod: printable(metadata?.name ?? "?"), cluster }]];
}
