import { Resource, known } from "../../../policy/resource";
import {
    Rule,
    clusterIdsUnique,
    helmImagesPinned,
    imagesPinned,
    noDefaultProvider,
    rangesDisjoint,
    requestsSet,
} from "../../../policy/rules";
import { nodeImages } from "../../../src/mesh/kind/nodeImage";
import {
    awaitReadiness,
    createClusters,
    createLabs,
    createMesh,
    createNetworkPolicies,
} from "../../../src/program/program";
import { configWith } from "../../support/defaultConfig";
import { mockPulumi, unwrapSecret } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

const digest = `@sha256:${"0".repeat(64)}`;

/** All that the program makes of a config, as the policy pack sees it in a preview. */
async function previewed(
    given: Record<string, string> = {},
    values: Record<string, unknown> = {},
): Promise<Resource[]> {
    const { cilium, ...others } = configWith({ nodeImage: nodeImages.newest, ...given });
    const config = { ...others, cilium: { ...cilium, values: { ...cilium.values, ...values } } };
    const clusters = createClusters("dev", config, { tokens: { cluster1: "a", cluster2: "b" } });
    const mesh = createMesh(config, clusters);
    const labs = createLabs(config, clusters);
    createNetworkPolicies(config, clusters, awaitReadiness(config, clusters, mesh, labs));
    await mocks.settle();
    return mocks.all().map((registration) => {
        const { urn, type, name, provider, inputs } = registration;
        const outputs = mocks.outputsOf(registration) ?? {};
        const props = name === "mesh" ? { values: unwrapSecret(outputs.values) } : inputs;
        const isRelease = type === "kubernetes:helm.sh/v3:Release";
        return { urn, type, name, provider, props: isRelease ? {} : props };
    });
}

const rules: readonly Rule[] = [
    imagesPinned,
    helmImagesPinned,
    noDefaultProvider,
    requestsSet,
    clusterIdsUnique,
    rangesDisjoint,
];

const messages = (rule: Rule, resources: readonly Resource[]) =>
    rule(resources).map(({ message }) => message);

function resource(type: string, props: Resource["props"], more: Partial<Resource> = {}): Resource {
    return { urn: "urn", type, name: "it", props, ...more };
}

test.each<Record<string, string>>([
    {},
    { networkPolicy: "cluster1-only", legacyAnnotations: "true" },
])("what the project makes of %j keeps every rule", async (given) => {
    const resources = await previewed(given);
    expect(resources.length).toBeGreaterThan(20);
    expect(rules.flatMap((rule) => rule(resources))).toEqual([]);
});

test("every image that config sets without a digest is refused, in every cluster", async () => {
    const resources = await previewed({
        nodeImage: "kindest/node:v1.34.3",
        rebelBaseImage: "nginx:1",
        xWingImage: `curl:2${digest}`,
        ciliumOperatorImage: "operator:3",
    });
    const pin = "without a digest; pin it (name:tag@sha256:…).";
    expect(messages(imagesPinned, resources).toSorted()).toEqual([
        `cluster1-kind: the node image is kindest/node:v1.34.3 ${pin}`,
        `cluster1-lab-rebel-base-deployment: the image of container rebel-base is nginx:1 ${pin}`,
        `cluster2-kind: the node image is kindest/node:v1.34.3 ${pin}`,
        `cluster2-lab-rebel-base-deployment: the image of container rebel-base is nginx:1 ${pin}`,
    ]);
    expect(messages(helmImagesPinned, resources)).toEqual([
        `mesh in cluster1: the Helm value operator.image is operator:3 ${pin}`,
        `mesh in cluster2: the Helm value operator.image is operator:3 ${pin}`,
    ]);
    expect(imagesPinned(resources)[0]!.urn).toMatch(/::cluster1-/);
});

test.each<[unknown, string | undefined]>([
    ["a:1", "a:1"],
    [`a:1${digest}`, undefined],
    ["", undefined],
    [{ pullPolicy: "Never" }, undefined],
    [{ override: "" }, undefined],
    [{ override: `a:1${digest}` }, undefined],
    [{ repository: "a", tag: "1" }, "a:1"],
    [{ repository: "a", tag: "1", digest: digest.slice(1) }, undefined],
    [{ repository: "a", tag: "1", digest: digest.slice(1), useDigest: false }, "a:1"],
    [{ tag: "1" }, "the chart's image:1"],
    [{ useDigest: false }, "the chart's image"],
    [{ useDigest: true }, undefined],
])("in any Helm release the value image %j means the unpinned %j", (image, unpinned) => {
    const release = resource("kubernetes:helm.sh/v3:Release", { values: { a: [{ image }] } });
    expect(messages(helmImagesPinned, [release])).toEqual(
        unpinned === undefined
            ? []
            : [
                  `it: the Helm value a.0.image is ${unpinned} without a digest; pin it (name:tag@sha256:…).`,
              ],
    );
});

test("the ids of all releases are compared, also with those of another mesh", async () => {
    const own = await previewed({}, { cluster: { id: 7 } });
    const other = resource("kubernetes:helm.sh/v3:Release", { values: { cluster: { id: 7 } } });
    const unique = { ...other, props: { values: { cluster: { id: 8 } } } };
    expect(messages(clusterIdsUnique, [...own, other, unique])).toEqual([
        "mesh in cluster2: cluster.id is 7, as in mesh in cluster1; every cluster of a mesh needs its own.",
        "it: cluster.id is 7, as in mesh in cluster1; every cluster of a mesh needs its own.",
    ]);
});

test("ranges of any two clusters that overlap are refused", () => {
    const cluster = (name: string, podCidr: string, serviceCidr: string) =>
        resource(
            "command:local:Command",
            { stdin: JSON.stringify({ spec: { podCidr, serviceCidr } }) },
            { name, urn: name },
        );
    const clusters = [
        cluster("a", "10.1.0.0/16", "10.101.0.0/16"),
        cluster("b", "10.2.0.0/16", "10.1.128.0/20"),
    ];
    expect(rangesDisjoint(clusters)).toEqual([
        {
            urn: "b",
            message:
                "b: serviceCidr 10.1.128.0/20 overlaps 10.1.0.0/16 (a: podCidr); every range must be its own.",
        },
    ]);
    expect(messages(rangesDisjoint, [resource("command:local:Command", { stdin: "no" })])).toEqual(
        [],
    );
});

const container = { name: "c", image: `a:1${digest}`, resources: { requests: { cpu: "1" } } };

test.each([
    ["core/v1:Pod", { containers: [container] }],
    ["apps/v1:Deployment", { template: { spec: { containers: [container] } } }],
    ["apps/v1:DaemonSet", { template: { spec: { initContainers: [container] } } }],
    [
        "batch/v1:CronJob",
        { jobTemplate: { spec: { template: { spec: { containers: [container] } } } } },
    ],
])("in a %s a container without requests is refused, for each that is missing", (kind, spec) => {
    expect(messages(requestsSet, [resource(`kubernetes:${kind}`, { spec })])).toEqual([
        "it: container c does not say how much memory it needs; set resources.requests.memory.",
    ]);
});

test.each([
    ["kubernetes:core/v1:Namespace", "default_4_34_2", 1],
    ["kubernetes:core/v1:Namespace", "default", 1],
    ["kubernetes:helm.sh/v3:Release", "default_4_34_2", 1],
    ["kubernetes:core/v1:Namespace", "cluster1-provider", 0],
    ["kubernetes:core/v1:Namespace", "defaults-of-mine", 0],
    ["command:local:Command", "default_1_2_1", 0],
    ["cilium-global-services:index:CiliumMesh", undefined, 0],
])("a %s of the provider %s breaks the rule %i times", (type, provider, count) => {
    const found = messages(noDefaultProvider, [resource(type, {}, { provider })]);
    expect(found).toEqual(
        Array.from(
            { length: count },
            () =>
                "it: a default provider would put it into your own kube context; give it the provider of its cluster.",
        ),
    );
});

test("what a preview cannot know is left out, and everything else kept", () => {
    const secretive = {
        a: 1,
        get b(): string {
            throw new Error("can't be known during preview");
        },
        c: [{ d: null }, "e"],
    };
    expect(known({ f: secretive })).toEqual({ f: { a: 1, c: [{ d: null }, "e"] } });
});
