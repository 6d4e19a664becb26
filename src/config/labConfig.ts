/** Whose backends a Service's clients prefer; `none` writes no annotation at all (cilium/cilium#46623). */
export type ServiceAffinity = "none" | "local" | "remote";

/** Whether a policy guards cluster1's rebel-base: nobody, or all but cluster1's own x-wing are kept out. */
export type NetworkPolicy = "none" | "cluster1-only";

/** The two clusters of the lab's story, which every stack has. */
export const clusterNames = ["cluster1", "cluster2"] as const;

/**
 * Every name that a cluster may have, in order: Cilium's `cluster.name`, the kubeconfig contexts and the outputs'
 * keys. A stack has the first of them, see {@link LabConfig.clusters}.
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

/** Who makes the clusters: kind, or somebody else who has done so already. */
export type ClusterProvider = "kind" | "existing";

/** What the lab varies in one cluster. */
export interface ServiceSettings {
    readonly globalService: boolean;
    readonly sharedService: boolean;
    readonly serviceAffinity: ServiceAffinity;
    readonly rebelBaseReplicas: number;
}

/** One cluster of the mesh. */
export interface ClusterConfig extends ServiceSettings {
    readonly name: ClusterName;
    /** Cilium's `cluster.id`, 1 to 255, unique in the mesh. */
    readonly id: number;
    readonly podCidr: string;
    readonly serviceCidr: string;
    /** Context of an existing cluster; empty with kind. */
    readonly kubeconfigContext: string;
    /** Where the others reach an existing cluster, `host` or `host:port`; empty: by a LoadBalancer. */
    readonly clusterMeshAddress: string;
}

/** Which Cilium is installed, and from where. */
export interface CiliumConfig {
    readonly version: string;
    readonly chart: string;
    readonly chartRepository: string;
    readonly images: {
        /** Empty: the chart's. */
        readonly agent: string;
        readonly operator: string;
        readonly clusterMeshApiserver: string;
    };
    readonly values: Readonly<Record<string, unknown>>;
}

/** Everything the stack config says, checked. */
export interface LabConfig {
    readonly clusterProvider: ClusterProvider;
    /** Path of the kubeconfig file with the contexts of existing clusters; empty: kubectl's own choice. */
    readonly kubeconfig: string;
    /** Two, or more where the config says so; the first of {@link possibleClusters}. */
    readonly clusters: readonly ClusterConfig[];
    readonly networkPolicy: NetworkPolicy;
    readonly legacyAnnotations: boolean;
    readonly xWingReplicas: number;
    readonly rebelBaseImage: string;
    readonly xWingImage: string;
    /** Hours after its last `up` that the lab may be removed; 0 is never. */
    readonly ttlHours: number;
    readonly nodeImage: string;
    readonly cilium: CiliumConfig;
}

/** The keys that exist once for each cluster. */
export const clusterKeys = [
    "globalService",
    "sharedService",
    "serviceAffinity",
    "rebelBaseReplicas",
    "podCidr",
    "serviceCidr",
    "kubeconfigContext",
    "clusterMeshAddress",
] as const;

export type ClusterKey = (typeof clusterKeys)[number];

/** The config key that sets `key` of a cluster: unprefixed for cluster1, else with the cluster in front. */
export function configKey(cluster: ClusterName, key: ClusterKey): string {
    return cluster === "cluster1" ? key : `${cluster}${key[0]!.toUpperCase()}${key.slice(1)}`;
}
