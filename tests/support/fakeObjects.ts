import { gzipSync } from "node:zlib";
import { ClusterName } from "../../src/config/labConfig";
import { Manifest, readManifests } from "../../src/lab/manifests";
import { networkPoliciesIn } from "../../src/lab/networkPolicy";
import { applyVariant, variantOf } from "../../src/lab/variant";
import { LiveObject } from "../../src/mesh/kube/clusterApi";
import { configWith } from "./defaultConfig";

/** A cluster's manifests as a config changes them. */
export function wantedObjects(
    cluster: ClusterName,
    given: Readonly<Record<string, string>> = {},
): Manifest[] {
    const config = configWith(given);
    const settings = config.clusters.find(({ name }) => name === cluster)!;
    return [
        ...applyVariant(readManifests(cluster), variantOf(config, settings)),
        ...networkPoliciesIn(cluster, config),
    ];
}

/** The same as they live in a cluster, with what Kubernetes and Pulumi add to each. */
export function labObjects(
    cluster: ClusterName,
    given: Readonly<Record<string, string>> = {},
): LiveObject[] {
    return wantedObjects(cluster, given).map(({ metadata, spec, ...object }) => ({
        ...object,
        metadata: {
            ...metadata,
            uid: "c0ffee",
            annotations: { ...metadata.annotations, "pulumi.com/skipAwait": "true" },
        },
        ...(spec === undefined ? {} : { spec: { ...spec, revisionHistoryLimit: 10 }, status: {} }),
    }));
}

/** Objects of Cilium's release: two that the lab can miss, one of another namespace, one of another kind. */
const manifest = [
    { kind: "Secret", name: "cilium-clustermesh", namespace: "kube-system" },
    { kind: "DaemonSet", name: "cilium" },
    { kind: "Secret", name: "elsewhere", namespace: "cilium-secrets" },
    { kind: "ClusterRole", name: "cilium" },
];

/** One revision of Cilium's Helm release as Helm keeps it. */
export function revision(
    version: number,
    { status = "deployed", manager = "pulumi-resource-kubernetes" } = {},
): LiveObject {
    const documents = manifest.map(
        ({ kind, name, namespace }) =>
            `---\nkind: ${kind}\nmetadata:\n  name: ${name}\n${namespace ? `  namespace: ${namespace}\n` : ""}`,
    );
    const zipped = gzipSync(JSON.stringify({ manifest: documents.join("") })).toString("base64");
    return {
        kind: "Secret",
        metadata: {
            name: `sh.helm.release.v1.cilium.v${version}`,
            labels: { owner: "helm", name: "cilium", status, version: String(version) },
            managedFields: [{ manager }],
        },
        data: { release: Buffer.from(zipped).toString("base64") },
    };
}

/** What is in kube-system where Cilium is as the stack installed it. */
export function ciliumObjects(): LiveObject[] {
    const [mesh, agent] = manifest.map(({ kind, name }) => ({ kind, metadata: { name } }));
    return [revision(1), mesh!, agent!];
}
