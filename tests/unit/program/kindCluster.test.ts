import * as pulumi from "@pulumi/pulumi";
import { projectRoot } from "../../../src/config/declaration";
import { clusterIdentity } from "../../../src/mesh/kind/kindConfig";
import { KindCluster } from "../../../src/program/kindCluster";
import { mockPulumi, unwrapSecret, valueOf } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

const spec = {
    name: "mesh-dev-cluster2",
    nodeImage: "kindest/node:v1.34.3",
    podCidr: "10.2.0.0/16",
    serviceCidr: "10.102.0.0/16",
    token: "0123456789abcdef",
};
const images = { chart: "/charts/cilium.tgz", values: {}, lab: ["nginx:1"] };

function newCluster(changes: Partial<typeof spec> = {}): KindCluster {
    const { nodeImage, podCidr, serviceCidr, token } = { ...spec, ...changes };
    return new KindCluster("two", {
        stack: "dev",
        cluster: "cluster2",
        nodeImage,
        podCidr,
        serviceCidr,
        images,
        token,
    });
}

test("a cluster is one Command and one provider below the component", async () => {
    newCluster();
    await mocks.settle();
    expect(mocks.all().map(({ type, name, parent }) => [type, name, parent])).toEqual([
        ["cilium-global-services:index:KindCluster", "two", undefined],
        ["command:local:Command", "two-kind", "two"],
        ["pulumi:providers:kubernetes", "two-provider", "two"],
    ]);
});

test("the Command is told stack, cluster and spec on standard input and runs no shell", async () => {
    newCluster();
    await mocks.settle();
    const { inputs } = mocks.find("command:local:Command", "two-kind");
    const { stdin, ...others } = inputs;
    expect(JSON.parse(stdin as string)).toEqual({
        stack: "dev",
        cluster: "cluster2",
        spec,
        images,
    });
    expect(others).toEqual({
        create: "create",
        update: "update",
        delete: "delete",
        interpreter: ["node", "--require", "sucrase/register/ts", "src/mesh/kind/main.ts"],
        dir: projectRoot,
        triggers: [clusterIdentity(spec)],
        logging: "stderr",
        addPreviousOutputInEnv: false,
    });
});

test("the old cluster is deleted before the new one of the same name is made", async () => {
    newCluster();
    await mocks.settle();
    const kind = mocks.find("command:local:Command", "two-kind");
    expect(kind.deleteBeforeReplace).toBe(true);
    expect(kind.additionalSecretOutputs).toEqual(["stdout"]);
    expect(kind.ignoreChanges).toEqual([]);
});

test.each([
    ["token", "fedcba9876543210"],
    ["nodeImage", "kindest/node:v1.35.0"],
    ["podCidr", "10.3.0.0/16"],
    ["serviceCidr", "10.103.0.0/16"],
])("another %s replaces the cluster", async (key, value) => {
    const before = newCluster();
    const after = newCluster({ [key]: value });
    await mocks.settle();
    const triggers = mocks.ofType("command:local:Command").flatMap(({ inputs }) => inputs.triggers);
    expect(triggers.toSorted()).toEqual([before.identity, after.identity].toSorted());
    expect(before.identity).not.toBe(after.identity);
});

test("the kubeconfig is the Command's output, and a secret", async () => {
    const { kubeconfig } = newCluster();
    await mocks.settle();
    expect(await valueOf(kubeconfig)).toBe("stdout of two-kind");
    expect(await pulumi.isSecret(kubeconfig)).toBe(true);
});

test("the provider takes the kubeconfig as a secret and goes with the cluster", async () => {
    const { identity } = newCluster();
    await mocks.settle();
    const provider = mocks.find("pulumi:providers:kubernetes", "two-provider");
    expect(provider.inputs).toEqual({
        kubeconfig: "stdout of two-kind",
        clusterIdentifier: identity,
        enablePatchForce: "true",
        upsertExistingObjects: "true",
    });
    expect(provider.secretInputs).toContain("kubeconfig");
    expect(provider.deletedWith).toBe("two-kind");
});

test("the component registers name and kubeconfig as its outputs, the latter as a secret", async () => {
    const { kindName } = newCluster();
    await mocks.settle();
    const component = mocks.find("cilium-global-services:index:KindCluster", "two");
    const outputs = mocks.outputsOf(component);
    expect(Object.keys(outputs!)).toEqual(["kindName", "kubeconfig"]);
    expect(outputs!.kindName).toBe("mesh-dev-cluster2");
    expect(kindName).toBe("mesh-dev-cluster2");
    expect(unwrapSecret(outputs!.kubeconfig)).toBe("stdout of two-kind");
});

test("the other clusters reach it by the name of its node's container", () => {
    expect(newCluster().address).toBe("mesh-dev-cluster2-control-plane");
});
