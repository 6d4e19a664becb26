import { Admission, admission } from "../../../src/lab/admission";

const clusters = ["cluster1", "cluster2"];
const label = "io.cilium.k8s.policy.cluster";

/** What a policy in cluster1 does, by its spec. */
function read(spec: object, isLocalByDefault = true): Admission {
    return admission({ spec }, { cluster: "cluster1", clusters, isLocalByDefault });
}

const rebelBase = { matchLabels: { name: "rebel-base" } };
const xWingOf = (cluster: string) => ({ matchLabels: { name: "x-wing", [label]: cluster } });

/** What rebel-base lets in by ingress rules. */
function letIn(...ingress: object[]): Admission {
    return read({ endpointSelector: rebelBase, ingress });
}

test.each<[string, object[], string[]]>([
    ["the lab's own rule", [{ fromEndpoints: [xWingOf("cluster1")] }], ["cluster1"]],
    ["a label changed", [{ fromEndpoints: [xWingOf("cluster2")] }], ["cluster2"]],
    [
        "two selectors",
        [{ fromEndpoints: [xWingOf("cluster2"), xWingOf("cluster1")] }],
        ["cluster1", "cluster2"],
    ],
    [
        "a second rule",
        [{ fromEndpoints: [xWingOf("cluster1")] }, { fromEndpoints: [xWingOf("cluster2")] }],
        ["cluster1", "cluster2"],
    ],
    ["another client's name", [{ fromEndpoints: [{ matchLabels: { name: "tie" } }] }], []],
    ["a cluster outside of the mesh", [{ fromEndpoints: [xWingOf("cluster9")] }], []],
    ["a rule without anything", [{}], []],
    ["a rule for no endpoint", [{ fromEndpoints: [] }], []],
    [
        "another namespace",
        [{ fromEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "x" } }] }],
        [],
    ],
    ["the entity all", [{ fromEntities: ["all"] }], ["cluster1", "cluster2"]],
    [
        "port 80 of anybody",
        [{ toPorts: [{ ports: [{ port: "80", protocol: "TCP" }] }] }],
        ["cluster1", "cluster2"],
    ],
    ["another port", [{ toPorts: [{ ports: [{ port: "8080" }] }] }], []],
    [
        "a range of ports",
        [{ toPorts: [{ ports: [{ port: "79", endPort: 81 }] }] }],
        ["cluster1", "cluster2"],
    ],
    ["another protocol", [{ toPorts: [{ ports: [{ port: "80", protocol: "UDP" }] }] }], []],
    [
        "the lab's own rule for another port",
        [{ fromEndpoints: [xWingOf("cluster1")], toPorts: [{ ports: [{ port: "81" }] }] }],
        [],
    ],
])("the rules are read as Cilium reads them: %s", (_, ingress, admits) => {
    expect(letIn(...ingress)).toStrictEqual({ admits });
});

test.each<[string, object, string[], string[]]>([
    ["no cluster", { matchLabels: { name: "x-wing" } }, ["cluster1"], clusters],
    ["nothing", {}, ["cluster1"], clusters],
    [
        "a cluster in a list",
        { matchExpressions: [{ key: label, operator: "In", values: ["cluster2"] }] },
        ["cluster2"],
        ["cluster2"],
    ],
    [
        "any cluster by its key",
        { matchExpressions: [{ key: `k8s:${label}`, operator: "Exists" }] },
        clusters,
        clusters,
    ],
    [
        "no cluster by its key",
        { matchExpressions: [{ key: label, operator: "DoesNotExist" }] },
        [],
        [],
    ],
    [
        "all but one",
        { matchExpressions: [{ key: label, operator: "NotIn", values: ["cluster1"] }] },
        ["cluster2"],
        ["cluster2"],
    ],
    ["a name with its source", { matchLabels: { "any:name": "x-wing" } }, ["cluster1"], clusters],
])(
    "a selector that names %s means its own cluster from Cilium 1.19 on where it names none, and all of them before",
    (_, selector, local, all) => {
        const spec = { endpointSelector: rebelBase, ingress: [{ fromEndpoints: [selector] }] };
        expect(read(spec)).toStrictEqual({ admits: local });
        expect(read(spec, false)).toStrictEqual({ admits: all });
    },
);

test.each<[string, object]>([
    ["has no ingress", { endpointSelector: rebelBase }],
    ["has an empty ingress", { endpointSelector: rebelBase, ingress: [] }],
    ["has egress alone", { endpointSelector: rebelBase, egress: [{}] }],
    ["selects other pods", { endpointSelector: { matchLabels: { name: "tie" } }, ingress: [{}] }],
    [
        "does not deny by default",
        { endpointSelector: rebelBase, ingress: [{}], enableDefaultDeny: { ingress: false } },
    ],
])("a policy that %s drops nothing", (_, spec) => {
    expect(read(spec)).toStrictEqual({});
});

test("a policy without ingress that denies by default lets in nobody", () => {
    expect(
        read({ endpointSelector: rebelBase, enableDefaultDeny: { ingress: true } }),
    ).toStrictEqual({ admits: [] });
});

test("every rule of a list counts, those of other pods do not", () => {
    const policy = {
        specs: [
            { endpointSelector: {}, ingress: [{ fromEndpoints: [xWingOf("cluster1")] }] },
            { endpointSelector: rebelBase, ingress: [{ fromEndpoints: [xWingOf("cluster2")] }] },
            {
                endpointSelector: { matchLabels: { name: "tie" } },
                ingress: [{ fromEntities: ["all"] }],
            },
        ],
    };
    const place = {
        cluster: "cluster1",
        clusters: [...clusters, "cluster3"],
        isLocalByDefault: true,
    };
    expect(admission(policy, place)).toStrictEqual({ admits: clusters });
    expect(admission({}, place)).toStrictEqual({});
});

test.each<[string, object]>([
    ["its ingress has fromCIDR", { ingress: [{ fromCIDR: ["10.0.0.0/8"] }] }],
    ["its ingress has the entity cluster", { ingress: [{ fromEntities: ["cluster"] }] }],
    ["its toPorts has rules", { ingress: [{ toPorts: [{ ports: [{ port: "80" }], rules: {} }] }] }],
    ["it has ingressDeny", { ingress: [{}], ingressDeny: [{}] }],
    ["it selects no pods", { endpointSelector: undefined, ingress: [{}] }],
    [
        "a selector asks for the label team",
        { ingress: [{ fromEndpoints: [{ matchLabels: { team: "red" } }] }] },
    ],
    [
        "a selector asks for the label team",
        { endpointSelector: { matchExpressions: [{ key: "team", operator: "Exists" }] } },
    ],
    [
        "a selector has the operator Near",
        {
            ingress: [
                { fromEndpoints: [{ matchExpressions: [{ key: "name", operator: "Near" }] }] },
            ],
        },
    ],
])("what cannot be judged is said and not taken for nobody: %s", (unclear, spec) => {
    expect(read({ endpointSelector: rebelBase, ...spec })).toStrictEqual({ unclear });
});

test("what cannot be judged does not matter where the rest decides", () => {
    const odd = { matchLabels: { name: "tie", team: "red" } };
    expect(letIn({ fromEndpoints: [odd] })).toStrictEqual({ admits: [] });
    expect(letIn({ fromCIDR: ["10.0.0.0/8"] }, { fromEntities: ["all"] })).toStrictEqual({
        admits: clusters,
    });
});
