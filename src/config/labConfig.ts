/** What a stack's config is to all other rooms. The table that it is read by is `keys`. */
import { ClusterConfig, LabConfig } from "./keys";

export { type ClusterName, clusterNames, possibleClusters } from "./clusterNames";
export {
    type ClusterConfig,
    type ClusterKey,
    type LabConfig,
    type ReleaseKey,
    clusterKeys,
    configKey,
    releaseKeys,
} from "./keys";

/** What is the same in the Cilium of all clusters. */
export type SharedCilium = LabConfig["cilium"];
/** The Cilium of one cluster. */
export type CiliumConfig = SharedCilium & ClusterConfig["release"];

/** What the lab varies in one cluster. */
export type ServiceSettings = Pick<
    ClusterConfig,
    "globalService" | "sharedService" | "serviceAffinity" | "rebelBaseReplicas" | "globalNamespace"
>;

/** The Cilium of a cluster; of one that the stack does not have, cluster1's. */
export function ciliumOf({ cilium, clusters }: LabConfig, cluster: string): CiliumConfig {
    const { release } = clusters.find(({ name }) => name === cluster) ?? clusters[0]!;
    return { ...cilium, ...release };
}
