import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { inCluster } from "../../../src/program/kubernetesCluster";
import { mockPulumi } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

function newResources() {
    const provider = new k8s.Provider("provider", {});
    const parent = new pulumi.ComponentResource("test:index:Parent", "parent");
    const kind = new pulumi.ComponentResource("test:index:Kind", "kind");
    return { provider, parent, kind };
}

test("what lives in a cluster that the stack makes is gone and made anew with it", () => {
    const { provider, parent, kind } = newResources();
    const options = inCluster({ provider, kind }, parent);
    expect(Object.keys(options).sort()).toEqual([
        "deletedWith",
        "parent",
        "provider",
        "replaceWith",
    ]);
    expect(options.parent).toBe(parent);
    expect(options.provider).toBe(provider);
    expect(options.deletedWith).toBe(kind);
    expect(options.replaceWith).toHaveLength(1);
    expect((options.replaceWith as pulumi.Resource[])[0]).toBe(kind);
});

test("what lives in a cluster that outlives the stack is deleted by itself", () => {
    const { provider, parent } = newResources();
    const options = inCluster({ provider }, parent);
    expect(Object.keys(options).sort()).toEqual(["parent", "provider"]);
    expect(options.parent).toBe(parent);
    expect(options.provider).toBe(provider);
});
