import { Manifest, readManifests } from "../../../src/lab/manifests";
import { GlobalServiceLab } from "../../../src/program/globalServiceLab";
import { KindCluster } from "../../../src/program/kindCluster";
import { noImages } from "../../support/defaultConfig";
import { mockPulumi } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

/** The lab's objects in a cluster2. */
function newLab(manifests: readonly Manifest[] = readManifests("cluster2")): GlobalServiceLab {
    const cluster = new KindCluster("cluster2", {
        stack: "dev",
        cluster: "cluster2",
        nodeImage: "node",
        podCidr: "10.2.0.0/16",
        serviceCidr: "10.102.0.0/16",
        images: noImages,
        token: "t",
    });
    return new GlobalServiceLab("lab", { cluster, manifests });
}

/** The objects, which are all the component has. */
function objects() {
    return mocks.all().filter(({ parent }) => parent === "lab");
}

test("every manifest is one resource of its own kind, named after its object", async () => {
    newLab();
    await mocks.settle();
    expect(objects().map(({ type, name }) => [type, name])).toEqual([
        ["kubernetes:apps/v1:Deployment", "lab-rebel-base-deployment"],
        ["kubernetes:core/v1:ConfigMap", "lab-rebel-base-response-configmap"],
        ["kubernetes:core/v1:Service", "lab-rebel-base-service"],
        ["kubernetes:apps/v1:Deployment", "lab-x-wing-deployment"],
    ]);
});

test("an object is its manifest, and Pulumi does not wait for it", async () => {
    newLab();
    await mocks.settle();
    const manifests = readManifests("cluster2");
    expect(manifests).toHaveLength(4);
    for (const manifest of manifests) {
        const { kind, metadata } = manifest;
        const name = `lab-${metadata.name}-${kind.toLowerCase()}`;
        expect(objects().find((one) => one.name === name)?.inputs).toEqual({
            ...manifest,
            metadata: {
                ...metadata,
                annotations: { ...metadata.annotations, "pulumi.com/skipAwait": "true" },
            },
        });
    }
});

test("an object goes to the given cluster, and is gone and made anew with it", async () => {
    newLab();
    await mocks.settle();
    expect(objects()).toHaveLength(4);
    for (const { provider, deletedWith, replaceWith } of objects()) {
        expect([provider, deletedWith, replaceWith]).toEqual([
            "cluster2-provider",
            "cluster2-kind",
            ["cluster2-kind"],
        ]);
    }
});

test("an object of another kind is applied as it is", async () => {
    const policy: Manifest = {
        apiVersion: "cilium.io/v2",
        kind: "CiliumNetworkPolicy",
        metadata: { name: "deny", annotations: { a: "b" } },
        spec: { endpointSelector: {} },
    };
    newLab([policy]);
    await mocks.settle();
    expect(objects().map(({ type, name, inputs }) => ({ type, name, inputs }))).toEqual([
        {
            type: "kubernetes:cilium.io/v2:CiliumNetworkPolicy",
            name: "lab-deny-ciliumnetworkpolicy",
            inputs: {
                ...policy,
                metadata: { name: "deny", annotations: { a: "b", "pulumi.com/skipAwait": "true" } },
            },
        },
    ]);
});

test("the manifests that were handed in stay as they are", async () => {
    const manifests = readManifests("cluster2");
    newLab(manifests);
    await mocks.settle();
    expect(manifests).toEqual(readManifests("cluster2"));
});

test("the component itself has the project's type and no outputs", async () => {
    newLab([]);
    await mocks.settle();
    const lab = mocks.find("cilium-global-services:index:GlobalServiceLab", "lab");
    expect(lab.custom).toBe(false);
    expect(mocks.outputsOf(lab)).toEqual({});
});

test("of the namespace only its annotation is the stack's: no label, nothing to delete", async () => {
    const annotations = { "clustermesh.cilium.io/global": "false" };
    newLab([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "default", annotations } }]);
    await mocks.settle();
    expect(objects()).toMatchObject([
        {
            type: "kubernetes:core/v1:NamespacePatch",
            name: "lab-default-namespace",
            inputs: { metadata: { name: "default", annotations } },
            deletedWith: "cluster2-kind",
        },
    ]);
});
