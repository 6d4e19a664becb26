import * as pulumi from "@pulumi/pulumi";
import { LabConfig } from "../../../src/config/labConfig";
import { wantedImages } from "../../../src/mesh/cilium/images";
import { Preflight } from "../../../src/mesh/preflight";
import {
    awaitReadiness,
    createClusters,
    createLabs,
    createMesh,
    createNetworkPolicies,
    createOutage,
    useClusters,
} from "../../../src/program/program";
import { configWith } from "../../support/defaultConfig";
import { existingConfig } from "../../support/fakeFacts";
import { Registration, mockPulumi } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

const tokens = { cluster1: "token1", cluster2: "token2", cluster3: "token3" };

/** Runs the whole program but its preflight. */
async function runProgram(
    config: LabConfig = configWith(),
    { away, outage }: Pick<Preflight, "away" | "outage"> = {},
): Promise<void> {
    const clusters = createClusters("dev", config, { tokens, away });
    const mesh = createMesh(config, clusters);
    const labs = createLabs(config, clusters);
    const readiness = awaitReadiness(config, clusters, mesh, labs);
    const policies = createNetworkPolicies(config, clusters, readiness);
    createOutage({ outage }, [mesh, ...labs, readiness, ...policies]);
    await mocks.settle();
}

/** What lives in Kubernetes. */
function inKubernetes(): Registration[] {
    return mocks.all().filter(({ type }) => type.startsWith("kubernetes:"));
}

test("the default config makes exactly these resources, each below its component", async () => {
    await runProgram();
    const lines = mocks
        .all()
        .map(({ type, name, parent }) => `${parent ?? "-"} > ${name}: ${type}`);
    expect(lines.toSorted()).toEqual(
        [
            "- > cluster1-lab: cilium-global-services:index:GlobalServiceLab",
            "- > cluster1: cilium-global-services:index:KindCluster",
            "- > cluster2-lab: cilium-global-services:index:GlobalServiceLab",
            "- > cluster2: cilium-global-services:index:KindCluster",
            "- > mesh: cilium-global-services:index:CiliumMesh",
            "- > readiness: cilium-global-services:index:LabReadiness",
            "mesh > mesh-ca: cilium-global-services:index:CertificateAuthority",
            "mesh-ca > mesh-ca-certificate: tls:index/selfSignedCert:SelfSignedCert",
            "mesh-ca > mesh-ca-key: tls:index/privateKey:PrivateKey",
            "readiness > readiness-wait: command:local:Command",
            ...["cluster1", "cluster2"].flatMap((cluster) => [
                `${cluster} > ${cluster}-kind: command:local:Command`,
                `${cluster} > ${cluster}-provider: pulumi:providers:kubernetes`,
                `mesh > mesh-cilium-${cluster}: kubernetes:helm.sh/v3:Release`,
                `${cluster}-lab > ${cluster}-lab-rebel-base-deployment: kubernetes:apps/v1:Deployment`,
                `${cluster}-lab > ${cluster}-lab-rebel-base-response-configmap: kubernetes:core/v1:ConfigMap`,
                `${cluster}-lab > ${cluster}-lab-rebel-base-service: kubernetes:core/v1:Service`,
                `${cluster}-lab > ${cluster}-lab-x-wing-deployment: kubernetes:apps/v1:Deployment`,
            ]),
        ].toSorted(),
    );
});

test("nothing goes to a Kubernetes that is not one of the lab's own clusters", async () => {
    await runProgram();
    expect(inKubernetes()).toHaveLength(10);
    for (const { name, provider, deletedWith, replaceWith } of inKubernetes()) {
        const [cluster] = /cluster[12]/.exec(name)!;
        expect([name, provider]).toEqual([name, `${cluster}-provider`]);
        expect([name, deletedWith, replaceWith]).toEqual([
            name,
            `${cluster}-kind`,
            [`${cluster}-kind`],
        ]);
    }
});

test("Pulumi waits for nothing in Kubernetes; that is the readiness' task", async () => {
    await runProgram();
    for (const { type, inputs } of inKubernetes()) {
        const { annotations } = (inputs.metadata ?? {}) as { annotations?: object };
        const skips =
            type === "kubernetes:helm.sh/v3:Release"
                ? inputs.skipAwait === true
                : annotations && "pulumi.com/skipAwait" in annotations;
        expect([type, skips]).toEqual([type, true]);
    }
});

test("every cluster is made as the config has it, with its own token", async () => {
    const config = configWith({ nodeImage: "kindest/node:v1.34.0" });
    await runProgram(config);
    const orders = mocks
        .ofType("command:local:Command")
        .filter(({ name }) => name.endsWith("-kind"))
        .map(({ inputs }) => JSON.parse(inputs.stdin as string) as unknown);
    expect(orders).toEqual(
        [1, 2].map((id) => ({
            stack: "dev",
            cluster: `cluster${id}`,
            spec: {
                name: `mesh-dev-cluster${id}`,
                nodeImage: "kindest/node:v1.34.0",
                podCidr: `10.${id}.0.0/16`,
                serviceCidr: `10.10${id}.0.0/16`,
                token: `token${id}`,
            },
            images: wantedImages(config, config.clusters[id - 1]!),
        })),
    );
});

test("a cluster with a Cilium of its own gets that chart, those images and values, and the other its own", async () => {
    const config = configWith({
        ciliumImage: "agent:1.20.2",
        cluster2CiliumVersion: "1.19.7",
        cluster2CiliumChart: "/charts/cilium-1.19.7",
        cluster2CiliumImage: "agent:1.19.7",
        ciliumValues: '{"clustermesh":{"defaultGlobalNamespace":false}}',
    });
    await runProgram(config);
    const releases = mocks.ofType("kubernetes:helm.sh/v3:Release").map(({ inputs }) => inputs);
    expect(releases).toMatchObject([
        {
            chart: expect.stringMatching(/cilium-1\.20\.2\.tgz$/) as string,
            values: { image: { override: "agent:1.20.2" } },
        },
        { chart: "/charts/cilium-1.19.7", values: { image: { override: "agent:1.19.7" } } },
    ]);
    const images = mocks
        .ofType("command:local:Command")
        .filter(({ name }) => name.endsWith("-kind"))
        .map(({ inputs }) => JSON.parse(inputs.stdin as string) as { images: { chart: string } });
    expect(images.map((order) => order.images.chart)).toEqual(releases.map(({ chart }) => chart));
    // Cilium 1.19 knows no global namespaces.
    expect(inKubernetes().map(({ type, name }) => `${type} ${name}`)).toContainEqual(
        expect.stringMatching(/Namespace.* cluster1-/),
    );
    expect(inKubernetes().filter(({ type }) => type.includes("Namespace"))).toHaveLength(1);
});

test("the readiness waits for every release and every object, and again at a new revision", async () => {
    await runProgram();
    const component = mocks.find("cilium-global-services:index:LabReadiness", "readiness");
    const command = mocks.find("command:local:Command", "readiness-wait");
    expect(component.dependencies).toEqual(
        expect.arrayContaining([
            ...["cluster1", "cluster2"].flatMap((cluster) => [
                `mesh-cilium-${cluster}`,
                `${cluster}-lab-rebel-base-deployment`,
                `${cluster}-lab-rebel-base-service`,
                `${cluster}-lab-x-wing-deployment`,
            ]),
        ]),
    );
    expect(command.inputs.environment).toEqual({ REVISIONS: "1,1,,,2" });
    expect(JSON.parse(command.inputs.stdin as string)).toEqual({
        clusters: [
            { name: "cluster1", kubeconfig: "stdout of cluster1-kind" },
            { name: "cluster2", kubeconfig: "stdout of cluster2-kind" },
        ],
    });
});

test("the readiness waits again where pods are made of something else, or are more or fewer", async () => {
    await runProgram(
        configWith({ rebelBaseImage: "nginx:1", xWingImage: "curl:2", xWingReplicas: "3" }),
    );
    const { inputs } = mocks.find("command:local:Command", "readiness-wait");
    expect(inputs.environment).toEqual({ REVISIONS: "1,1,nginx:1,curl:2,3" });
});

test("a setting that the lab varies does not make the readiness wait", async () => {
    await runProgram(configWith({ sharedService: "false", rebelBaseReplicas: "0" }));
    const { inputs } = mocks.find("command:local:Command", "readiness-wait");
    expect(inputs.environment).toEqual({ REVISIONS: "1,1,,,2" });
});

test("a network policy is one more object, in cluster1 alone, once Cilium runs", async () => {
    await runProgram(configWith({ networkPolicy: "cluster1-only" }));
    const policies = mocks.ofType("kubernetes:cilium.io/v2:CiliumNetworkPolicy");
    expect(policies.map(({ name, parent, provider }) => [name, parent, provider])).toEqual([
        [
            "cluster1-policy-rebel-base-cluster1-only-ciliumnetworkpolicy",
            "cluster1-policy",
            "cluster1-provider",
        ],
    ]);
    const lab = mocks.find("cilium-global-services:index:GlobalServiceLab", "cluster1-policy");
    expect(lab.dependencies).toContain("readiness-wait");
    expect(mocks.all()).toHaveLength(26);
});

test("each cluster has its own answer and its own settings", async () => {
    await runProgram(
        configWith({
            sharedService: "false",
            rebelBaseReplicas: "0",
            cluster2ServiceAffinity: "local",
        }),
    );
    const inputsOf = (type: string, name: string) =>
        mocks.find(`kubernetes:${type}`, name).inputs as Record<string, Record<string, unknown>>;
    const responses = ["cluster1", "cluster2"].map(
        (cluster) =>
            inputsOf("core/v1:ConfigMap", `${cluster}-lab-rebel-base-response-configmap`).data!
                .message,
    );
    expect(responses).toEqual([
        '{"Galaxy": "Alderaan", "Cluster": "Cluster-1"}\n',
        '{"Galaxy": "Alderaan", "Cluster": "Cluster-2"}\n',
    ]);
    const annotations = ["cluster1", "cluster2"].map(
        (cluster) =>
            inputsOf("core/v1:Service", `${cluster}-lab-rebel-base-service`).metadata!.annotations,
    );
    expect(annotations).toEqual([
        {
            "service.cilium.io/global": "true",
            "service.cilium.io/shared": "false",
            "pulumi.com/skipAwait": "true",
        },
        {
            "service.cilium.io/global": "true",
            "service.cilium.io/shared": "true",
            "service.cilium.io/affinity": "local",
            "pulumi.com/skipAwait": "true",
        },
    ]);
    const replicas = ["cluster1", "cluster2"].map(
        (cluster) =>
            inputsOf("apps/v1:Deployment", `${cluster}-lab-rebel-base-deployment`).spec!.replicas,
    );
    expect(replicas).toEqual([0, 2]);
});

test("every input that has a kubeconfig or the authority's key in it is a secret", async () => {
    await runProgram();
    const key = Buffer.from("the key's PEM").toString("base64");
    const confidential = /stdout of cluster[12]-kind|the key's PEM/;
    const open = mocks.all().flatMap(({ name, inputs, secretInputs }) =>
        Object.entries(inputs)
            .filter(([, value]) => {
                const text = JSON.stringify(value) ?? "";
                return confidential.test(text) || text.includes(key);
            })
            .filter(([input]) => !secretInputs.includes(input))
            .map(([input]) => `${name}.${input}`),
    );
    expect(open).toEqual([]);
    expect(mocks.all().flatMap(({ secretInputs }) => secretInputs)).toHaveLength(6);
});

test("every component has the project's own type", async () => {
    await runProgram();
    const components = mocks.all().filter(({ custom }) => !custom);
    expect(components).toHaveLength(7);
    components.forEach(({ type }) => {
        expect(type).toMatch(/^cilium-global-services:index:[A-Z]\w+$/);
    });
    expect(pulumi.getProject()).toBe("cilium-global-services");
});

describe("three clusters", () => {
    const three = () => runProgram(configWith({ clusters: "3", cluster3RebelBaseReplicas: "1" }));

    test("are the two as they were, and a third like them", async () => {
        await runProgram();
        const two = mocks.all().map(({ name }) => name);
        mocks.clear();
        await three();
        const added = mocks.all().filter(({ name }) => !two.includes(name));
        expect(added.map(({ name }) => name)).toEqual([
            "cluster3",
            "cluster3-kind",
            "cluster3-lab",
            "cluster3-lab-rebel-base-deployment",
            "cluster3-lab-rebel-base-response-configmap",
            "cluster3-lab-rebel-base-service",
            "cluster3-lab-x-wing-deployment",
            "cluster3-provider",
            "mesh-cilium-cluster3",
        ]);
        expect(mocks.all()).toHaveLength(two.length + added.length);
        for (const { name, provider, deletedWith } of added.filter(({ type }) =>
            type.startsWith("kubernetes:"),
        )) {
            expect([name, provider, deletedWith]).toEqual([
                name,
                "cluster3-provider",
                "cluster3-kind",
            ]);
        }
    });

    test("leave what replaces the first two as it was: what kind makes and what triggers it", async () => {
        const kinds = () =>
            mocks
                .ofType("command:local:Command")
                .filter(({ name }) => /^cluster[12]-kind$/.test(name))
                .map(({ inputs }) => inputs);
        await runProgram();
        const before = kinds();
        mocks.clear();
        await three();
        expect(kinds()).toEqual(before);
        expect(before).toHaveLength(2);
    });

    test("list each other as peers, each with an address and a port of its own", async () => {
        await three();
        const releases = mocks.ofType("kubernetes:helm.sh/v3:Release");
        expect(releases).toHaveLength(3);
        for (const { inputs } of releases) {
            const { cluster, clustermesh } = inputs.values as {
                cluster: { name: string; id: number };
                clustermesh: { config: { clusters: object[] } };
            };
            expect(cluster.name).toBe(`cluster${cluster.id}`);
            expect(clustermesh.config.clusters).toEqual(
                [1, 2, 3].map((id) => ({
                    name: `cluster${id}`,
                    address: `mesh-dev-cluster${id}-control-plane`,
                    port: 32378 + id,
                })),
            );
        }
    });

    test("are all waited for, and the third has its own answer and settings", async () => {
        await three();
        const { inputs } = mocks.find("command:local:Command", "readiness-wait");
        const { clusters } = JSON.parse(inputs.stdin as string) as { clusters: { name: string }[] };
        expect(clusters.map(({ name }) => name)).toEqual(["cluster1", "cluster2", "cluster3"]);
        expect(inputs.triggers).toHaveLength(3);
        const response = mocks.find(
            "kubernetes:core/v1:ConfigMap",
            "cluster3-lab-rebel-base-response-configmap",
        );
        expect(response.inputs.data).toEqual({
            message: '{"Galaxy": "Alderaan", "Cluster": "Cluster-3"}\n',
        });
        const deployment = mocks.find(
            "kubernetes:apps/v1:Deployment",
            "cluster3-lab-rebel-base-deployment",
        );
        expect(deployment.inputs.spec).toMatchObject({ replicas: 1 });
    });
});

describe("existing clusters", () => {
    const target = (number: number) => ({
        kubeconfig: `kubeconfig ${number}`,
        identity: `uid-${number}`,
        labels: { "cilium-global-services/stack": `mark-${number}` },
        values: { commonLabels: { "cilium-global-services/stack": `mark-${number}` } },
    });

    async function runExisting(): Promise<void> {
        const config = existingConfig({ clusterMeshAddress: "10.0.0.5" });
        const clusters = useClusters(config, { cluster1: target(1), cluster2: target(2) });
        const mesh = createMesh(config, clusters);
        const labs = createLabs(config, clusters);
        awaitReadiness(config, clusters, mesh, labs);
        await mocks.settle();
    }

    test("are made by nobody: the stack has providers for them, and deletes all by itself", async () => {
        await runExisting();
        expect(mocks.ofType("command:local:Command").map(({ name }) => name)).toEqual([
            "readiness-wait",
        ]);
        for (const { name, provider, deletedWith, replaceWith } of inKubernetes()) {
            const into = /-in-(cluster[12])-/.exec(name) ?? /(cluster[12])/.exec(name)!;
            expect([name, provider]).toEqual([name, `${into[1]}-provider`]);
            expect([name, deletedWith, replaceWith ?? []]).toEqual([name, undefined, []]);
        }
    });

    test("get nothing without the stack's mark", async () => {
        await runExisting();
        for (const { name, type, inputs, provider } of inKubernetes()) {
            const labels =
                type === "kubernetes:helm.sh/v3:Release"
                    ? (inputs.values as { commonLabels?: object }).commonLabels
                    : (inputs.metadata as { labels?: object }).labels;
            const mark = `mark-${/cluster([12])/.exec(provider!)![1]}`;
            expect([name, labels]).toEqual([
                name,
                expect.objectContaining({ "cilium-global-services/stack": mark }),
            ]);
        }
    });

    test("are held until load balancers are known to the others, too", async () => {
        await runExisting();
        const component = mocks.find("cilium-global-services:index:LabReadiness", "readiness");
        expect(component.dependencies).toContain("mesh-cluster2-in-cluster1-service");
    });
});

describe("an outage", () => {
    const order = {
        stack: "dev",
        cluster: "cluster2",
        of: "cluster",
        episode: "e",
        contents: "c",
    } as const;
    const config = configWith({ outage: "cluster2" });

    test("is one Command more, which all others go before", async () => {
        await runProgram();
        const before = mocks.all().map(({ name }) => name);
        mocks.clear();
        await runProgram(config, { outage: order });
        const added = mocks.all().filter(({ name }) => !before.includes(name));
        expect(added.map(({ name, parent }) => [name, parent])).toEqual([
            ["outage", undefined],
            ["outage-pause", "outage"],
        ]);
        const { inputs } = mocks.find("command:local:Command", "outage-pause");
        expect(inputs).toMatchObject({ create: "begin", update: "begin", delete: "end" });
        expect(JSON.parse(inputs.stdin as string)).toEqual(order);
        expect(inputs.triggers).toBeUndefined();
    });

    test("a cluster that is away keeps its resources, behind a provider that asks nobody", async () => {
        await runProgram(config, { outage: order });
        const names = mocks.all().map(({ name }) => name);
        const provider = (cluster: string) =>
            mocks.find("pulumi:providers:kubernetes", `${cluster}-provider`).inputs;
        const alive = provider("cluster1");
        const there = provider("cluster2");
        expect(there.skipUpdateUnreachable).toBeUndefined();
        mocks.clear();
        await runProgram(config, { outage: order, away: "cluster2" });
        expect(mocks.all().map(({ name }) => name)).toEqual(names);
        expect(provider("cluster1")).toEqual(alive);
        expect(provider("cluster2")).toMatchObject({
            clusterIdentifier: there.clusterIdentifier,
            skipUpdateUnreachable: "true",
        });
        expect(provider("cluster2").kubeconfig).toContain("https://127.0.0.1:1");
    });

    test("readiness is told what is meant to be away, and is told nothing otherwise", async () => {
        const stdin = () => {
            const { inputs } = mocks.find("command:local:Command", "readiness-wait");
            return JSON.parse(inputs.stdin as string) as { outage?: unknown };
        };
        await runProgram(config, { outage: order });
        expect(stdin().outage).toEqual({ cluster: "cluster2", kind: "mesh-dev-cluster2" });
        mocks.clear();
        await runProgram(configWith({ outage: "cluster2", outageOf: "clustermesh-apiserver" }));
        expect(stdin().outage).toEqual({ cluster: "cluster2" });
        mocks.clear();
        await runProgram();
        expect("outage" in stdin()).toBe(false);
    });

    test("of the apiserver alone changes no Helm release", async () => {
        const values = () =>
            mocks.ofType("kubernetes:helm.sh/v3:Release").map(({ inputs }) => inputs.values);
        await runProgram();
        const before = values();
        mocks.clear();
        await runProgram(configWith({ outage: "cluster2", outageOf: "clustermesh-apiserver" }));
        expect(values()).toEqual(before);
    });
});
