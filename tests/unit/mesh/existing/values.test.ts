import { existingValues } from "../../../../src/mesh/existing/values";
import { factsOf } from "../../../support/fakeFacts";

const labels = { "cilium-global-services/stack": "a" };

test("pods get the ranges that Kubernetes gives to nodes, and all of Cilium carries the stack's label", () => {
    expect(existingValues(factsOf(1), "10.50.0.0/16", labels)).toEqual({
        commonLabels: labels,
        ipam: { mode: "kubernetes" },
    });
});

test("where nodes have no range, Cilium gives them the config's", () => {
    const [node] = factsOf(1).nodes;
    const facts = factsOf(1, { nodes: [node!, { ...node!, podCidrs: [] }] });
    expect(existingValues(facts, "10.50.0.0/16", labels).ipam).toEqual({
        mode: "cluster-pool",
        operator: { clusterPoolIPv4PodCIDRList: ["10.50.0.0/16"] },
    });
});

test.each([
    ["https://k8s.example.com", "k8s.example.com", 443],
    ["https://10.0.0.1:6443", "10.0.0.1", 6443],
    ["http://10.0.0.1", "10.0.0.1", 80],
    ["https://[fd00::1]:6443", "fd00::1", 6443],
])(
    "without kube-proxy Cilium does its work and calls the API server %s itself",
    (server, host, port) => {
        const facts = factsOf(1, { hasKubeProxy: false, server });
        expect(existingValues(facts, "10.50.0.0/16", labels)).toMatchObject({
            kubeProxyReplacement: true,
            k8sServiceHost: host,
            k8sServicePort: port,
        });
    },
);
