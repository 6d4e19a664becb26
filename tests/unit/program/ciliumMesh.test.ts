import { CiliumConfig } from "../../../src/config/labConfig";
import { chartSource } from "../../../src/mesh/cilium/chart";
import { ciliumValues } from "../../../src/mesh/cilium/values";
import { CiliumMesh, MeshCluster } from "../../../src/program/ciliumMesh";
import { ExistingCluster } from "../../../src/program/existingCluster";
import { KindCluster } from "../../../src/program/kindCluster";
import { ciliumWith, configWith, noImages } from "../../support/defaultConfig";
import { mockPulumi, unwrapSecret, valueOf } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

const componentType = "cilium-global-services:index:CiliumMesh";
const releaseType = "kubernetes:helm.sh/v3:Release";
const cilium = ciliumWith();

function newClusters(): MeshCluster[] {
    return configWith().clusters.map(({ name, id, podCidr, serviceCidr }) => ({
        name,
        id,
        cluster: new KindCluster(name, {
            stack: "dev",
            cluster: name,
            nodeImage: "node",
            podCidr,
            serviceCidr,
            images: noImages,
            token: "t",
        }),
    }));
}

/** The clusters with the same Cilium in each. */
function withCilium(clusters: readonly MeshCluster[], changes: Partial<CiliumConfig>) {
    return clusters.map((cluster) => ({ ...cluster, cilium: { ...cilium, ...changes } }));
}

function newMesh(changes: Partial<CiliumConfig> = {}): CiliumMesh {
    return new CiliumMesh("mesh", { clusters: withCilium(newClusters(), changes) });
}

test("a mesh is one authority and one release in each cluster, below the component", async () => {
    newMesh();
    await mocks.settle();
    const below = mocks.all().filter(({ parent }) => parent?.startsWith("mesh"));
    expect(below.map(({ type, name, parent }) => [type, name, parent]).sort()).toEqual([
        ["cilium-global-services:index:CertificateAuthority", "mesh-ca", "mesh"],
        [releaseType, "mesh-cilium-cluster1", "mesh"],
        [releaseType, "mesh-cilium-cluster2", "mesh"],
        ["tls:index/privateKey:PrivateKey", "mesh-ca-key", "mesh-ca"],
        ["tls:index/selfSignedCert:SelfSignedCert", "mesh-ca-certificate", "mesh-ca"],
    ]);
    expect(mocks.ofType(releaseType)[0]!.urn).toContain(`::${componentType}$${releaseType}::`);
});

test.each(["cluster1", "cluster2"])("the release of %s lives in that cluster", async (name) => {
    newMesh();
    await mocks.settle();
    const release = mocks.find(releaseType, `mesh-cilium-${name}`);
    expect(release.provider).toBe(`${name}-provider`);
    expect(release.deletedWith).toBe(`${name}-kind`);
    expect(release.replaceWith).toEqual([`${name}-kind`]);
});

test("a release depends on its own cluster and the authority, and on no other release", async () => {
    newMesh();
    await mocks.settle();
    expect(mocks.ofType(releaseType).map(({ dependencies }) => dependencies)).toEqual([
        ["cluster1-kind", "mesh-ca-certificate", "mesh-ca-key"],
        ["cluster2-kind", "mesh-ca-certificate", "mesh-ca-key"],
    ]);
});

test("a release has a fixed name, the pinned chart, and no wait of Helm's own", async () => {
    newMesh();
    await mocks.settle();
    for (const { inputs } of mocks.ofType(releaseType)) {
        const { values, ...others } = inputs;
        expect(values).toBeDefined();
        expect(others).toEqual({
            name: "cilium",
            namespace: "kube-system",
            ...chartSource(cilium),
            skipAwait: true,
            maxHistory: 3,
            // What the SDK adds to every release.
            compat: "true",
        });
    }
});

test.each([1, 2])(
    "the values of cluster%i are its own, with the one authority in base64",
    async (id) => {
        newMesh({ values: { debug: { enabled: true } } });
        await mocks.settle();
        const members = [1, 2].map((number) => ({
            name: `cluster${number}`,
            id: number,
            address: `mesh-dev-cluster${number}-control-plane`,
        }));
        const authority = {
            cert: Buffer.from("the certificate's PEM").toString("base64"),
            key: Buffer.from("the key's PEM").toString("base64"),
        };
        const { inputs } = mocks.find(releaseType, `mesh-cilium-cluster${id}`);
        expect(inputs.values).toEqual(
            ciliumValues(members[id - 1]!, members, authority, {
                ...cilium,
                values: { debug: { enabled: true } },
            }),
        );
        expect(inputs.values).toMatchObject({
            cluster: { name: `cluster${id}`, id },
            tls: { ca: authority },
            debug: { enabled: true },
        });
    },
);

test("the values are secret, because the authority's key is among them", async () => {
    newMesh();
    await mocks.settle();
    mocks.ofType(releaseType).forEach(({ secretInputs }) => {
        expect(secretInputs).toEqual(["values"]);
    });
});

test("the component tells the values without the authority, as a secret, also in a preview", async () => {
    newMesh();
    await mocks.settle();
    const outputs = mocks.outputsOf(mocks.find(componentType, "mesh"))!;
    const values = unwrapSecret(outputs.values) as { cluster: { id: number }; tls: object }[];
    expect(values.map(({ cluster }) => cluster.id)).toEqual([1, 2]);
    expect(values.map(({ tls }) => tls)).toEqual([
        { ca: { cert: "", key: "" } },
        { ca: { cert: "", key: "" } },
    ]);
});

test("the releases are in the order of the clusters", async () => {
    const { releases } = newMesh();
    await mocks.settle();
    const urns = await Promise.all(releases.map(({ urn }) => valueOf(urn)));
    expect(urns.map((urn) => urn.split("::").pop())).toEqual([
        "mesh-cilium-cluster1",
        "mesh-cilium-cluster2",
    ]);
});

describe("behind load balancers", () => {
    const serviceType = "kubernetes:core/v1:Service";
    const sliceType = "kubernetes:discovery.k8s.io/v1:EndpointSlice";

    /** A mesh whose second cluster is behind a load balancer, with the values of both releases. */
    async function balancedMesh(changes: Partial<CiliumConfig> = {}) {
        const clusters = ["10.0.0.5", undefined].map((address, index) => ({
            name: `cluster${index + 1}`,
            id: index + 1,
            cluster: new ExistingCluster(`cluster${index + 1}`, {
                kubeconfig: "k",
                identity: `uid-${index + 1}`,
                address,
                labels: { mine: `yes-${index + 1}` },
            }),
        }));
        const mesh = new CiliumMesh("mesh", { clusters: withCilium(clusters, changes) });
        await mocks.settle();
        return mesh;
    }

    test("the cluster has a Service that waits for its address, with the chart's annotations", async () => {
        const annotations = { "networking.gke.io/load-balancer-type": "Internal" };
        await balancedMesh({
            values: { clustermesh: { apiserver: { service: { annotations } } } },
        });
        const service = mocks.find(serviceType, "mesh-loadbalancer-cluster2");
        expect(service.inputs).toMatchObject({
            metadata: {
                name: "clustermesh-apiserver-loadbalancer",
                namespace: "kube-system",
                labels: { mine: "yes-2" },
                annotations: {
                    ...annotations,
                    "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress}",
                },
            },
            spec: {
                type: "LoadBalancer",
                selector: { "k8s-app": "clustermesh-apiserver" },
                ports: [{ name: "etcd", port: 2379, targetPort: 2379 }],
            },
        });
        expect([service.provider, service.deletedWith]).toEqual(["cluster2-provider", undefined]);
    });

    test("the other cluster, and only that, calls it by a name that is known before the address", async () => {
        const { peerServices } = await balancedMesh();
        expect(peerServices).toHaveLength(2);
        const metadata = {
            name: "clustermesh-cluster2",
            namespace: "kube-system",
            labels: { mine: "yes-1", "kubernetes.io/service-name": "clustermesh-cluster2" },
        };
        const service = mocks.find(serviceType, "mesh-cluster2-in-cluster1-service");
        const slice = mocks.find(sliceType, "mesh-cluster2-in-cluster1-endpoints");
        for (const one of [service, slice]) {
            expect(one.provider).toBe("cluster1-provider");
            expect(one.inputs).toMatchObject({ metadata });
        }
        expect(mocks.ofType(serviceType)).toHaveLength(2);
        expect(mocks.ofType(sliceType)).toHaveLength(1);
        const values = mocks.find(releaseType, "mesh-cilium-cluster1").inputs.values;
        expect(values).toMatchObject({
            clustermesh: {
                config: {
                    clusters: [
                        { name: "cluster1", address: "10.0.0.5", port: 32379 },
                        {
                            name: "cluster2",
                            address: "clustermesh-cluster2.kube-system.svc",
                            port: 2379,
                        },
                    ],
                },
            },
        });
    });

    test("no release waits for a load balancer, and its certificate has the name", async () => {
        await balancedMesh();
        const release = mocks.find(releaseType, "mesh-cilium-cluster2");
        expect(release.dependencies).toEqual(["mesh-ca-certificate", "mesh-ca-key"]);
        expect(release.inputs.values).toMatchObject({
            clustermesh: {
                apiserver: {
                    service: { type: "ClusterIP" },
                    tls: { server: { extraDnsNames: ["clustermesh-cluster2.kube-system.svc"] } },
                },
            },
        });
    });

    test("clusters with an address of their own have no such Services", async () => {
        const { peerServices } = newMesh();
        await mocks.settle();
        expect(peerServices).toEqual([]);
        expect(mocks.ofType(serviceType)).toEqual([]);
    });
});
