import { ClusterName, LabConfig } from "../config/labConfig";
import { admittedBy, networkPoliciesIn } from "../lab/networkPolicy";
import { Side } from "./whoAnswers";

/** The sides of the lab's service as the config sets them; every replica counts as a ready backend. */
export function sidesOf(config: LabConfig): Side[] {
    return config.clusters.map((cluster) => ({
        cluster: cluster.name,
        global: cluster.globalService,
        shared: cluster.sharedService,
        affinity: cluster.serviceAffinity === "none" ? undefined : cluster.serviceAffinity,
        backends: cluster.rebelBaseReplicas,
        ...admits(cluster.name, config),
    }));
}

function admits(cluster: ClusterName, config: LabConfig): Pick<Side, "admits"> {
    const [policy] = networkPoliciesIn(cluster, config);
    return policy === undefined ? {} : { admits: admittedBy(policy) };
}
