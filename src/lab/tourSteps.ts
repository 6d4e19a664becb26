import gte from "semver/functions/gte";

/** One stop of the tour. */
export interface TourStep {
    /** Title, unique on the tour. */
    readonly title: string;
    /** What the lab's keys are set to; the others have their defaults. */
    readonly settings: Readonly<Record<string, string>>;
    /** What the step shows, told after the answer. */
    readonly lesson: string;
    /** The oldest Cilium that has what it shows; left out where all have. */
    readonly since?: string;
}

/**
 * The lab as the training walks it, with the question it left open ("What should be the result? I still see
 * answers from both clusters…") and the affinities.
 */
export const tourSteps: readonly TourStep[] = [
    {
        title: "Baseline: the service is global in both clusters",
        settings: {},
        lesson: "Cilium balances over the backends of both clusters; every pod has the same weight, wherever it runs.",
    },
    {
        title: "Failover: no rebel-base runs in cluster1",
        settings: { rebelBaseReplicas: "0" },
        lesson: "cluster1's clients do not notice that their own backends are gone: cluster2's answer.",
    },
    {
        title: "And back",
        settings: {},
        lesson: "As soon as cluster1 has backends again they answer again, in both clusters.",
    },
    {
        title: "Not shared: cluster1 keeps its backends to itself",
        settings: { sharedService: "false" },
        lesson: "The question the lab left open. shared=false hides cluster1's backends from cluster2, never from cluster1: asked from cluster1, where the lab looks, both clusters still answer, and that is right. The effect is seen from cluster2.",
    },
    {
        title: "Not shared, and no rebel-base in cluster1",
        settings: { sharedService: "false", rebelBaseReplicas: "0" },
        lesson: "Keeping one's own backends back does not stop one from using the other's: failover still works for cluster1.",
    },
    {
        title: "Affinity local: cluster1 prefers its own backends",
        settings: { serviceAffinity: "local" },
        lesson: "Affinity is the client's choice: only cluster1's Service has it, so only cluster1's clients stay at home.",
    },
    {
        title: "Affinity local without local backends",
        settings: { serviceAffinity: "local", rebelBaseReplicas: "0" },
        lesson: "It is a preference, no wall: without local backends the remote ones answer.",
    },
    {
        title: "Affinity remote: cluster1 prefers the other's backends",
        settings: { serviceAffinity: "remote" },
        lesson: "cluster1's clients go to cluster2, although their own backends are there; cluster2's clients use both.",
    },
    {
        title: "Affinity remote without remote backends",
        settings: { serviceAffinity: "remote", cluster2RebelBaseReplicas: "0" },
        lesson: "Again a preference: without backends in cluster2, cluster1's answer.",
    },
    {
        title: "Network policy: cluster1 lets in its own clients only",
        settings: { networkPolicy: "cluster1-only" },
        lesson: "The load balancer does not know policies. It still sends half of cluster2's requests to cluster1, where they are dropped and time out. A policy protects backends; what keeps requests away from them is shared=false.",
    },
    {
        title: "Outage: all of cluster2 dies",
        settings: { outage: "cluster2" },
        lesson: "Cilium has no health check of another cluster's backends. cluster1 keeps those of a cluster that it cannot reach, so half of its clients' requests time out, and nothing ends that.",
    },
    {
        title: "Outage with a TTL: the dead cluster's backends are dropped",
        settings: { outage: "cluster2", clusterMeshCacheTtl: "30s" },
        since: "1.19.0-0",
        lesson: "With clustermesh.cacheTTL the requests time out until the loss was noticed (60 to 150 s, which no setting shortens) and the TTL has run. Then cluster1's own backends answer all of them.",
    },
];

/** The steps that a Cilium has something to show of. */
export function stepsFor(ciliumVersion: string): TourStep[] {
    return tourSteps.filter(({ since = "0.0.0" }) => gte(ciliumVersion, since));
}
