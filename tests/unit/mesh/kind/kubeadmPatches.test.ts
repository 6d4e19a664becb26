import * as yaml from "js-yaml";
import { kubeadmPatches } from "../../../../src/mesh/kind/kubeadmPatches";
import { nodeImages } from "../../../../src/mesh/kind/nodeImage";

interface Patch {
    readonly kind: string;
    readonly apiVersion?: string;
    readonly [part: string]: unknown;
}

function patchesFor(nodeImage: string): Patch[] {
    return kubeadmPatches(nodeImage).map((patch) => yaml.load(patch) as Patch);
}

function etcdArguments(nodeImage: string): Record<string, string> {
    const etcds = patchesFor(nodeImage).flatMap(({ etcd }) => (etcd === undefined ? [] : [etcd]));
    expect(etcds).toHaveLength(1);
    return (etcds[0] as { local: { extraArgs: Record<string, string> } }).local.extraArgs;
}

const others = [
    "kindest/node:v1.33.1",
    "kindest/node:v1.36.4",
    `kindest/node:v1.36.4@sha256:${"0".repeat(64)}`,
    "registry.class:5000/node:2025-11",
];

test.each(others)(
    "etcd does not wait for the disk, and gets no argument it may not know: %s",
    (image) => {
        expect(etcdArguments(image)).toStrictEqual({ "unsafe-no-fsync": "true" });
    },
);

test.each([
    ...Object.values(nodeImages),
    ...Object.values(nodeImages).map(
        (image) => `mirror.class:5000/kindest/node@${image.split("@")[1]}`,
    ),
])("etcd of an image whose digest is known reports progress once a minute: %s", (image) => {
    expect(etcdArguments(image)).toStrictEqual({
        "unsafe-no-fsync": "true",
        "watch-progress-notify-interval": "60s",
    });
});

test("a single control plane elects nobody, and counts no objects for metrics", () => {
    const [cluster] = patchesFor(nodeImages.newest);
    expect(cluster).toMatchObject({
        kind: "ClusterConfiguration",
        apiServer: {
            extraArgs: {
                "etcd-count-metric-poll-period": "0",
                "etcd-db-metric-poll-interval": "0",
            },
        },
        controllerManager: { extraArgs: { "leader-elect": "false" } },
        scheduler: { extraArgs: { "leader-elect": "false" } },
    });
});

test("keys are of P-256 in both versions of kubeadm's API, each in a patch of its own", () => {
    const versioned = patchesFor(nodeImages.newest).filter(({ apiVersion }) => apiVersion);
    expect(versioned).toStrictEqual([
        {
            kind: "ClusterConfiguration",
            apiVersion: "kubeadm.k8s.io/v1beta3",
            featureGates: { PublicKeysECDSA: true },
        },
        {
            kind: "ClusterConfiguration",
            apiVersion: "kubeadm.k8s.io/v1beta4",
            encryptionAlgorithm: "ECDSA-P256",
        },
    ]);
});

test("the kubelet looks at logs and volumes less often, and as often as ever at its node", () => {
    const patches = patchesFor(nodeImages.newest);
    expect(patches.filter(({ kind }) => kind === "KubeletConfiguration")).toStrictEqual([
        {
            kind: "KubeletConfiguration",
            containerLogMonitorInterval: "5m",
            volumeStatsAggPeriod: "10m",
        },
    ]);
    expect(patches.filter(({ kind }) => kind === "InitConfiguration")).toStrictEqual([
        {
            kind: "InitConfiguration",
            nodeRegistration: { kubeletExtraArgs: { "housekeeping-interval": "60s" } },
        },
    ]);
});
