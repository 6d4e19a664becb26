import { existingProblems, existingWarnings } from "../../../../src/mesh/existing/checks";
import { ClusterFacts } from "../../../../src/mesh/existing/facts";
import { factsOf, found, surveyed } from "../../../support/fakeFacts";

type Changes = Parameters<typeof surveyed>[0];

function messages(changes: Changes, keys: Record<string, string> = {}): string[] {
    return existingProblems(surveyed(changes, keys)).map(({ message }) => message);
}

const node = factsOf(1).nodes[0]!;
const changelessRanges =
    "use clusters whose ranges differ: that of a cluster's pods cannot be changed";

test("two empty clusters with ranges of their own are taken", () => {
    expect(existingProblems(surveyed())).toEqual([]);
    expect(existingWarnings(surveyed())).toEqual([]);
});

test("what carries the stack's own mark is no obstacle", () => {
    const ours: Partial<ClusterFacts> = {
        daemonSets: [found("DaemonSet", "kube-system/cilium", "mark-1")],
        releases: [found("Helm release", "kube-system/cilium", "mark-1")],
        objects: [
            found("Service", "default/rebel-base", "mark-1"),
            found("Service", "kube-system/clustermesh-cluster2", "mark-1"),
        ],
    };
    expect(messages({ 1: ours })).toEqual([]);
});

test.each<[string, Partial<ClusterFacts>, string]>([
    [
        "a DaemonSet",
        { daemonSets: [found("DaemonSet", "kube-system/cilium")] },
        "DaemonSet kube-system/cilium",
    ],
    [
        "a DaemonSet elsewhere, of another stack",
        { daemonSets: [found("DaemonSet", "cilium/cilium", "mark-9")] },
        "DaemonSet cilium/cilium",
    ],
    [
        "a Helm release",
        { releases: [found("Helm release", "kube-system/cilium")] },
        "Helm release kube-system/cilium",
    ],
])("a Cilium of somebody else is refused: %s", (_, facts, what) => {
    expect(existingProblems(surveyed({ 2: facts }))).toEqual([
        {
            message: `cluster2 has a Cilium that this stack did not make (${what}), and it stays untouched.`,
            fix: "use a cluster without Cilium, or connect that one yourself: https://docs.cilium.io/en/stable/network/clustermesh/setup/",
        },
    ]);
});

test.each([
    ["kube-system/aws-node", "Amazon VPC CNI"],
    ["calico-system/calico-node", "Calico"],
    ["kube-flannel/kube-flannel-ds", "Flannel"],
    ["kube-system/kindnet", "kindnet"],
    ["kube-system/anetd", "GKE Dataplane V2"],
])("another network is refused by its name: %s is %s", (place, product) => {
    expect(existingProblems(surveyed({ 1: { daemonSets: [found("DaemonSet", place)] } }))).toEqual([
        {
            message: `cluster1 has ${product} already (DaemonSet ${place}), and pods can have one network only.`,
            fix: "use a cluster that was made without a network plugin (see docs/scaling.md)",
        },
    ]);
});

test.each([
    ["Service", "default/rebel-base"],
    ["Deployment", "default/x-wing"],
    ["Deployment", "default/rebel-base"],
    ["ConfigMap", "default/rebel-base-response"],
    ["Service", "kube-system/clustermesh-cluster2"],
    ["Service", "kube-system/clustermesh-apiserver-loadbalancer"],
])("a %s %s of somebody else is refused", (kind, place) => {
    const [namespace, name] = place.split("/");
    expect(existingProblems(surveyed({ 1: { objects: [found(kind, place)] } }))).toEqual([
        {
            message: `cluster1 has a ${kind} ${place} that this stack did not make, and it stays untouched.`,
            fix: `rename it, or if nobody needs it: kubectl --context east -n ${namespace} delete ${kind.toLowerCase()} ${name}`,
        },
    ]);
});

test("objects of other names, kinds and namespaces do not matter", () => {
    const objects = [
        found("Service", "default/shop"),
        found("ConfigMap", "default/rebel-base"),
        found("Service", "kube-system/rebel-base"),
    ];
    expect(messages({ 1: { objects } })).toEqual([]);
});

test("the same pods' range in both clusters is refused", () => {
    expect(existingProblems(surveyed({ 2: { clusterCidrs: ["10.1.0.0/16"] } }))).toEqual([
        {
            message:
                "pods of cluster1 (10.1.0.0/16) and pods of cluster2 (10.1.0.0/16) share addresses; every address of a mesh must be its own.",
            fix: changelessRanges,
        },
    ]);
});

test.each<[string, Changes, string]>([
    [
        "Services of the other cluster",
        { 2: { serviceCidrs: ["10.1.128.0/20"] } },
        "pods of cluster1 (10.1.0.0/16) and Services of cluster2 (10.1.128.0/20) share addresses",
    ],
    [
        "a node of the other cluster",
        {
            2: {
                nodes: [{ ...node, name: "n", addresses: ["10.1.7.7"], podCidrs: ["10.2.0.0/24"] }],
            },
        },
        "pods of cluster1 (10.1.0.0/16) and node n of cluster2 (10.1.7.7) share addresses",
    ],
    [
        "ranges of the nodes alone, where no controller manager tells the whole",
        {
            1: { clusterCidrs: [] },
            2: { clusterCidrs: [], nodes: [{ ...node, addresses: [] }] },
        },
        "pods of cluster1 (10.1.0.0/24) and pods of cluster2 (10.1.0.0/24) share addresses",
    ],
    [
        "the same address of two nodes",
        { 2: { nodes: [{ ...node, name: "n", podCidrs: ["10.2.0.0/24"] }] } },
        "node node-1 of cluster1 (192.168.1.10) and node n of cluster2 (192.168.1.10) share addresses",
    ],
])("pods and nodes must have addresses of their own: %s", (_, changes, text) => {
    expect(messages(changes)).toEqual([`${text}; every address of a mesh must be its own.`]);
});

test("Services of two clusters may have the same range, because it never leaves a cluster", () => {
    expect(messages({ 2: { serviceCidrs: ["10.101.0.0/16"] } })).toEqual([]);
});

test("where Kubernetes gives nodes no range, the config's counts, and can be changed", () => {
    const nodes = [{ ...node, name: "n", addresses: ["192.168.2.10"], podCidrs: [] }];
    const changes: Changes = { 2: { nodes, clusterCidrs: [] } };
    expect(messages(changes)).toEqual([]);
    expect(
        existingProblems(
            surveyed(changes, { podCidr: "10.77.0.0/16", cluster2PodCidr: "10.1.0.0/16" }),
        ),
    ).toEqual([
        {
            message:
                "pods of cluster1 (10.1.0.0/16) and cluster2PodCidr of cluster2 (10.1.0.0/16) share addresses; every address of a mesh must be its own.",
            fix: "pulumi config set cluster2PodCidr <a free network such as 10.50.0.0/16>",
        },
    ]);
});

test("where the API server does not tell the Services' range, the config's counts", () => {
    const changes: Changes = { 1: { clusterCidrs: ["10.102.0.0/16"] }, 2: { serviceCidrs: [] } };
    expect(messages(changes)).toEqual([
        "pods of cluster1 (10.102.0.0/16) and cluster2ServiceCidr of cluster2 (10.102.0.0/16) share addresses; every address of a mesh must be its own.",
    ]);
});

test("two contexts of one cluster are told as that alone", () => {
    expect(existingProblems(surveyed({ 2: factsOf(1) }))).toEqual([
        {
            message: 'the contexts "east" and "west" are the same cluster.',
            fix: "pulumi config set cluster2KubeconfigContext <a context of another cluster>",
        },
    ]);
});

test("a cluster without nodes is refused", () => {
    expect(messages({ 1: { nodes: [] } })).toContain("cluster1 has no node.");
});

test("without kube-proxy the nodes must reach the API server by the kubeconfig's address", () => {
    expect(messages({ 1: { hasKubeProxy: false } })).toEqual([]);
    expect(messages({ 1: { hasKubeProxy: false, server: "https://127.0.0.1:6443" } })).toEqual([
        "cluster1 has no kube-proxy, and its nodes cannot use the API server's address https://127.0.0.1:6443 of your kubeconfig.",
    ]);
    // Cilium is told a host and a port, and no path.
    const server = "https://rancher.example/k8s/clusters/c-1";
    expect(messages({ 1: { hasKubeProxy: true, server } })).toEqual([]);
    expect(messages({ 1: { hasKubeProxy: false, server } })).toEqual([
        `cluster1 has no kube-proxy, and its nodes cannot use the API server's address ${server} of your kubeconfig.`,
    ]);
});

test("all problems of all clusters are told at once", () => {
    const cilium = { daemonSets: [found("DaemonSet", "kube-system/cilium")] };
    const base = { objects: [found("Service", "default/rebel-base")] };
    expect(messages({ 1: { ...cilium, ...base }, 2: cilium })).toHaveLength(3);
});

test("nodes that are ready without Cilium have a network already, which is a warning", () => {
    const nodes = [{ ...node, isReady: true }];
    expect(existingWarnings(surveyed({ 1: { nodes } })).map(({ message }) => message)).toEqual([
        "cluster1 has nodes that are ready without a Cilium; pods that run in them have another network.",
    ]);
    const daemonSets = [found("DaemonSet", "kube-system/cilium", "mark-1")];
    expect(existingWarnings(surveyed({ 1: { nodes, daemonSets } }))).toEqual([]);
});
