import type { V1Deployment, V1Namespace, V1Service } from "@kubernetes/client-node";
import { ClusterName, LabConfig, ciliumOf } from "../../config/labConfig";
import { printable } from "../../config/problem";
import { annotationPath } from "../../lab/annotations";
import { apiserver, controlPlaneSide } from "../../lab/controlPlane";
import {
    namespace,
    namespaceAnnotation,
    namespaceSide,
    namespaceText,
} from "../../lab/globalNamespace";
import { Manifest, readManifests } from "../../lab/manifests";
import { admissionBy, networkPoliciesIn, policyName } from "../../lab/networkPolicy";
import { differences, liveSide, differenceText } from "../../lab/sides";
import { applyVariant, variantOf } from "../../lab/variant";
import { stackLabel } from "../../mesh/existing/record";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { LiveObject } from "../../mesh/kube/objects";
import { ObjectRepair } from "./compare";
import { objectDrift, strayAnnotations } from "./objectDrift";
import { othersIn } from "./others";
import { releaseDrift } from "./releaseDrift";

/** Something in a cluster that is not as the stack makes it. */
export interface Drift {
    readonly cluster: ClusterName;
    /**
     * What it is about: a setting of the lab, an annotation that is a setting and that the stack does not set, one
     * of the lab's objects, its network policy where the stack has none, Cilium's Helm release, or something of
     * somebody else's, which changes who answers and is left alone.
     */
    readonly about: "setting" | "annotation" | "object" | "policy" | "release" | "other";
    readonly sentence: string;
    /** The object, where it is about one of the lab's. */
    readonly object?: { readonly kind: string; readonly name: string };
    /** What puts it back beyond a refresh and an update. */
    readonly repair?: ObjectRepair;
}

/** A cluster's API server. */
interface Asked {
    readonly cluster: ClusterName;
    readonly api: ClusterApi;
    /** Whether Pulumi's state has Cilium's release in this cluster; by default it has. */
    readonly isReleaseKnown?: boolean;
    /** What the stack's own objects carry, in a cluster that is not the stack's own. */
    readonly mark?: string;
}

/** Looks at the objects of clusters: the lab's, those of Cilium's Helm release, and what is beside them. */
export async function findDrift(config: LabConfig, asked: readonly Asked[]): Promise<Drift[]> {
    return (await Promise.all(asked.map((one) => driftOf(config, one)))).flat();
}

async function driftOf(
    config: LabConfig,
    { cluster, api, isReleaseKnown = true, mark }: Asked,
): Promise<Drift[]> {
    const settings = config.clusters.find(({ name }) => name === cluster)!;
    const cilium = ciliumOf(config, cluster);
    const policies = networkPoliciesIn(cluster, config);
    const wanted = [
        ...applyVariant(readManifests(cluster), variantOf(config, settings)),
        ...policies,
    ].map((manifest) => marked(manifest, mark));
    const [lab, system, scope] = await Promise.all([
        api.objects(namespace),
        api.objects("kube-system"),
        api.namespace(namespace),
    ]);
    const policy = named(lab, "CiliumNetworkPolicy", policyName);
    const side = liveSide(
        { cluster, ciliumVersion: cilium.version },
        named<V1Service>(lab, "Service", "rebel-base"),
        named<V1Deployment>(lab, "Deployment", "rebel-base"),
        policy && admissionBy(policy, cluster, config),
        {
            ...namespaceSide(scope, cilium),
            ...controlPlaneSide(named(system, "Deployment", apiserver.name), config),
        },
    );
    const isStray = policy !== undefined && policies.length === 0;
    const about = (what: Drift["about"], sentences: readonly string[]): Drift[] =>
        sentences.map((sentence) => ({ cluster, about: what, sentence }));
    return [
        ...about("release", releaseDrift(system, isReleaseKnown)),
        ...objectDrift(wanted, lab).map(({ kind, name, ...one }) => ({
            cluster,
            about: "object" as const,
            object: { kind, name },
            ...one,
        })),
        ...about("setting", differences(config, [side]).map(differenceText)),
        ...about("policy", isStray ? [`CiliumNetworkPolicy ${policyName} is not the stack's`] : []),
        ...strayAnnotations(wanted, lab).map((annotation) => strayDrift(cluster, annotation)),
        ...namespaceDrift(cluster, scope, namespaceText(settings.globalNamespace, cilium)),
        ...about("other", await othersIn(api, lab)),
    ];
}

/** The manifest with the mark of the stack's own objects, as the program sets it. */
function marked(manifest: Manifest, mark: string | undefined): Manifest {
    const { metadata } = manifest;
    const labels = metadata.labels as Readonly<Record<string, string>> | undefined;
    return mark === undefined
        ? manifest
        : { ...manifest, metadata: { ...metadata, labels: { ...labels, [stackLabel]: mark } } };
}

/** The namespace is not the stack's; its one annotation that changes who answers is. */
function namespaceDrift(
    cluster: ClusterName,
    live: V1Namespace | undefined,
    wanted: string | undefined,
): Drift[] {
    const text = live?.metadata?.annotations?.[namespaceAnnotation];
    if (text === wanted) {
        return [];
    }
    const path = annotationPath(namespaceAnnotation);
    const is = text === undefined ? "is gone" : `is ${JSON.stringify(text)}`;
    return [
        {
            cluster,
            about: "annotation",
            sentence: `Namespace ${namespace}: the annotation ${namespaceAnnotation} ${is}`,
            object: { kind: "Namespace", name: namespace },
            repair: {
                how: "patch",
                operation:
                    wanted === undefined
                        ? { op: "remove", path }
                        : { op: "add", path, value: wanted },
            },
        },
    ];
}

function strayDrift(cluster: ClusterName, annotation: string): Drift {
    return {
        cluster,
        about: "annotation",
        sentence: `Service rebel-base: the annotation ${annotation} is not the stack's`,
        object: { kind: "Service", name: "rebel-base" },
        repair: {
            how: "patch",
            operation: { op: "remove", path: annotationPath(annotation) },
        },
    };
}

function named<T = LiveObject>(
    live: readonly LiveObject[],
    kind: string,
    name: string,
): T | undefined {
    return live.find((one) => one.kind === kind && one.metadata?.name === name) as T | undefined;
}

/** Whether an update, with what is prepared for it, puts a drift back. What is somebody else's stays. */
export function isRepaired({ about }: Drift): boolean {
    return about !== "other";
}

/** A drift as a line to read. */
export function driftLine({ cluster, sentence }: Drift): string {
    return `${cluster}: ${printable(sentence, 300)}`;
}
