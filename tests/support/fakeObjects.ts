import { gzipSync } from "node:zlib";
import { ClusterName } from "../../src/config/labConfig";
import { Manifest, readManifests } from "../../src/lab/manifests";
import { networkPoliciesIn } from "../../src/lab/networkPolicy";
import { applyVariant, variantOf } from "../../src/lab/variant";
import { LiveObject } from "../../src/mesh/kube/objects";
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
        ...(spec === undefined ? {} : { spec: { ...spec, ...limitOf(object.kind) }, status: {} }),
    }));
}

/** Deployments keep some of their earlier templates. */
function limitOf(kind: string): object {
    return kind === "Deployment" ? { revisionHistoryLimit: 10 } : {};
}

/**
 * The same as an API server gives them back, with its defaults and with who has set what, by `kubectl get -o yaml` of
 * Kubernetes 1.34.
 */
export function liveObjects(
    cluster: ClusterName,
    given: Readonly<Record<string, string>> = {},
): LiveObject[] {
    return labObjects(cluster, given).map((object) => {
        const copy = structuredClone(object) as unknown as Live;
        Object.assign(copy.metadata, {
            creationTimestamp: new Date(0),
            generation: 1,
            managedFields: [
                { manager: "pulumi-kubernetes-0a1b", operation: "Apply", fieldsV1: {} },
                {
                    manager: "kube-controller-manager",
                    operation: "Update",
                    subresource: "status",
                    fieldsV1: { "f:status": {} },
                },
            ],
        });
        if (object.kind === "Service") {
            serviceDefaults(copy);
        }
        if (object.kind === "Deployment") {
            deploymentDefaults(copy);
        }
        return copy as unknown as LiveObject;
    });
}

interface Live {
    metadata: Record<string, unknown> & { annotations?: Record<string, string> };
    spec: Record<string, unknown>;
}

function serviceDefaults({ spec }: Live): void {
    Object.assign(spec, {
        clusterIP: "10.101.0.7",
        clusterIPs: ["10.101.0.7"],
        internalTrafficPolicy: "Cluster",
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
        sessionAffinity: "None",
        ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    });
}

function deploymentDefaults({ metadata, spec }: Live): void {
    metadata.annotations = { ...metadata.annotations, "deployment.kubernetes.io/revision": "1" };
    Object.assign(spec, {
        progressDeadlineSeconds: 600,
        strategy: {
            type: "RollingUpdate",
            rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" },
        },
    });
    const pod = (spec.template as { spec: Record<string, unknown> }).spec;
    Object.assign(pod, {
        dnsPolicy: "ClusterFirst",
        restartPolicy: "Always",
        schedulerName: "default-scheduler",
        securityContext: {},
    });
    const [container] = pod.containers as Record<string, never>[];
    Object.assign(container!, {
        imagePullPolicy: "IfNotPresent",
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "File",
    });
    if (container!.ports) {
        Object.assign(container!.ports[0], { protocol: "TCP" });
        for (const name of ["startupProbe", "readinessProbe"]) {
            const probe = container![name] as unknown as { httpGet: object };
            const own = { ...probe };
            const defaults = { failureThreshold: 3, periodSeconds: 10, successThreshold: 1 };
            Object.assign(probe, defaults, { timeoutSeconds: 1 }, own);
            Object.assign(probe.httpGet, { scheme: "HTTP" });
        }
        const [volume] = pod.volumes as { configMap: object }[];
        Object.assign(volume!.configMap, { defaultMode: 420 });
    }
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
