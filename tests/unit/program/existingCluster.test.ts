import * as pulumi from "@pulumi/pulumi";
import { ExistingCluster } from "../../../src/program/existingCluster";
import { mockPulumi, valueOf } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

test("an existing cluster is a provider below the component, and nothing that could delete it", async () => {
    const cluster = new ExistingCluster("one", { kubeconfig: "k", identity: "uid" });
    await mocks.settle();
    expect(mocks.all().map(({ type, name, parent }) => [type, name, parent])).toEqual([
        ["cilium-global-services:index:ExistingCluster", "one", undefined],
        ["pulumi:providers:kubernetes", "one-provider", "one"],
    ]);
    const provider = mocks.find("pulumi:providers:kubernetes", "one-provider");
    expect(provider.inputs).toEqual({
        kubeconfig: "k",
        clusterIdentifier: "uid",
        enablePatchForce: "true",
        upsertExistingObjects: "true",
    });
    expect(provider.secretInputs).toContain("kubeconfig");
    expect(cluster).not.toHaveProperty("kind");
});

test("its kubeconfig is a secret, and by default Kubernetes gives its nodes their ranges", async () => {
    const cluster = new ExistingCluster("one", {
        kubeconfig: pulumi.output("k"),
        identity: "uid",
    });
    await mocks.settle();
    expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
    expect(await valueOf(cluster.kubeconfig)).toBe("k");
    expect(cluster.values).toEqual({ ipam: { mode: "kubernetes" } });
    expect([cluster.address, cluster.labels]).toEqual([undefined, undefined]);
});
