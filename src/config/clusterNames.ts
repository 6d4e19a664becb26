/** The two clusters of the lab's story, which every stack has. */
export const clusterNames = ["cluster1", "cluster2"] as const;

/**
 * Every name that a cluster may have, in order: Cilium's `cluster.name`, the kubeconfig contexts and the outputs'
 * keys. A stack has the first of them.
 */
export const possibleClusters = [
    ...clusterNames,
    "cluster3",
    "cluster4",
    "cluster5",
    "cluster6",
    "cluster7",
    "cluster8",
] as const;

export type ClusterName = (typeof possibleClusters)[number];
