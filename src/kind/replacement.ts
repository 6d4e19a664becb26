import { ClusterName, configKey } from "../config/labConfig";
import { KindClusterSpec } from "./kindConfig";

/** What of a cluster cannot change in place (https://github.com/kubernetes-sigs/kind/issues/3420). */
export type FixedSpec = Pick<KindClusterSpec, "nodeImage" | "podCidr" | "serviceCidr">;

/** The part of a spec that cannot change in place. */
export function fixedPart({ nodeImage, podCidr, serviceCidr }: FixedSpec): FixedSpec {
    return { nodeImage, podCidr, serviceCidr };
}

/** Why a cluster is replaced, by config key; undefined if what it was made of is what is wanted. */
export function replacementText(
    cluster: ClusterName,
    made: FixedSpec,
    wanted: FixedSpec,
): string | undefined {
    const keys = {
        nodeImage: "nodeImage",
        podCidr: configKey(cluster, "podCidr"),
        serviceCidr: configKey(cluster, "serviceCidr"),
    };
    const changes = (["nodeImage", "podCidr", "serviceCidr"] as const)
        .filter((part) => made[part] !== wanted[part])
        .map((part) => `${keys[part]} was ${made[part]} and is ${wanted[part]}`);
    return changes.length === 0
        ? undefined
        : `${cluster} is replaced, with all that is in it: ${changes.join(", ")}`;
}
