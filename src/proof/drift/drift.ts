import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import { ClusterName, LabConfig } from "../../config/labConfig";
import { readManifests } from "../../lab/manifests";
import { admissionBy, networkPoliciesIn, policyName } from "../../lab/networkPolicy";
import { differences, liveSide, differenceText } from "../../lab/sides";
import { applyVariant, variantOf } from "../../lab/variant";
import { ClusterApi, LiveObject } from "../../mesh/kube/clusterApi";
import { objectDrift, strayAnnotations } from "./objectDrift";
import { releaseDrift } from "./releaseDrift";

/** Something in a cluster that is not as the stack makes it. */
export interface Drift {
    readonly cluster: ClusterName;
    /**
     * What it is about: a setting of the lab, an annotation that is a setting and that the stack does not set, one
     * of the lab's objects, its network policy where the stack has none, or Cilium's Helm release.
     */
    readonly about: "setting" | "annotation" | "object" | "policy" | "release";
    readonly sentence: string;
    /** The annotation's key, where it is about one. */
    readonly annotation?: string;
}

/** A cluster's API server. */
interface Asked {
    readonly cluster: ClusterName;
    readonly api: ClusterApi;
    /** Whether Pulumi's state has Cilium's release in this cluster; by default it has. */
    readonly isReleaseKnown?: boolean;
}

/** Looks at the objects of clusters: the lab's, and those of Cilium's Helm release. */
export async function findDrift(config: LabConfig, asked: readonly Asked[]): Promise<Drift[]> {
    return (await Promise.all(asked.map((one) => driftOf(config, one)))).flat();
}

async function driftOf(
    config: LabConfig,
    { cluster, api, isReleaseKnown = true }: Asked,
): Promise<Drift[]> {
    const settings = config.clusters.find(({ name }) => name === cluster)!;
    const policies = networkPoliciesIn(cluster, config);
    const wanted = [
        ...applyVariant(readManifests(cluster), variantOf(config, settings)),
        ...policies,
    ];
    const [lab, system] = await Promise.all([api.objects("default"), api.objects("kube-system")]);
    const policy = named(lab, "CiliumNetworkPolicy", policyName);
    const side = liveSide(
        cluster,
        named<V1Service>(lab, "Service", "rebel-base"),
        named<V1Deployment>(lab, "Deployment", "rebel-base"),
        policy && admissionBy(policy, cluster, config),
    );
    const isStray = policy !== undefined && policies.length === 0;
    const about = (what: Drift["about"], sentences: readonly string[]) =>
        sentences.map((sentence) => ({ cluster, about: what, sentence }));
    return [
        ...about("release", releaseDrift(system, isReleaseKnown)),
        ...about("object", objectDrift(wanted, lab)),
        ...about("setting", differences(config, [side]).map(differenceText)),
        ...about("policy", isStray ? [`CiliumNetworkPolicy ${policyName} is not the stack's`] : []),
        ...strayAnnotations(wanted, lab).map((annotation) => ({
            cluster,
            about: "annotation" as const,
            sentence: `Service rebel-base: the annotation ${annotation} is not the stack's`,
            annotation,
        })),
    ];
}

function named<T = LiveObject>(
    live: readonly LiveObject[],
    kind: string,
    name: string,
): T | undefined {
    return live.find((one) => one.kind === kind && one.metadata?.name === name) as T | undefined;
}

/** A drift as a line to read. */
export function driftLine({ cluster, sentence }: Drift): string {
    return `${cluster}: ${sentence}`;
}

/**
 * Does by hand what a refresh cannot: takes off annotations and a policy that are not the stack's, and lets Helm
 * forget a release that is not as it was made. Helm refuses to work on one whose operation was cut off, and
 * neither Helm nor Pulumi misses an object of one that it takes for deployed. A forgotten release is installed again
 * over its own objects, so Cilium runs on meanwhile
 * (https://helm.sh/docs/faq/changes_since_helm2/#adopting-existing-resources).
 */
export async function prepareMending(
    drifts: readonly Drift[],
    { cluster, api }: Asked,
): Promise<void> {
    const here = drifts.filter((drift) => drift.cluster === cluster);
    const annotations = here.flatMap(({ annotation }) => annotation ?? []);
    if (annotations.length > 0) {
        await api.removeAnnotations("default", "rebel-base", annotations);
    }
    if (here.some(({ about }) => about === "policy")) {
        await api.deleteNetworkPolicy("default", policyName);
    }
    if (here.some(({ about }) => about === "release")) {
        await api.deleteSecrets("kube-system", "owner=helm,name=cilium");
    }
}

/** What an update that mends does beyond the usual: it compares the state with the clusters and waits for everything. */
export const mending = { refresh: true, replace: ["**::readiness-wait"] } as const;
