import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as components from "../../../src/components";
import { Cluster, ClusterArgs, MemberArgs, Mesh, MeshArgs } from "../../../src/components";
import { projectRoot, readProject } from "../../../src/config/declaration";
import { nodeName } from "../../../src/machine/names";
import { KindClusterSpec, clusterIdentity, tokenVariable } from "../../../src/mesh/kind/kindConfig";
import { readText } from "../../support/committed";
import { Data, mockPulumi, valueOf } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

const commandType = "command:local:Command";
const releaseType = "kubernetes:helm.sh/v3:Release";
const { declarations } = readProject();

const ranges: ClusterArgs = { podCidr: "10.1.0.0/16", serviceCidr: "10.101.0.0/16" };

function newCluster(name: string, args: Partial<ClusterArgs> = {}): Cluster {
    return new Cluster(name, { ...ranges, ...args });
}

function member(name: string, id: number): MemberArgs {
    const kubeconfig = pulumi.secret(`kubeconfig of ${name}`);
    return { name, id, kubeconfig, address: pulumi.output(`${name}-node`) };
}

function newMesh(args: Partial<MeshArgs> = {}): Mesh {
    return new Mesh("mesh", { clusters: [member("east", 1), member("west", 2)], ...args });
}

/** What a cluster's Command is told to make. */
function orderOf(name: string) {
    const { inputs } = mocks.find(commandType, `${name}-kind`);
    return JSON.parse(String(inputs.stdin)) as {
        readonly stack: string;
        readonly cluster: string;
        readonly spec: Readonly<Record<string, string>>;
    };
}

test("a cluster needs two ranges, has the lab's node image, and is called after project, stack and itself", async () => {
    const cluster = newCluster("east");
    await mocks.settle();
    expect(orderOf("east")).toMatchObject({
        stack: "cilium-global-services-test",
        cluster: "east",
        spec: {
            ...ranges,
            nodeImage: expect.stringMatching(/^kindest\/node:v1\.3[46]\..*@sha256:/) as string,
        },
    });
    expect(await valueOf(cluster.kubeconfig)).toBe("stdout of east-kind");
    expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
    expect(await valueOf(cluster.address)).toBe(nodeName(orderOf("east").spec.name!));
});

test("a cluster is the same at every update, and another one in another place of the program", async () => {
    newCluster("east");
    newCluster("west");
    await mocks.settle();
    const identities = ["east", "west"].map(
        (name) => mocks.find(commandType, `${name}-kind`).inputs.triggers,
    );
    mocks.clear();
    newCluster("east");
    await mocks.settle();
    expect(mocks.find(commandType, "east-kind").inputs.triggers).toEqual(identities[0]);
    expect(identities[0]).not.toEqual(identities[1]);
});

test("whose a cluster is tells a random token, which the state remembers", async () => {
    const tokens: unknown[] = [];
    while (tokens.length < 2) {
        mocks.clear();
        newCluster("east");
        await mocks.settle();
        const { inputs, ignoreChanges } = mocks.find(commandType, "east-kind");
        expect(ignoreChanges).toEqual(["environment"]);
        expect(Object.keys(inputs.environment as Data)).toEqual([tokenVariable]);
        tokens.push((inputs.environment as Data)[tokenVariable]);
    }
    expect(tokens[0]).toMatch(/^[a-f0-9]{16,}$/);
    expect(tokens[0]).not.toBe(tokens[1]);
});

test("a state from before there were such tokens sees no change, and its cluster stays", async () => {
    newCluster("east");
    await mocks.settle();
    const { triggers } = mocks.find(commandType, "east-kind").inputs;
    const { spec } = orderOf("east");
    expect(spec.token).toBe("cilium-global-services-test/east");
    expect(triggers).toEqual([clusterIdentity(spec as unknown as KindClusterSpec)]);
});

test.each<[string, Partial<ClusterArgs>, string]>([
    ["East", {}, 'the name of a cluster is "East"; it must be 1 to 32 of a-z, 0-9 and "-"'],
    ["default", {}, 'the name of a cluster is "default"'],
    ["x".repeat(33), {}, "it must be 1 to 32"],
    ["east", { podCidr: "10.1.0.1/16" }, 'podCidr is "10.1.0.1/16"; it must be an IPv4 network'],
    ["east", { serviceCidr: "" }, 'serviceCidr is ""; it must be an IPv4 network'],
    ["east", { nodeImage: "-x" }, 'nodeImage is "-x"; it must be an image reference'],
])("the cluster %j with %j is refused", (name, args, message) => {
    expect(() => newCluster(name, args)).toThrow(message);
});

test("every member of a mesh gets Cilium with the same peers, by its own kubeconfig", async () => {
    newMesh();
    await mocks.settle();
    for (const [index, name] of ["east", "west"].entries()) {
        const release = mocks.find(releaseType, `mesh-cilium-${name}`);
        expect(release.provider).toBe(`mesh-${name}`);
        expect(mocks.find("pulumi:providers:kubernetes", `mesh-${name}`).inputs.kubeconfig).toBe(
            `kubeconfig of ${name}`,
        );
        expect(release.secretInputs).toContain("values");
        const values = release.inputs.values as Data;
        expect(values.cluster).toEqual({ name, id: index + 1 });
        // Right only where the one node has the API server, and these are clusters of any kind.
        expect(values).not.toHaveProperty("k8sServiceHost");
        const { config } = values.clustermesh as { config: { clusters: Data[] } };
        expect(config.clusters.map((peer) => [peer.name, peer.address])).toEqual([
            ["east", "east-node"],
            ["west", "west-node"],
        ]);
    }
});

test("Helm fetches a chart that is a name; what is not given, or empty, is the lab's", async () => {
    newMesh({ ciliumVersion: "", images: { agent: "" } });
    await mocks.settle();
    expect(mocks.find(releaseType, "mesh-cilium-east").inputs).toMatchObject({
        chart: "cilium",
        version: declarations.ciliumVersion!.default,
        repositoryOpts: { repo: declarations.ciliumChartRepository!.default },
    });
});

test("chart and images can be one's own", async () => {
    newMesh({ ciliumChart: "/charts/cilium", images: { agent: "my/cilium:1" } });
    await mocks.settle();
    const { inputs } = mocks.find(releaseType, "mesh-cilium-west");
    expect(inputs.chart).toBe("/charts/cilium");
    expect(inputs.repositoryOpts).toBeUndefined();
    expect(JSON.stringify(inputs.values)).toContain("my/cilium:1");
});

test.each<[string, MemberArgs[], string]>([
    ["a name", [member("a", 1), member("a", 2)], "two clusters of the mesh have the name a"],
    ["an id", [member("a", 1), member("b", 1)], "two clusters of the mesh have the id 1"],
    ["an id that Cilium refuses", [member("a", 256)], "the id of a is 256; it must be"],
    ["a name that Cilium refuses", [member("A", 1)], 'the name of a cluster is "A"'],
])("a mesh in which clusters share %s, or have it, is refused", (_, clusters, message) => {
    expect(() => newMesh({ clusters })).toThrow(message);
});

test("other languages see what TypeScript sees: every component, and which of its arguments are needed", async () => {
    // The analyzer loads all of TypeScript and the program's types.
    const { ComponentProvider } = jest.requireActual<{
        ComponentProvider: new (options: object) => { getSchema(): Promise<string> };
    }>("@pulumi/pulumi/provider/experimental/provider");
    const name = (JSON.parse(readText("src", "components", "package.json")) as { name: string })
        .name;
    const host = new ComponentProvider({
        name,
        dirname: join(projectRoot, "src", "components"),
        components: [components.Cluster, components.Mesh],
    });
    const { resources } = JSON.parse(await host.getSchema()) as {
        readonly resources: Readonly<Record<string, { readonly requiredInputs: string[] }>>;
    };
    const needed = Object.entries(resources).map(([type, { requiredInputs }]) => [
        type,
        requiredInputs,
    ]);
    expect(Object.fromEntries(needed)).toEqual({
        "cilium-mesh:index:Cluster": ["podCidr", "serviceCidr"],
        "cilium-mesh:index:Mesh": ["clusters"],
    });
}, 60_000);
