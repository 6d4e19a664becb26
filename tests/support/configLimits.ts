/** What one config key may be. */
export interface Limits {
    /** Its place in the config. */
    readonly sets: string;
    /** Where it is read, too: in a cluster that has no key of its own. */
    readonly follows?: string;
    /** How a message says what is legal. */
    readonly must: string;
    readonly legal: readonly string[];
    readonly illegal: readonly string[];
    /** Other keys that some of the legal values need. */
    readonly needs?: Readonly<Record<string, string>>;
}

const digest = `@sha256:${"0123456789abcdef".repeat(4)}`;

const booleans = {
    must: "one of true, false",
    legal: ["true", "false"],
    illegal: ["", "True", "1", "yes", " true"],
};

const affinities = {
    must: "one of none, local, remote",
    legal: ["none", "local", "remote"],
    illegal: ["", "Local", "both", "none ", "null"],
};

const noNumbers = [
    ...["", " 1", "1 ", "1.5", "2.0", "1e1", "0x1", "+1", "two", "3abc", "١", "1\n"],
    ...["-0", "00", "01", "007", "-01"],
];

const replicas = {
    must: "a whole number from 0 to 20",
    legal: ["0", "1", "20"],
    illegal: ["-1", "21", "9".repeat(30), ...noNumbers],
};

const noNetworks = [
    ...["", "x", "10.1.0.0", "10.1/16", "10.1.0.0/", "/16", "256.0.0.0/16", "010.1.0.0/16"],
    ...["10.1.0.0/16 ", "10.1.0.0/16\n", "::/16", "0.0.0.0/0", "10.1.0.0/-1", "10.1.0.0/33"],
    ...["10.1.0.0/016", "10.1.0.0/ 16", "127.1.0.0/16", "169.254.0.0/16", "224.1.0.0/16"],
    ...["0.0.0.0/16", "240.1.0.0/16", "255.255.255.0/24"],
];

const podRanges = {
    must: "an IPv4 network from /8 to /24, e.g. 10.1.0.0/16, with no host bit set",
    legal: ["11.0.0.0/8", "10.3.0.0/16", "10.3.4.0/24", "100.64.0.0/16", "192.168.0.0/24"],
    illegal: ["12.0.0.0/7", "10.3.4.0/25", "10.3.4.5/24", "10.3.0.1/16", ...noNetworks],
};

const serviceRanges = {
    must: "an IPv4 network from /12 to /24, e.g. 10.1.0.0/16, with no host bit set",
    legal: ["10.48.0.0/12", "10.3.0.0/16", "10.3.4.0/24", "172.16.0.0/12"],
    illegal: ["10.32.0.0/11", "10.3.4.0/25", "10.3.4.128/24", "10.3.0.1/16", ...noNetworks],
};

const images = {
    must: "an image reference such as name:tag or name:tag@sha256:…",
    legal: [
        ...["nginx", "nginx:1.30", "docker.io/library/nginx:1.30.4-alpine-slim", `nginx${digest}`],
        ...[`localhost:5000/a/b-c_d.e:v1${digest}`, `a:${"t".repeat(128)}`, "n".repeat(255)],
        ...["my-host.example:443/a", "a__b/c--d", "10.0.0.1:5000/a"],
    ],
    illegal: [
        ...[" nginx", "nginx\n", "Nginx:1", "nginx:", "nginx:a b", "a//b", "https://a/b"],
        ...["-nginx", "a..b", "a/-b", "a:1/b/", ".a", `${"a/".repeat(130)}b`],
        ...["nginx@sha256:1234", `nginx${digest}0`, `nginx${digest.toUpperCase()}`],
        ...[
            `a:${"t".repeat(129)}`,
            "n".repeat(256),
            "--privileged",
            "-a",
            "a-",
            "a/-b",
            "..",
            "a..b",
        ],
        ...["/a", "a/", "a:1:2/b", "a___b", ".a/b", "localhost:500000/a", "n\u0261inx"],
    ],
};

const imagesOrEmpty = {
    must: `${images.must}, or empty`,
    legal: ["", ...images.legal],
    illegal: images.illegal,
};

const contexts = {
    must: "the name of a kubeconfig context (letters, digits, _@%+=:,./-), or empty",
    legal: [
        ...["", "kind-one", "admin@k8s.example.com", "gke_project_europe-west6_one"],
        ...["arn:aws:eks:eu-central-1:1234:cluster/one", "a".repeat(253)],
    ],
    illegal: [" ", "a b", "a\n", "\u001b[31m", "ciliüm", "a".repeat(254), "-a", "a;b", "$(a)"],
};

const addresses = {
    must: "host or host:port, e.g. mesh.example.com or 10.0.0.5:32379, or empty",
    legal: [
        ...["", "mesh.example.com", "mesh-dev-cluster1-control-plane", "10.0.0.5"],
        ...["10.0.0.5:32379", "mesh.example.com:1", "a:65535", "1a", "xn--bcher-kva.example"],
    ],
    illegal: [
        ...[" ", "https://a", "a/b", "a:0", "a:65536", "a:01", "a:", ":1", "a b", "-a", "a..b"],
        ...["10.0.0", "10.0.0.256", "1.2.3.4.5", "fd00::1", "[fd00::1]:1", "A.example", "a:1\n"],
        ...["a_b", "a.", "a".repeat(64), "a.".repeat(130) + "b"],
    ],
};

/** Where a key of every cluster's Cilium is read. */
const release = (place: string) => ({
    sets: `.clusters.0.release.${place}`,
    follows: `.clusters.1.release.${place}`,
});

const noVersions = [
    ...["1.17.9", "1.18.0", "1.18.1-rc.1", "v1.19.6", "1.19", "latest", "1.19.6+build"],
    ...["1.19.6 ", "1.19.6\n", "9".repeat(300)],
];

const charts = {
    must: "a chart name, an oci:// reference or a path, without a user name or a password",
    legal: [
        ...["cilium", "oci://quay.io/cilium/charts/cilium", "../charts/my cilium.tgz"],
        ...["/home/jürgen/charts/cilium", "https://a.example/cilium-1.19.6.tgz", "a".repeat(1000)],
    ],
    illegal: [
        ...[" ", " cilium", "cilium\n", "my cilium", "-x", "..", "cilium\u200b", "ciliüm"],
        ...["./a\u0000b", "./a\nb", "/\u001b[31m", "./a ", "ftp://a/b", "oci://a b"],
        ...["oci://user:s3cret@nexus/cilium", "https://user:s3cret@nexus/cilium-1.20.2.tgz"],
        ...["oci://user:s3/cret@nexus/cilium", "user:s3cret@nexus/cilium"],
        "https://nexus/cilium-1.20.2.tgz?token=s3cret",
        "a".repeat(1001),
    ],
};

/** Every config key's limits. */
export const configLimits: Readonly<Record<string, Limits>> = {
    globalService: { sets: ".clusters.0.globalService", ...booleans },
    sharedService: { sets: ".clusters.0.sharedService", ...booleans },
    serviceAffinity: { sets: ".clusters.0.serviceAffinity", ...affinities },
    rebelBaseReplicas: { sets: ".clusters.0.rebelBaseReplicas", ...replicas },
    cluster2GlobalService: { sets: ".clusters.1.globalService", ...booleans },
    cluster2SharedService: { sets: ".clusters.1.sharedService", ...booleans },
    cluster2ServiceAffinity: { sets: ".clusters.1.serviceAffinity", ...affinities },
    cluster2RebelBaseReplicas: { sets: ".clusters.1.rebelBaseReplicas", ...replicas },
    globalNamespace: { sets: ".clusters.0.globalNamespace", ...booleans },
    cluster2GlobalNamespace: { sets: ".clusters.1.globalNamespace", ...booleans },
    clusterMeshCacheTtl: {
        sets: ".cilium.cacheTtl",
        must: "a duration from 0s to 24h, e.g. 30s or 1m30s",
        legal: ["0s", "0", "30s", "1m30s", "1.5h", "250ms", "24h"],
        illegal: ["", "30", "s", "-1s", "1d", " 30s", "30s\n", "24h1s", "30 s", "1e3s", "1µs"],
    },
    hubble: { sets: ".cilium.hubble", ...booleans },
    networkPolicy: {
        sets: ".networkPolicy",
        must: "one of none, cluster1-only",
        legal: ["none", "cluster1-only"],
        illegal: ["", "None", "cluster2-only", "cluster1", "true", "none "],
    },
    outage: {
        sets: ".outage",
        must: "one of none, cluster1, cluster2, cluster3, cluster4, cluster5, cluster6, cluster7, cluster8",
        legal: ["none", "cluster1", "cluster2"],
        illegal: ["", "None", "cluster9", "true", "both"],
    },
    outageOf: {
        sets: ".outageOf",
        must: "one of cluster, clustermesh-apiserver",
        legal: ["cluster", "clustermesh-apiserver"],
        illegal: ["", "Cluster", "apiserver", "none"],
    },
    legacyAnnotations: { sets: ".legacyAnnotations", ...booleans },
    xWingReplicas: {
        sets: ".xWingReplicas",
        must: "a whole number from 1 to 10",
        legal: ["1", "10"],
        illegal: ["0", "11", "-1", ...noNumbers],
    },
    rebelBaseImage: { sets: ".rebelBaseImage", ...imagesOrEmpty },
    xWingImage: { sets: ".xWingImage", ...imagesOrEmpty },
    clusters: {
        sets: ".clusters.2",
        must: "a whole number from 2 to 8",
        legal: ["2", "3", "8"],
        illegal: ["-2", "0", "1", "9", ...noNumbers],
    },
    ttlHours: {
        sets: ".ttlHours",
        must: "a whole number from 0 to 8760",
        legal: ["0", "1", "8760"],
        illegal: ["-1", "8761", ...noNumbers],
    },
    nodeImage: { sets: ".nodeImage", ...imagesOrEmpty },
    podCidr: { sets: ".clusters.0.podCidr", ...podRanges },
    serviceCidr: { sets: ".clusters.0.serviceCidr", ...serviceRanges },
    cluster2PodCidr: { sets: ".clusters.1.podCidr", ...podRanges },
    cluster2ServiceCidr: { sets: ".clusters.1.serviceCidr", ...serviceRanges },
    clusterProvider: {
        sets: ".clusterProvider",
        must: "one of kind, existing",
        legal: ["kind", "existing"],
        illegal: ["", "Kind", "eks", "existing "],
        needs: { kubeconfigContext: "one", cluster2KubeconfigContext: "two" },
    },
    kubeconfig: {
        sets: ".kubeconfig",
        must: "the path of a file, or empty",
        legal: ["", "~/.kube/config", "/home/jürgen/my clusters.yaml", "a".repeat(1000)],
        illegal: ["a\nb", "a\u0000", "\u001b[31m", "a\u200b", "a".repeat(1001)],
    },
    kubeconfigContext: { sets: ".clusters.0.kubeconfigContext", ...contexts },
    cluster2KubeconfigContext: { sets: ".clusters.1.kubeconfigContext", ...contexts },
    clusterMeshAddress: { sets: ".clusters.0.clusterMeshAddress", ...addresses },
    cluster2ClusterMeshAddress: { sets: ".clusters.1.clusterMeshAddress", ...addresses },
    ciliumVersion: {
        ...release("version"),
        must: "a version, 1.18.1 or later, e.g. 1.20.2",
        legal: ["1.18.1", "1.18.12", "1.19.0-dev", "1.19.6", "1.20.0-rc.0", "2.0.0"],
        illegal: ["", ...noVersions],
    },
    cluster2CiliumVersion: {
        sets: ".clusters.1.release.version",
        must: "a version, 1.18.1 or later, e.g. 1.20.2, or empty",
        legal: ["", "1.19.0-dev", "1.19.6", "1.20.0-rc.0", "1.20.2", "1.21.0"],
        illegal: noVersions,
    },
    ciliumChart: { ...release("chart"), ...charts, illegal: ["", ...charts.illegal] },
    cluster2CiliumChart: {
        sets: ".clusters.1.release.chart",
        ...charts,
        must: `${charts.must}, or empty`,
        legal: ["", "other", ...charts.legal],
    },
    ciliumChartRepository: {
        sets: ".cilium.chartRepository",
        must: "an http:// or https:// URL without a user name, a password or a query",
        legal: ["https://helm.cilium.io/", "http://127.0.0.1:8080/charts"],
        illegal: [
            ...["", "helm.cilium.io", "ftp://a/", "https://", "https://a b/", "oci://a/b"],
            ...[
                "https://[",
                "https://user:s3cret@nexus/helm",
                "https://user@nexus/helm",
                "https://nexus/helm?token=s3cret",
                "https://nexus/helm#charts",
                "https://a:99999/",
                "https://a/\u0000",
                `https://a/${"b".repeat(1000)}`,
            ],
        ],
    },
    ciliumImage: { ...release("images.agent"), ...imagesOrEmpty },
    ciliumOperatorImage: { ...release("images.operator"), ...imagesOrEmpty },
    clusterMeshApiserverImage: { ...release("images.clusterMeshApiserver"), ...imagesOrEmpty },
    cluster2CiliumImage: { sets: ".clusters.1.release.images.agent", ...imagesOrEmpty },
    cluster2CiliumOperatorImage: { sets: ".clusters.1.release.images.operator", ...imagesOrEmpty },
    cluster2ClusterMeshApiserverImage: {
        sets: ".clusters.1.release.images.clusterMeshApiserver",
        ...imagesOrEmpty,
    },
    ciliumValues: {
        sets: ".cilium.values.debug",
        must: "an object",
        legal: ["{}", '{"debug":{"enabled":true}}', '{"__proto__":{"a":1}}'],
        illegal: ["", "null", "[]", "3", '"{}"', "true", "{", "a: 1"],
    },
};
