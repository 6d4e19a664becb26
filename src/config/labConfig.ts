/** What a stack's config is to all other rooms. The table that it is read by is `keys`. */
import { ClusterConfig, LabConfig } from "./keys";

export { type ClusterName, clusterNames, possibleClusters } from "./clusterNames";
export {
    type ClusterConfig,
    type ClusterKey,
    type LabConfig,
    clusterKeys,
    configKey,
} from "./keys";

export type CiliumConfig = LabConfig["cilium"];
export type ClusterProvider = LabConfig["clusterProvider"];
export type NetworkPolicy = LabConfig["networkPolicy"];
export type ServiceAffinity = ClusterConfig["serviceAffinity"];

/** What the lab varies in one cluster. */
export type ServiceSettings = Pick<
    ClusterConfig,
    "globalService" | "sharedService" | "serviceAffinity" | "rebelBaseReplicas" | "globalNamespace"
>;
