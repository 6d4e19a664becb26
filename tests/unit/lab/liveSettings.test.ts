import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import * as fc from "fast-check";
import { readManifests } from "../../../src/lab/manifests";
import { admissionBy, networkPoliciesIn } from "../../../src/lab/networkPolicy";
import { sidesOf, differences, liveSide } from "../../../src/lab/sides";

import { applyVariant, variantOf } from "../../../src/lab/variant";
import { configWith } from "../../support/defaultConfig";

const runs = { cluster: "cluster1", ciliumVersion: "1.20.2" };

function service(annotations?: Record<string, string>): V1Service {
    return { metadata: { name: "rebel-base", annotations } };
}

function deployment(replicas?: number): V1Deployment {
    return { spec: { replicas } } as V1Deployment;
}

function sideWith(annotations?: Record<string, string>) {
    return liveSide(runs, service(annotations), deployment(2));
}

test("live objects are a side of their cluster", () => {
    expect(
        sideWith({
            "service.cilium.io/global": "true",
            "service.cilium.io/shared": "false",
            "service.cilium.io/affinity": "local",
        }),
    ).toStrictEqual({
        ...runs,
        global: true,
        shared: false,
        affinity: "local",
        backends: 2,
    });
});

test.each<[string, Record<string, string> | undefined]>([
    ["no annotation at all", undefined],
    ["no annotation of Cilium's", { other: "true" }],
])("%s is not global, shared and without affinity", (_, annotations) => {
    expect(sideWith(annotations)).toMatchObject({
        global: false,
        shared: true,
        affinity: undefined,
    });
});

test.each([
    ["true", true],
    ["True", true],
    ["TRUE", true],
    ["false", false],
    ["1", false],
    ["yes", false],
    ["", false],
    [" true", false],
])("the annotation %j is %s for Cilium", (text, value) => {
    expect(
        sideWith({ "service.cilium.io/global": text, "service.cilium.io/shared": text }),
    ).toMatchObject({ global: value, shared: value });
});

test("the old names are read; where both are there the current ones win", () => {
    const old = {
        "io.cilium/global-service": "true",
        "io.cilium/shared-service": "false",
        "io.cilium/service-affinity": "remote",
    };
    expect(sideWith(old)).toMatchObject({ global: true, shared: false, affinity: "remote" });
    expect(
        sideWith({
            ...old,
            "service.cilium.io/global": "false",
            "service.cilium.io/shared": "true",
            "service.cilium.io/affinity": "local",
        }),
    ).toMatchObject({ global: false, shared: true, affinity: "local" });
});

test("the affinity is the annotation's text, as the rule has to judge it", () => {
    expect(sideWith({ "service.cilium.io/affinity": "none" }).affinity).toBe("none");
    expect(sideWith({ "service.cilium.io/affinity": "Local" }).affinity).toBe("Local");
});

test.each([
    [deployment(0), 0],
    [deployment(1), 1],
    [deployment(20), 20],
    [deployment(undefined), 1],
    [{}, 1],
    [undefined, 0],
])("the Deployment %j asks for %i backends", (object, backends) => {
    expect(liveSide(runs, service(), object).backends).toBe(backends);
});

test("without a Service the side is not global", () => {
    expect(liveSide(runs, undefined, undefined)).toStrictEqual({
        ...runs,
        global: false,
        shared: true,
        affinity: undefined,
        backends: 0,
    });
});

const anyGiven = fc.record({
    globalService: fc.constantFrom("true", "false"),
    sharedService: fc.constantFrom("true", "false"),
    serviceAffinity: fc.constantFrom("none", "local", "remote"),
    rebelBaseReplicas: fc.constantFrom("0", "1", "20"),
    legacyAnnotations: fc.constantFrom("true", "false"),
    networkPolicy: fc.constantFrom("none", "cluster1-only"),
    cluster2SharedService: fc.constantFrom("true", "false"),
    cluster2ServiceAffinity: fc.constantFrom("none", "local", "remote"),
});

/** The sides of the objects that a stack's config makes. */
function appliedSides(given: Record<string, string>) {
    const config = configWith(given);
    return config.clusters.map((cluster) => {
        const objects = applyVariant(readManifests(cluster.name), variantOf(config, cluster));
        const [, rebelBase, rebelBaseService] = objects as unknown[];
        const [policy] = networkPoliciesIn(cluster.name, config);
        return liveSide(
            { cluster: cluster.name, ciliumVersion: cluster.release.version },
            rebelBaseService as V1Service,
            rebelBase as V1Deployment,
            policy && admissionBy(policy, cluster.name, config),
        );
    });
}

test("what a config makes of the manifests is read back as that config, without a difference", () => {
    fc.assert(
        fc.property(anyGiven, (given) => {
            const sides = appliedSides(given);
            expect(sides).toStrictEqual(sidesOf(configWith(given)));
            expect(differences(configWith(given), sides)).toStrictEqual([]);
        }),
        { numRuns: 50 },
    );
});

test("every setting changed by hand is a difference under its cluster's key", () => {
    const live = appliedSides({
        globalService: "false",
        sharedService: "false",
        serviceAffinity: "remote",
        rebelBaseReplicas: "0",
        cluster2SharedService: "false",
        cluster2ServiceAffinity: "local",
    });
    expect(differences(configWith(), live)).toStrictEqual([
        { cluster: "cluster1", key: "globalService", config: "true", live: "false" },
        { cluster: "cluster1", key: "sharedService", config: "true", live: "false" },
        { cluster: "cluster1", key: "serviceAffinity", config: "none", live: "remote" },
        { cluster: "cluster1", key: "rebelBaseReplicas", config: "2", live: "0" },
        { cluster: "cluster2", key: "cluster2SharedService", config: "true", live: "false" },
        { cluster: "cluster2", key: "cluster2ServiceAffinity", config: "none", live: "local" },
    ]);
});

test.each([
    ["none", ["cluster1"], "cluster1-only"],
    ["none", ["cluster2"], "cluster2-only"],
    ["none", [], "a policy for nobody"],
    ["cluster1-only", undefined, "none"],
    ["cluster1-only", ["cluster1", "cluster2"], "a policy for cluster1 and cluster2"],
])("networkPolicy %s is a difference to a live one for %j", (networkPolicy, admits, live) => {
    const [cluster1, cluster2] = appliedSides({});
    const sides = [{ ...cluster1!, admits }, cluster2!];
    expect(differences(configWith({ networkPolicy }), sides)).toStrictEqual([
        { cluster: "cluster1", key: "networkPolicy", config: networkPolicy, live },
    ]);
});

test("a live policy is what was read in it, and backends are those that were counted", () => {
    const side = liveSide(
        runs,
        service(),
        deployment(2),
        { admits: ["cluster2"] },
        { ready: 1, pods: 3 },
    );
    expect(side).toMatchObject({ backends: 2, ready: 1, pods: 3, admits: ["cluster2"] });
    expect(side).not.toHaveProperty("unclearPolicy");
    expect(liveSide(runs, service(), deployment(2), { unclear: "why" })).toMatchObject({
        unclearPolicy: "why",
    });
});

test.each([
    ["1.18.9", {}, ["cluster1", "cluster2"]],
    ["1.19.0-rc.1", {}, ["cluster1"]],
    ["1.20.2", {}, ["cluster1"]],
    ["1.20.2", { clustermesh: { policyDefaultLocalCluster: false } }, ["cluster1", "cluster2"]],
])(
    "with Cilium %s and the values %j a selector without a cluster means %j",
    (version, values, admits) => {
        const config = configWith({ ciliumVersion: version });
        const selector = { matchLabels: { name: "x-wing" } };
        const endpointSelector = { matchLabels: { name: "rebel-base" } };
        const policy = { spec: { endpointSelector, ingress: [{ fromEndpoints: [selector] }] } };
        const cilium = { ...config.cilium, values };
        expect(admissionBy(policy, "cluster1", { ...config, cilium })).toStrictEqual({ admits });
    },
);

test("a policy is read by the Cilium of the cluster that it is in", () => {
    const config = configWith({ ciliumVersion: "1.19.7", cluster2CiliumVersion: "1.18.14" });
    const selector = { matchLabels: { name: "x-wing" } };
    const endpointSelector = { matchLabels: { name: "rebel-base" } };
    const policy = { spec: { endpointSelector, ingress: [{ fromEndpoints: [selector] }] } };
    const admits = ["cluster1", "cluster2"].map((name) => admissionBy(policy, name, config).admits);
    expect(admits).toStrictEqual([["cluster1"], ["cluster1", "cluster2"]]);
});

test("an affinity taken away by hand is a difference to none", () => {
    const config = configWith({ serviceAffinity: "local" });
    expect(differences(config, appliedSides({}))).toStrictEqual([
        { cluster: "cluster1", key: "serviceAffinity", config: "local", live: "none" },
    ]);
});

test.each([
    ["none", 'the text "none"'],
    ["", 'the text ""'],
    ["near", 'the text "near"'],
    ["Local", "local"],
    ["REMOTE", "remote"],
])("the annotation %j is a difference to none, and named %s", (affinity, live) => {
    const [cluster1] = appliedSides({});
    expect(differences(configWith(), [{ ...cluster1!, affinity }])).toStrictEqual([
        { cluster: "cluster1", key: "serviceAffinity", config: "none", live },
    ]);
});

test("an affinity in another case is the same to Cilium, and no difference", () => {
    const [cluster1] = appliedSides({ serviceAffinity: "local" });
    const side = { ...cluster1!, affinity: "LOCAL" };
    expect(differences(configWith({ serviceAffinity: "local" }), [side])).toStrictEqual([]);
});

test("a cluster that was not read has no difference", () => {
    const [, cluster2] = appliedSides({ cluster2SharedService: "false", globalService: "false" });
    expect(differences(configWith(), [cluster2!]).map(({ key }) => key)).toStrictEqual([
        "cluster2SharedService",
    ]);
    expect(differences(configWith(), [])).toStrictEqual([]);
});

test("an annotation that is no text, as no API server has it, is none", () => {
    for (const odd of [5, true, null, {}, ["true"]] as unknown[] as string[]) {
        const names = ["global", "shared", "affinity"].map((name) => `service.cilium.io/${name}`);
        const side = sideWith(Object.fromEntries(names.map((name) => [name, odd])));
        expect(side).toMatchObject({ global: false, shared: true, affinity: undefined });
        expect(() => differences(configWith(), [side])).not.toThrow();
    }
});
