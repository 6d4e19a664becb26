import * as yaml from "js-yaml";
import { nodeImages } from "./nodeImage";

/**
 * What kubeadm is told of a lab's single node: an etcd that is quick, keys that are cheap, and nothing that is asked for
 * every few seconds without need. An idle pair takes about a fifth less of the processor so (`docs/performance.md`).
 *
 * Without `apiVersion` a patch holds for every kubeadm: kind puts the map of `extraArgs` into v1beta4's list by itself
 * (`pkg/internal/patch/kubeadm_merge.go`), and leaves out patches for a version that it does not write.
 *
 * @param nodeImage What the node is made of; one of another digest than the lab's own gets no argument that not every
 *     etcd knows.
 * @returns Documents for kind's `kubeadmConfigPatches`.
 */
export function kubeadmPatches(nodeImage: string): string[] {
    return [
        {
            kind: "ClusterConfiguration",
            apiServer: { extraArgs: uncounted },
            controllerManager: { extraArgs: unelected },
            scheduler: { extraArgs: unelected },
            etcd: {
                local: { extraArgs: { ...unsynced, ...(hasEtcd36(nodeImage) ? quiet : {}) } },
            },
        },
        ...ecdsa,
        {
            kind: "InitConfiguration",
            nodeRegistration: { kubeletExtraArgs: { "housekeeping-interval": "60s" } },
        },
        kubelet,
    ].map((patch) => yaml.dump(patch));
}

/**
 * etcd that does not wait for the disk at each of the thousands of writes of a start. What it wrote survives its
 * own death and the engine's; only a crash of the whole machine can lose it, and then `up` recreates the cluster.
 *
 * @see https://etcd.io/docs/v3.5/op-guide/configuration/
 */
const unsynced = { "unsafe-no-fsync": "true" };

/**
 * kubeadm has etcd tell each watch of the API server, one for each kind, every 5 s how far it has come. Lists from the
 * API server's cache ask for that by themselves (`ConsistentListFromCache`, Kubernetes 1.31).
 */
const quiet = { "watch-progress-notify-interval": "60s" };

/** Before etcd 3.6, which came with Kubernetes 1.34, the argument of {@link quiet} had another name. A tag may lie. */
function hasEtcd36(nodeImage: string): boolean {
    return Object.values(nodeImages).some((known) => nodeImage.endsWith(known.split("@")[1]!));
}

/** No other is there to be elected: a write every second less, and no old lease to wait for after a restart. */
const unelected = { "leader-elect": "false" };

/** The API server counts the objects of each kind and asks for etcd's size for metrics that nobody reads here. */
const uncounted = { "etcd-count-metric-poll-period": "0", "etcd-db-metric-poll-interval": "0" };

/**
 * Keys of the curve P-256, which are found at once and sign in a twentieth of the time: every probe of a control plane's
 * pod begins with a handshake. Each of the two is for one version of kubeadm's API.
 *
 * @see https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/
 */
const ecdsa = [
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
];

/** How often the kubelet looks at sizes of logs and volumes; by default every 10 s and every minute. */
const kubelet = {
    kind: "KubeletConfiguration",
    containerLogMonitorInterval: "5m",
    volumeStatsAggPeriod: "10m",
};
