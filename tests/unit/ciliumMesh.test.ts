import { chartSource } from "../../src/cilium/chartSource";
import { CiliumMesh, MeshCluster } from "../../src/cilium/ciliumMesh";
import { ciliumValues } from "../../src/cilium/values";
import { CiliumConfig } from "../../src/config/labConfig";
import { KindCluster } from "../../src/kind/kindCluster";
import { configWith, noImages } from "../support/defaultConfig";
import { mockPulumi, unwrapSecret, valueOf } from "../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

const componentType = "cilium-global-services:index:CiliumMesh";
const releaseType = "kubernetes:helm.sh/v3:Release";
const { cilium } = configWith();

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

function newMesh(changes: Partial<CiliumConfig> = {}): CiliumMesh {
    return new CiliumMesh("mesh", { clusters: newClusters(), cilium: { ...cilium, ...changes } });
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
