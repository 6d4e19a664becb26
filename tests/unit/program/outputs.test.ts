import * as pulumi from "@pulumi/pulumi";
import { kubeconfigPath } from "../../../src/machine/names";
import { labOutputs } from "../../../src/program/outputs";
import { createClusters } from "../../../src/program/program";
import { configWith } from "../../support/defaultConfig";
import { mockPulumi, valueOf } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

/** The outputs of a stack with such values. */
async function outputsOf(given: Record<string, string> = {}) {
    const config = configWith(given);
    const clusters = createClusters("dev", config, {
        tokens: { cluster1: "a", cluster2: "b", cluster3: "c" },
    });
    await mocks.settle();
    return labOutputs("dev", config, clusters);
}

test("the outputs are these and no others", async () => {
    expect(Object.keys(await outputsOf())).toEqual([
        "kindClusters",
        "kubeconfig",
        "kubeconfigs",
        "expected",
        "expectedBecause",
    ]);
});

test("kindClusters has the kind cluster of each lab cluster", async () => {
    expect((await outputsOf()).kindClusters).toEqual({
        cluster1: "mesh-dev-cluster1",
        cluster2: "mesh-dev-cluster2",
    });
});

test("kubeconfig is what KUBECONFIG takes", async () => {
    const paths = [kubeconfigPath("dev", "cluster1"), kubeconfigPath("dev", "cluster2")];
    expect((await outputsOf()).kubeconfig).toBe(paths.join(":"));
});

test("kubeconfigs has the contents, as secrets", async () => {
    const { kubeconfigs } = await outputsOf();
    for (const cluster of ["cluster1", "cluster2"]) {
        expect(await pulumi.isSecret(kubeconfigs[cluster]!)).toBe(true);
        expect(await valueOf(kubeconfigs[cluster]!)).toBe(`stdout of ${cluster}-kind`);
    }
});

test("expected says who must answer whom, in this very config", async () => {
    expect((await outputsOf()).expected).toEqual({
        cluster1: ["cluster1", "cluster2"],
        cluster2: ["cluster1", "cluster2"],
    });
    expect((await outputsOf({ sharedService: "false" })).expected).toEqual({
        cluster1: ["cluster1", "cluster2"],
        cluster2: ["cluster2"],
    });
});

test("expectedBecause says the same to a reader, with the reasons", async () => {
    expect((await outputsOf({ globalService: "false" })).expectedBecause).toEqual([
        "cluster1 asks: cluster1 only",
        "  cluster1 uses no backends but its own: globalService is false",
        "cluster2 asks: cluster2 only",
        "  cluster1 takes no part: globalService is false",
    ]);
});

test("a third cluster is in every output", async () => {
    const given = { clusters: "3", cluster3SharedService: "false" };
    const { kindClusters, kubeconfig, kubeconfigs, expected } = await outputsOf(given);
    const names = ["cluster1", "cluster2", "cluster3"] as const;
    expect(kindClusters).toEqual(
        Object.fromEntries(names.map((name) => [name, `mesh-dev-${name}`])),
    );
    expect(kubeconfig).toBe(names.map((name) => kubeconfigPath("dev", name)).join(":"));
    expect(Object.keys(kubeconfigs)).toEqual(names);
    expect(expected).toEqual({
        cluster1: ["cluster1", "cluster2"],
        cluster2: ["cluster1", "cluster2"],
        cluster3: ["cluster1", "cluster2", "cluster3"],
    });
});
