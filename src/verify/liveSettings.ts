import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import { LabConfig, configKey } from "../config/labConfig";
import { AnnotationKeys, currentAnnotations, legacyAnnotations } from "../lab/variant";
import { Side } from "../rule/whoAnswers";
import { Difference } from "./result";

/**
 * A cluster's side of the service as its live objects say it. Annotations are read as Cilium reads them: the
 * current name wins over the old one, only "true" in any case is true, shared defaults to true
 * (`pkg/annotation/clustermesh.go`). Backends are those the Deployment asks for: a pod that should be there
 * and is not makes the requests disagree.
 */
export function liveSide(
    cluster: string,
    service: V1Service | undefined,
    deployment: V1Deployment | undefined,
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
    };
}

/** Where live objects say something else than the config. */
export function differences(config: LabConfig, sides: readonly Side[]): Difference[] {
    return config.clusters.flatMap((cluster) => {
        const side = sides.find((candidate) => candidate.cluster === cluster.name);
        if (side === undefined) {
            return [];
        }
        const pairs = [
            ["globalService", cluster.globalService, side.global],
            ["sharedService", cluster.sharedService, side.shared],
            ["serviceAffinity", cluster.serviceAffinity, affinityText(side.affinity)],
            ["rebelBaseReplicas", cluster.rebelBaseReplicas, side.backends],
        ] as const;
        return pairs
            .filter(([, wanted, live]) => String(wanted) !== String(live))
            .map(([key, wanted, live]) => ({
                cluster: cluster.name,
                key: configKey(cluster.name, key),
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

function isTrue(annotation: string | undefined): boolean {
    return annotation?.toLowerCase() === "true";
}
