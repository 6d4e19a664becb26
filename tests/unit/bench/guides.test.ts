import { delimiter, join } from "node:path";
import * as yaml from "js-yaml";
import { HandGuide, HandPlace, handEnv, handKubeconfig } from "../../../bench/byHand";
import { cliGuide } from "../../../bench/cliGuide";
import { helmGuide } from "../../../bench/helmGuide";
import { configWith } from "../../support/defaultConfig";

const place: HandPlace = {
    folder: "/tmp/bench",
    kindNames: ["bench-hand1", "bench-hand2"],
    kind: "kind",
};
const guides: [string, HandGuide][] = [
    ["helm", helmGuide],
    ["the CLI", cliGuide],
];
const lines = ({ steps }: HandGuide, given: Record<string, string> = {}) =>
    steps(place, configWith(given)).map(
        ({ program, args, pipedFrom }) =>
            `${pipedFrom ? `${pipedFrom.join(" ")} | ` : ""}${[program, ...args].join(" ")}`,
    );

const kinds = [1, 2].map(
    (n) =>
        `kind create cluster --name bench-hand${n} --config /tmp/bench/kind-cluster${n}.yaml --kubeconfig /tmp/bench/kubeconfig${n}`,
);
const copy =
    "kubectl --context kind-bench-hand1 get secret cilium-ca --namespace kube-system -o yaml | kubectl --context kind-bench-hand2 create -f -";
const labs = [1, 2].map(
    (n) => `kubectl --context kind-bench-hand${n} apply -f /tmp/bench/lab-cluster${n}.yaml`,
);

test("helm's way is Cilium's guide since 1.20.1: installed, upgraded into the mesh, nothing connected", () => {
    const helm = (command: string, n: number) =>
        `helm ${command} cilium cilium --version 1.20.2 --repo https://helm.cilium.io/ --namespace kube-system --kube-context kind-bench-hand${n}`;
    const upgrade = (n: number) =>
        `${helm("upgrade", n)} --reuse-values --values /tmp/bench/clusters.yaml --values /tmp/bench/cluster${n}.yaml`;
    expect(lines(helmGuide)).toEqual([
        ...kinds,
        `${helm("install", 1)} --values /tmp/bench/values-cluster1.yaml`,
        `${helm("install", 2)} --values /tmp/bench/values-cluster2.yaml`,
        upgrade(1),
        copy,
        upgrade(2),
        ...labs,
    ]);
});

test("the CLI's way is the guide's alternative, with what enable sets set by upgrade", () => {
    const chart = "--version 1.20.2 --repository https://helm.cilium.io/";
    const enable =
        "--reuse-values --set clustermesh.useAPIServer=true --set clustermesh.apiserver.service.type=NodePort --set clustermesh.apiserver.tls.auto.enabled=true --set clustermesh.apiserver.tls.auto.method=helm";
    expect(lines(cliGuide)).toEqual([
        ...kinds,
        `cilium install --context kind-bench-hand1 ${chart} --values /tmp/bench/values-cluster1.yaml`,
        `cilium install --context kind-bench-hand2 ${chart} --values /tmp/bench/values-cluster2.yaml`,
        "cilium status --context kind-bench-hand1 --wait",
        "cilium status --context kind-bench-hand2 --wait",
        `cilium upgrade --context kind-bench-hand1 ${chart} ${enable}`,
        copy,
        `cilium upgrade --context kind-bench-hand2 ${chart} ${enable}`,
        "cilium clustermesh status --context kind-bench-hand1 --wait",
        "cilium clustermesh status --context kind-bench-hand2 --wait",
        "cilium clustermesh connect --context kind-bench-hand1 --destination-context kind-bench-hand2",
        "cilium clustermesh status --context kind-bench-hand1 --wait",
        "cilium clustermesh status --context kind-bench-hand2 --wait",
        ...labs,
    ]);
});

test.each(guides)("by %s, each cluster has a kubeconfig file of its own", (_, { steps }) => {
    const created = steps(place, configWith()).filter(({ args }) => args[0] === "create");
    expect(created.map(({ args }) => args.at(-1))).toEqual([
        handKubeconfig(place, 0),
        handKubeconfig(place, 1),
    ]);
    expect(handKubeconfig(place, 0)).not.toBe(handKubeconfig(place, 1));
});

test("what the user has for kubectl and Helm is neither read nor written", () => {
    const env = handEnv(place, {
        PATH: "/bin",
        HTTPS_PROXY: "http://proxy",
        KUBECONFIG: "/home/me/.kube/config",
        HELM_KUBECONTEXT: "production",
        HELM_NAMESPACE: "mine",
        HELM_DRIVER: "sql",
        HELM_PLUGINS: "/home/me/plugins",
    });
    expect(env).toEqual({
        PATH: "/bin",
        HTTPS_PROXY: "http://proxy",
        KUBECONFIG: ["/tmp/bench/kubeconfig1", "/tmp/bench/kubeconfig2"].join(delimiter),
        KUBECACHEDIR: join("/tmp/bench", "kube-cache"),
        HELM_CACHE_HOME: join("/tmp/bench", "helm-cache"),
        HELM_CONFIG_HOME: join("/tmp/bench", "helm-config"),
        HELM_DATA_HOME: join("/tmp/bench", "helm-data"),
    });
});

test.each(guides)("by %s, every step has a name under which its time is kept", (_, { steps }) => {
    const names = steps(place, configWith()).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
});

test.each(guides)("by %s, every file that a step reads is written", (_, { steps, files }) => {
    const config = configWith();
    const read = steps(place, config)
        .flatMap(({ args }) => args)
        .filter((arg) => arg.endsWith(".yaml"));
    const written = Object.keys(files(place, config)).map((name) => join(place.folder, name));
    expect(written.sort()).toEqual([...new Set(read)].sort());
});

test("a chart of one's own is taken from its folder", () => {
    const ciliumChart = "/charts/cilium.tgz";
    expect(lines(cliGuide, { ciliumChart })[2]).toContain(
        "--chart-directory /charts/cilium.tgz --values",
    );
    expect(lines(helmGuide, { ciliumChart })[2]).toContain(
        "helm install cilium /charts/cilium.tgz --namespace",
    );
});

test.each(guides)(
    "by %s, node image, ranges, images and the lab's variant are ours",
    (_, guide) => {
        const files = guide.files(
            place,
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
            spec: {
                replicas: 1,
                template: { spec: { containers: [{ image: "rebel-base:own" }] } },
            },
        });
    },
);

test("helm puts each cluster into the mesh under the name by which its peers call it", () => {
    const files = helmGuide.files(place, configWith());
    const { clustermesh } = yaml.load(files["clusters.yaml"]!) as {
        clustermesh: { config: { clusters: { name: string; address: string; port: number }[] } };
    };
    expect(clustermesh.config.clusters).toEqual([
        { name: "cluster1", address: "bench-hand1-control-plane", port: 32379 },
        { name: "cluster2", address: "bench-hand2-control-plane", port: 32380 },
    ]);
    clustermesh.config.clusters.forEach(({ name, address, port }, index) => {
        const text = files[`cluster${index + 1}.yaml`]!;
        expect(text).not.toMatch(/[&*]ref/);
        expect(yaml.load(text)).toMatchObject({
            cluster: { name, id: index + 1 },
            clustermesh: {
                useAPIServer: true,
                config: { enabled: true },
                apiserver: {
                    service: { type: "NodePort", nodePort: port },
                    tls: { auto: { method: "helm", server: { extraDnsNames: [address] } } },
                },
            },
        });
    });
});
