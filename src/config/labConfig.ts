/** Whose backends a Service's clients prefer; `none` writes no annotation at all (cilium/cilium#46623). */
export type ServiceAffinity = "none" | "local" | "remote";

/** The names of the lab's clusters: Cilium's `cluster.name`, the kubeconfig contexts and the outputs' keys. */
export const clusterNames = ["cluster1", "cluster2"] as const;
export type ClusterName = (typeof clusterNames)[number];

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
    readonly clusters: readonly ClusterConfig[];
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
] as const;
export type ClusterKey = (typeof clusterKeys)[number];

/** The config key that sets `key` of a cluster: unprefixed for cluster1, else with the cluster in front. */
export function configKey(cluster: ClusterName, key: ClusterKey): string {
    return cluster === "cluster1" ? key : `${cluster}${key[0]!.toUpperCase()}${key.slice(1)}`;
}
