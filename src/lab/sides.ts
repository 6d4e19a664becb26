import type { V1Service, V1Deployment } from "@kubernetes/client-node";
import { ClusterName, LabConfig, configKey } from "../config/labConfig";
import { asText } from "../config/mapping";
import { Admission } from "./admission";
import { AnnotationKeys, currentAnnotations, legacyAnnotations } from "./annotations";
import { RunsCilium } from "./ciliumVersions";
import { admissionBy, networkPoliciesIn } from "./networkPolicy";
import { outageSide } from "./outage";
import { settings } from "./settings";
import { Side } from "./whoAnswers";
import { answeringText } from "./wording";

/**
 * The sides of the lab's service as the config sets them; every replica counts as a ready backend. Of an outage it is the
 * end: what is to be revoked is so.
 */
export function sidesOf(config: LabConfig): Side[] {
    return config.clusters.map((cluster) => ({
        cluster: cluster.name,
        ciliumVersion: cluster.release.version,
        global: cluster.globalService,
        shared: cluster.sharedService,
        affinity: cluster.serviceAffinity === "none" ? undefined : cluster.serviceAffinity,
        backends: cluster.rebelBaseReplicas,
        ...(cluster.globalNamespace ? {} : { isNamespaceLocal: true as const }),
        ...admittedIn(cluster.name, config),
        ...outageSide(cluster.name, config),
    }));
}

function admittedIn(cluster: ClusterName, config: LabConfig): Pick<Side, "admits"> {
    const [policy] = networkPoliciesIn(cluster, config);
    return policy === undefined ? {} : admissionBy(policy, cluster, config);
}

/** Where a live object says something else than the config, in words. */
export function differenceText({ key, config, live }: Difference): string {
    return `${key} is ${config} in the config and ${live} live`;
}

/** Where a live object says something else than the stack's config. */
export interface Difference {
    readonly cluster: string;
    /** Config key, e.g. `cluster2RebelBaseReplicas`. */
    readonly key: string;
    readonly config: string;
    readonly live: string;
}

/**
 * A cluster's side of the service as its live objects say it. Annotations are read as Cilium reads them: the
 * current name wins over the old one, only "true" in any case is true, shared defaults to true
 * (`pkg/annotation/clustermesh.go`). Backends are those the Deployment asks for, so that a cluster must answer from the
 * moment it is to have one; how the requests are divided follows from the pods that were counted. Of network policies
 * only the lab's own counts.
 *
 * @param runs The cluster, and the version of its Cilium.
 * @param admission What the lab's network policy does; left out where there is none.
 * @param more Ready backends of the Service, and all its pods, left out where nobody counted; and that its namespace
 *   is local.
 */
export function liveSide(
    runs: RunsCilium,
    service: V1Service | undefined,
    deployment: V1Deployment | undefined,
    { admits, unclear }: Admission = {},
    more: Pick<Side, "ready" | "pods" | "isNamespaceLocal" | "controlPlane"> = {},
): Side {
    const annotations = service?.metadata?.annotations ?? {};
    const read = (name: keyof AnnotationKeys): string | undefined => {
        // Of a real API server it is a text, and the page of a class has other people's.
        return asText(
            annotations[currentAnnotations[name]] ?? annotations[legacyAnnotations[name]],
        );
    };
    return {
        ...runs,
        global: isTrue(read("global")),
        shared: isTrue(read("shared") ?? "true"),
        affinity: read("affinity"),
        backends: deployment ? (deployment.spec?.replicas ?? 1) : 0,
        ...more,
        ...(admits === undefined ? {} : { admits }),
        ...(unclear === undefined ? {} : { unclearPolicy: unclear }),
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
            ...settings.map(
                ({ key, live }) =>
                    [configKey(cluster.name, key), String(cluster[key]), live(side)] as const,
            ),
            // The key is about cluster1 alone.
            ...(cluster.name === "cluster1"
                ? [["networkPolicy", config.networkPolicy, policyText(side)] as const]
                : []),
            ["outage", outageText(config, side), liveOutageText(side)] as const,
        ];
        return pairs
            .filter(([, wanted, live]) => wanted !== live)
            .map(([key, wanted, live]) => ({ cluster: cluster.name, key, config: wanted, live }));
    });
}

/** What of a cluster is to be away. */
function outageText({ outage, outageOf }: LabConfig, { cluster }: Side): string {
    return outage === cluster ? `${cluster} (${outageOf})` : "none";
}

/** What of a cluster is away; of one that could not be asked nobody knows more. */
export function liveOutageText({ cluster, outage, controlPlane }: Side): string {
    if (outage !== undefined) {
        return `${cluster} (cluster)`;
    }
    return controlPlane === undefined ? "none" : `${cluster} (clustermesh-apiserver)`;
}

/** Whom a network policy lets in, as the config would say it. */
export function policyText({ admits, unclearPolicy }: Side): string {
    if (unclearPolicy !== undefined) {
        return `a policy that cannot be judged (${unclearPolicy})`;
    }
    if (admits === undefined) {
        return "none";
    }
    return admits.length === 1 ? `${admits[0]}-only` : `a policy for ${answeringText(admits)}`;
}

function isTrue(annotation: string | undefined): boolean {
    return annotation?.toLowerCase() === "true";
}
