import { delimiter } from "node:path";
import * as yaml from "js-yaml";
import {
    HandPlace,
    handFiles,
    handKubeconfig,
    handKubeconfigs,
    handSteps,
} from "../../../bench/byHand";
import { configWith } from "../../support/defaultConfig";

const place: HandPlace = {
    folder: "/tmp/bench",
    kindNames: ["bench-hand1", "bench-hand2"],
    kind: "kind",
};
const lines = (given: Record<string, string> = {}) =>
    handSteps(place, configWith(given)).map(
        ({ program, args, pipedFrom }) =>
            `${pipedFrom ? `${pipedFrom.join(" ")} | ` : ""}${[program, ...args].join(" ")}`,
    );

test("the way by hand is the one of Cilium's guide, with what enable sets set by upgrade", () => {
    const chart = "--version 1.20.2 --repository https://helm.cilium.io/";
    const enable =
        "--reuse-values --set clustermesh.useAPIServer=true --set clustermesh.apiserver.service.type=NodePort --set clustermesh.apiserver.tls.auto.enabled=true --set clustermesh.apiserver.tls.auto.method=helm";
    expect(lines()).toEqual([
        `kind create cluster --name bench-hand1 --config /tmp/bench/kind-cluster1.yaml --kubeconfig /tmp/bench/kubeconfig1`,
        `kind create cluster --name bench-hand2 --config /tmp/bench/kind-cluster2.yaml --kubeconfig /tmp/bench/kubeconfig2`,
        `cilium install --context kind-bench-hand1 ${chart} --values /tmp/bench/values-cluster1.yaml`,
        `cilium install --context kind-bench-hand2 ${chart} --values /tmp/bench/values-cluster2.yaml`,
        "cilium status --context kind-bench-hand1 --wait",
        "cilium status --context kind-bench-hand2 --wait",
        `cilium upgrade --context kind-bench-hand1 ${chart} ${enable}`,
        "kubectl --context kind-bench-hand1 get secret cilium-ca --namespace kube-system -o yaml | kubectl --context kind-bench-hand2 create -f -",
        `cilium upgrade --context kind-bench-hand2 ${chart} ${enable}`,
        "cilium clustermesh status --context kind-bench-hand1 --wait",
        "cilium clustermesh status --context kind-bench-hand2 --wait",
        "cilium clustermesh connect --context kind-bench-hand1 --destination-context kind-bench-hand2",
        "cilium clustermesh status --context kind-bench-hand1 --wait",
        "cilium clustermesh status --context kind-bench-hand2 --wait",
        "kubectl --context kind-bench-hand1 apply -f /tmp/bench/lab-cluster1.yaml",
        "kubectl --context kind-bench-hand2 apply -f /tmp/bench/lab-cluster2.yaml",
    ]);
});

test("each cluster has a kubeconfig file of its own, so that two can be deleted at once", () => {
    expect(handKubeconfig(place, 0)).not.toBe(handKubeconfig(place, 1));
    expect(handKubeconfigs(place)).toBe(
        [handKubeconfig(place, 0), handKubeconfig(place, 1)].join(delimiter),
    );
});

test("every step has a name of its own, under which its time is kept", () => {
    const names = handSteps(place, configWith()).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
});

test("a chart of one's own is taken from its folder", () => {
    const [, , install] = lines({ ciliumChart: "/charts/cilium.tgz" });
    expect(install).toContain("--chart-directory /charts/cilium.tgz --values");
});

test("node image, ranges, Cilium images and the lab's variant are ours", () => {
    const files = handFiles(
        configWith({
            nodeImage: "kindest/node:own",
            cluster2PodCidr: "10.9.0.0/16",
            ciliumImage: "cilium:own",
            clusterMeshApiserverImage: "apiserver:own",
            ciliumValues: '{"debug":{"enabled":true}}',
            rebelBaseReplicas: "1",
            rebelBaseImage: "rebel-base:own",
        }),
    );
    expect(yaml.load(files["kind-cluster2.yaml"]!)).toEqual({
        kind: "Cluster",
        apiVersion: "kind.x-k8s.io/v1alpha4",
        nodes: [{ role: "control-plane", image: "kindest/node:own" }],
        networking: {
            disableDefaultCNI: true,
            podSubnet: "10.9.0.0/16",
            serviceSubnet: "10.102.0.0/16",
        },
    });
    expect(yaml.load(files["values-cluster2.yaml"]!)).toEqual({
        cluster: { name: "cluster2", id: 2 },
        ipam: { mode: "kubernetes" },
        operator: { replicas: 1 },
        hubble: { enabled: false },
        l7Proxy: false,
        envoy: { enabled: false },
        clustermesh: {
            apiserver: { image: { override: "apiserver:own", pullPolicy: "IfNotPresent" } },
        },
        image: { override: "cilium:own", pullPolicy: "IfNotPresent" },
        debug: { enabled: true },
    });
    const objects = yaml.loadAll(files["lab-cluster1.yaml"]!) as { kind: string }[];
    expect(objects.map(({ kind }) => kind)).toEqual([
        "ConfigMap",
        "Deployment",
        "Service",
        "Deployment",
    ]);
    expect(objects[1]).toMatchObject({
        spec: { replicas: 1, template: { spec: { containers: [{ image: "rebel-base:own" }] } } },
    });
});
