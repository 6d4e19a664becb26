import satisfies from "semver/functions/satisfies";
import { CiliumConfig, ClusterName, LabConfig, ciliumOf } from "../config/labConfig";
import { Admission, admission } from "./admission";
import { Manifest, readManifestFile } from "./manifests";

/** Name of the policy of `networkPolicy: cluster1-only`. */
export const policyName = "rebel-base-cluster1-only";

/** The policies that a config puts into a cluster. */
export function networkPoliciesIn(cluster: ClusterName, config: LabConfig): Manifest[] {
    return cluster === "cluster1" && config.networkPolicy === "cluster1-only"
        ? readManifestFile(`${policyName}.yaml`)
        : [];
}

/** What a CiliumNetworkPolicy of that name does in a cluster of a stack. */
export function admissionBy(policy: object, cluster: string, config: LabConfig): Admission {
    return admission(policy, {
        cluster,
        clusters: config.clusters.map(({ name }) => name),
        isLocalByDefault: isLocalByDefault(ciliumOf(config, cluster)),
    });
}

/** What a selector that names no cluster means to the Cilium that enforces it: the chart's own default, unless the extra Helm values say otherwise. */
function isLocalByDefault({ version, values }: CiliumConfig): boolean {
    const { policyDefaultLocalCluster = true } = (values.clustermesh ?? {}) as {
        readonly policyDefaultLocalCluster?: boolean;
    };
    return (
        policyDefaultLocalCluster && satisfies(version, ">=1.19.0-0", { includePrerelease: true })
    );
}
