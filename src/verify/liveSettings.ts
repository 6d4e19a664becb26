import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import { ClusterKey, LabConfig, configKey } from "../config/labConfig";
import { admittedBy } from "../lab/networkPolicy";
import { AnnotationKeys, currentAnnotations, legacyAnnotations } from "../lab/variant";
import { Side } from "../rule/whoAnswers";
import { answeringText } from "../rule/wording";
import { Difference } from "./result";

/**
 * A cluster's side of the service as its live objects say it. Annotations are read as Cilium reads them: the
 * current name wins over the old one, only "true" in any case is true, shared defaults to true
 * (`pkg/annotation/clustermesh.go`). Backends are those the Deployment asks for: a pod that should be there
 * and is not makes the requests disagree. Of network policies only the lab's own counts.
 */
export function liveSide(
    cluster: string,
    service: V1Service | undefined,
    deployment: V1Deployment | undefined,
    policy?: object,
): Side {
    const annotations = service?.metadata?.annotations ?? {};
    const read = (name: keyof AnnotationKeys) =>
        annotations[currentAnnotations[name]] ?? annotations[legacyAnnotations[name]];
    return {
        cluster,
        global: isTrue(read("global")),
        shared: isTrue(read("shared") ?? "true"),
        affinity: read("affinity"),
        backends: deployment ? (deployment.spec?.replicas ?? 1) : 0,
        ...(policy === undefined ? {} : { admits: admittedBy(policy) }),
    };
}

/** Where live objects say something else than the config. */
export function differences(config: LabConfig, sides: readonly Side[]): Difference[] {
    return config.clusters.flatMap((cluster) => {
        const side = sides.find((candidate) => candidate.cluster === cluster.name);
        if (side === undefined) {
            return [];
        }
        const key = (name: ClusterKey) => configKey(cluster.name, name);
        const pairs = [
            [key("globalService"), cluster.globalService, side.global],
            [key("sharedService"), cluster.sharedService, side.shared],
            [key("serviceAffinity"), cluster.serviceAffinity, affinityText(side.affinity)],
            [key("rebelBaseReplicas"), cluster.rebelBaseReplicas, side.backends],
            // The key is about cluster1 alone.
            ...(cluster.name === "cluster1"
                ? [["networkPolicy", config.networkPolicy, policyText(side.admits)] as const]
                : []),
        ] as const;
        return pairs
            .filter(([, wanted, live]) => String(wanted) !== String(live))
            .map(([name, wanted, live]) => ({
                cluster: cluster.name,
                key: name,
                config: String(wanted),
                live: String(live),
            }));
    });
}

/** An annotation without a meaning is named as such: on some versions it has one (cilium/cilium#46623). */
function affinityText(annotation: string | undefined): string {
    if (annotation === undefined) {
        return "none";
    }
    const text = annotation.toLowerCase();
    return text === "local" || text === "remote" ? text : `the text ${JSON.stringify(annotation)}`;
}

function policyText(admits: readonly string[] | undefined): string {
    if (admits === undefined) {
        return "none";
    }
    return admits.length === 1 ? `${admits[0]}-only` : `a policy for ${answeringText(admits)}`;
}

function isTrue(annotation: string | undefined): boolean {
    return annotation?.toLowerCase() === "true";
}
