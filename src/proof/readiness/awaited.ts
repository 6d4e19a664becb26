/** What is meant to be away while one waits. */
export interface ExpectedOutage {
    readonly cluster: string;
    /** Its kind cluster, while whose node is paused all of it is away; without it, its clustermesh-apiserver is. */
    readonly kind?: string;
}

/**
 * The clusters to wait for, each with the peers that its agents must report as connected.
 *
 * @param isAway Whether what is meant to be away is so already; until then all is waited for, so that everybody knows of
 *   everybody when it goes.
 */
export function awaitedPeers(
    clusters: readonly string[],
    outage: ExpectedOutage | undefined,
    isAway: boolean,
): Record<string, string[]> {
    const lost = isAway ? outage?.cluster : undefined;
    const isDead = outage?.kind !== undefined;
    const awaited = clusters.filter((name) => !isDead || name !== lost);
    // Without its own apiserver a cluster runs, and is connected to no other, and no other to it.
    const peersOf = (name: string) =>
        clusters.filter(
            (peer) => peer !== name && (lost === undefined || ![name, peer].includes(lost)),
        );
    return Object.fromEntries(awaited.map((name) => [name, peersOf(name)]));
}
