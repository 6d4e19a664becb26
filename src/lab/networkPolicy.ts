import { ClusterName, LabConfig } from "../config/labConfig";
import { Manifest, readManifestFile } from "./manifests";

/** Name of the policy of `networkPolicy: cluster1-only`. */
export const policyName = "rebel-base-cluster1-only";

/** The policies that a config puts into a cluster. */
export function networkPoliciesIn(cluster: ClusterName, config: LabConfig): Manifest[] {
    return cluster === "cluster1" && config.networkPolicy === "cluster1-only"
        ? readManifestFile(`${policyName}.yaml`)
        : [];
}

/** What of a CiliumNetworkPolicy says whom it lets in. */
interface PolicyObject {
    readonly spec?: {
        readonly ingress?: readonly {
            readonly fromEndpoints?: readonly {
                readonly matchLabels?: Readonly<Record<string, string>>;
            }[];
        }[];
    };
}

/**
 * The clusters whose clients a CiliumNetworkPolicy lets in by name.
 *
 * @see https://docs.cilium.io/en/stable/network/clustermesh/policy/
 */
export function admittedBy(policy: object): string[] {
    return ((policy as PolicyObject).spec?.ingress ?? [])
        .flatMap(({ fromEndpoints = [] }) => fromEndpoints)
        .flatMap(({ matchLabels }) => matchLabels?.["io.cilium.k8s.policy.cluster"] ?? []);
}
