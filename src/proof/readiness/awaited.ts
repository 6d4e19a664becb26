import type { ReadinessOrder } from "./main";

/**
 * The clusters to wait for, each with the peers that its agents must report as connected.
 *
 * @param isDead Whether all of the cluster that is meant to be away is so already; it is woken before changes of its own,
 *   and then waited for as all others.
 */
export function awaitedPeers(
    clusters: readonly string[],
    outage: ReadinessOrder["outage"],
    isDead: boolean,
): Record<string, string[]> {
    const isCut = outage !== undefined && outage.kind === undefined;
    const awaited = clusters.filter((name) => !isDead || name !== outage?.cluster);
    const peersOf = (name: string) =>
        isCut
            ? // Without its own apiserver a cluster knows of no other, and no other of it.
              clusters.filter((peer) => peer !== name && ![name, peer].includes(outage.cluster))
            : awaited.filter((peer) => peer !== name);
    return Object.fromEntries(awaited.map((name) => [name, peersOf(name)]));
}
