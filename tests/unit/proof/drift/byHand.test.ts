import type { V1Pod } from "@kubernetes/client-node";
import { stackLabel } from "../../../../src/mesh/existing/record";
import { ClusterApi } from "../../../../src/mesh/kube/clusterApi";
import { LiveObject } from "../../../../src/mesh/kube/objects";
import { Drift, driftLine, findDrift } from "../../../../src/proof/drift/drift";
import { configWith } from "../../../support/defaultConfig";
import { ciliumObjects, liveObjects } from "../../../support/fakeObjects";

type Json = Record<string, unknown>;

const given = { networkPolicy: "cluster1-only" };

/** Sets a field, by its path, in a copy of an object; undefined takes it away. */
function set(object: Json, path: readonly (string | number)[], value: unknown): Json {
    const copy = structuredClone(object);
    const key = path.at(-1)!;
    const parent = path.slice(0, -1).reduce<Json>((at, one) => (at[one] ??= {}) as Json, copy);
    if (value === undefined) {
        delete parent[key];
    } else {
        parent[key] = value;
    }
    return copy;
}

/** What Kubernetes notes of a program that has set one field. */
function managed(manager: string, path: readonly (string | number)[]) {
    const fieldsV1 = path.reduceRight<Json>((within, one) => {
        const key = typeof one === "number" ? listKeys[path[path.indexOf(one) - 1]!]! : `f:${one}`;
        return { [key]: within };
    }, {});
    return { manager, operation: "Update", fieldsV1, time: new Date(0) };
}

/** How Kubernetes names the first elements of the lab's lists. */
const listKeys: Readonly<Record<string, string>> = {
    containers: 'k:{"name":"x-wing"}',
    ports: 'k:{"port":80,"protocol":"TCP"}',
};

async function driftOf(
    lab: readonly LiveObject[],
    beside: { policies?: readonly LiveObject[]; pods?: readonly V1Pod[]; mark?: string } = {},
): Promise<Drift[]> {
    const { policies = [], pods = [], mark } = beside;
    const api = {
        objects: (namespace: string) =>
            Promise.resolve(namespace === "default" ? lab : ciliumObjects()),
        namespace: () => Promise.resolve({}),
        otherPolicies: () => Promise.resolve(policies),
        pods: (_: string, selector: string) =>
            Promise.resolve(
                pods.filter(({ metadata }) => `name=${metadata?.labels?.name}` === selector),
            ),
    } as unknown as ClusterApi;
    return findDrift(configWith(given), [{ cluster: "cluster1", api, mark }]);
}

/** The lab's objects as they live, with one field of one of them set by hand. */
function byHand(
    title: string,
    path: readonly (string | number)[],
    value: unknown,
    manager = "kubectl-patch",
): LiveObject[] {
    return liveObjects("cluster1", given).map((object) => {
        if (`${object.kind} ${object.metadata?.name}` !== title) {
            return object;
        }
        const changed = set(object, path, value) as LiveObject;
        const managedFields = [...(changed.metadata!.managedFields ?? []), managed(manager, path)];
        return { ...changed, metadata: { ...changed.metadata, managedFields } };
    });
}

test("what Kubernetes, Cilium and Pulumi set by themselves is no change by hand", async () => {
    expect((await driftOf(liveObjects("cluster1", given))).map(driftLine)).toEqual([]);
});

const podSpec = ["spec", "template", "spec"];

test.each<[string, (string | number)[], unknown, string, object]>([
    [
        "Service rebel-base",
        ["spec", "selector", "app"],
        "x",
        'spec.selector.app was added: "x", by kubectl-patch',
        { op: "remove", path: "/spec/selector/app" },
    ],
    [
        "Service rebel-base",
        ["spec", "selector", "name"],
        "x-wing",
        'spec.selector.name was changed: "x-wing" in place of "rebel-base", by kubectl-patch',
        { op: "replace", path: "/spec/selector/name", value: "rebel-base" },
    ],
    [
        "Service rebel-base",
        ["spec", "ports", 0, "targetPort"],
        8080,
        "spec.ports.0.targetPort was changed: 8080 in place of 80, by kubectl-patch",
        { op: "remove", path: "/spec/ports/0/targetPort" },
    ],
    [
        "Service rebel-base",
        ["spec", "sessionAffinity"],
        "ClientIP",
        'spec.sessionAffinity was changed: "ClientIP" in place of "None", by kubectl-patch',
        { op: "remove", path: "/spec/sessionAffinity" },
    ],
    [
        "Service rebel-base",
        ["spec", "sessionAffinityConfig"],
        { clientIP: { timeoutSeconds: 10800 } },
        'spec.sessionAffinityConfig was added: {"clientIP":{"timeoutSeconds":10800}}, by kubectl-patch',
        { op: "remove", path: "/spec/sessionAffinityConfig" },
    ],
    [
        "Service rebel-base",
        ["spec", "internalTrafficPolicy"],
        "Local",
        'spec.internalTrafficPolicy was changed: "Local" in place of "Cluster", by kubectl-patch',
        { op: "remove", path: "/spec/internalTrafficPolicy" },
    ],
    [
        "Service rebel-base",
        ["spec", "publishNotReadyAddresses"],
        true,
        "spec.publishNotReadyAddresses was added: true, by kubectl-patch",
        { op: "remove", path: "/spec/publishNotReadyAddresses" },
    ],
    [
        "Service rebel-base",
        ["spec", "externalIPs"],
        ["192.0.2.1"],
        'spec.externalIPs was added: ["192.0.2.1"], by kubectl-patch',
        { op: "remove", path: "/spec/externalIPs" },
    ],
    [
        "Service rebel-base",
        ["spec", "type"],
        "NodePort",
        'spec.type was changed: "NodePort" in place of "ClusterIP", by kubectl-patch',
        { op: "replace", path: "/spec/type", value: "ClusterIP" },
    ],
    [
        "Service rebel-base",
        ["metadata", "annotations", "service.kubernetes.io/topology-mode"],
        "Auto",
        'metadata.annotations.service.kubernetes.io/topology-mode was added: "Auto", by kubectl-patch',
        { op: "remove", path: "/metadata/annotations/service.kubernetes.io~1topology-mode" },
    ],
    [
        "Deployment rebel-base",
        ["spec", "paused"],
        true,
        "spec.paused was added: true, by kubectl-patch",
        { op: "remove", path: "/spec/paused" },
    ],
    [
        "Deployment rebel-base",
        ["spec", "strategy", "type"],
        "Recreate",
        'spec.strategy.type was changed: "Recreate" in place of "RollingUpdate", by kubectl-patch',
        { op: "remove", path: "/spec/strategy/type" },
    ],
    [
        "Deployment rebel-base",
        [...podSpec, "nodeSelector"],
        { disk: "ssd" },
        'spec.template.spec.nodeSelector was added: {"disk":"ssd"}, by kubectl-patch',
        { op: "remove", path: "/spec/template/spec/nodeSelector" },
    ],
    [
        "Deployment rebel-base",
        [...podSpec, "hostNetwork"],
        true,
        "spec.template.spec.hostNetwork was added: true, by kubectl-patch",
        { op: "remove", path: "/spec/template/spec/hostNetwork" },
    ],
    [
        "Deployment rebel-base",
        ["spec", "template", "metadata", "labels", "app"],
        "x",
        'spec.template.metadata.labels.app was added: "x", by kubectl-patch',
        { op: "remove", path: "/spec/template/metadata/labels/app" },
    ],
    [
        "Deployment x-wing",
        [...podSpec, "containers", 0, "command"],
        ["sleep", "1"],
        'spec.template.spec.containers.0.command.1 was changed: "1" in place of "infinity", by kubectl-patch',
        { op: "replace", path: "/spec/template/spec/containers/0/command/1", value: "infinity" },
    ],
    [
        "Deployment x-wing",
        [...podSpec, "containers", 0, "args"],
        ["--verbose"],
        'spec.template.spec.containers.0.args was added: ["--verbose"], by kubectl-patch',
        { op: "remove", path: "/spec/template/spec/containers/0/args" },
    ],
    [
        "Deployment x-wing",
        [...podSpec, "containers", 0, "image"],
        undefined,
        "spec.template.spec.containers.0.image is gone, by kubectl-patch",
        { op: "add", path: "/spec/template/spec/containers/0/image" },
    ],
    [
        "ConfigMap rebel-base-response",
        ["data", "message"],
        "hello",
        'data.message was changed: "hello"',
        { op: "replace", path: "/data/message" },
    ],
    [
        "CiliumNetworkPolicy rebel-base-cluster1-only",
        ["spec", "egress"],
        [{ toPorts: [] }],
        'spec.egress was added: [{"toPorts":[]}], by kubectl-patch',
        { op: "remove", path: "/spec/egress" },
    ],
    [
        "CiliumNetworkPolicy rebel-base-cluster1-only",
        ["spec", "ingress"],
        [{ fromEntities: ["all"] }, {}],
        'spec.ingress was changed: [{"fromEntities":["all"]},{}]',
        { op: "replace", path: "/spec/ingress" },
    ],
])(
    "%s: %j set by hand is named with its path and who set it, and put back",
    async (title, path, value, text, operation) => {
        const drifts = (await driftOf(byHand(title, path, value))).filter(
            ({ about }) => about === "object",
        );
        expect(drifts.map(driftLine)).toEqual([
            expect.stringContaining(`cluster1: ${title}: ${text}`) as string,
        ]);
        expect(drifts[0]!.repair).toMatchObject({ how: "patch", operation });
    },
);

test.each<[string, (string | number)[], unknown]>([
    ["Service rebel-base", ["spec", "clusterIP"], "None"],
    ["Deployment x-wing", ["spec", "selector", "matchLabels", "app"], "x"],
    ["ConfigMap rebel-base-response", ["immutable"], true],
])("%s: %j cannot be changed back, so the object is made anew", async (title, path, value) => {
    const [drift] = await driftOf(byHand(title, path, value));
    expect(driftLine(drift!)).toContain(`${title}: ${path.join(".")} was`);
    expect(drift!.repair).toEqual({ how: "delete" });
});

test.each<[string, (string | number)[], unknown, string]>([
    ["a default that somebody has written out", ["spec", "sessionAffinity"], "None", "kubectl"],
    ["what a newer Kubernetes adds", ["spec", "novelty"], "x", "kube-apiserver"],
    ["what an earlier version of the stack has set", ["spec", "novelty"], "x", "pulumi-kubernetes"],
    ["an address that the cluster gives", ["spec", "clusterIP"], "10.101.0.9", "kubectl"],
    ["somebody's own note", ["metadata", "annotations", "note"], "mine", "kubectl"],
    [
        "a restart",
        ["metadata", "annotations", "kubectl.kubernetes.io/restartedAt"],
        "2026-01-01",
        "kubectl-rollout",
    ],
])("%s is no change by hand", async (_, path, value, manager) => {
    const lab = byHand("Service rebel-base", path, value, manager);
    expect((await driftOf(lab)).map(driftLine)).toEqual([]);
});

test("what kubectl scale has set is named as kubectl's, although a subresource has it", async () => {
    const scaled = byHand("Deployment x-wing", ["spec", "replicas"], 7, "kubectl").map((object) => {
        const managedFields = object.metadata?.managedFields?.map((entry) =>
            entry.manager === "kubectl"
                ? { ...entry, subresource: "scale", time: undefined }
                : entry,
        );
        return { ...object, metadata: { ...object.metadata, managedFields } };
    });
    expect((await driftOf(scaled)).map(driftLine)).toEqual([
        "cluster1: Deployment x-wing: spec.replicas was changed: 7 in place of 2, by kubectl",
    ]);
});

test("where nobody keeps who has set what, a change is named all the same", async () => {
    const lab = byHand("Service rebel-base", ["spec", "selector", "app"], "x").map((object) => ({
        ...object,
        metadata: { ...object.metadata, managedFields: undefined },
    }));
    expect((await driftOf(lab)).map(driftLine)).toEqual([
        'cluster1: Service rebel-base: spec.selector.app was added: "x"',
    ]);
});

test("in a cluster that is not the stack's own, a mark that is gone is named and put back", async () => {
    const drifts = await driftOf(liveObjects("cluster1", given), { mark: "m" });
    expect(drifts).toHaveLength(liveObjects("cluster1", given).length);
    expect(driftLine(drifts[0]!)).toContain("metadata.labels");
    const lab = liveObjects("cluster1", given).map((object) => ({
        ...object,
        metadata: { ...object.metadata, labels: { [stackLabel]: "m" } },
    }));
    expect(await driftOf(lab, { mark: "m" })).toEqual([]);
});

describe("what somebody else has put beside the lab is named where it changes the answers", () => {
    const pod = (name: string, labels: object, owner?: { kind: string; name: string }): V1Pod => ({
        metadata: {
            name,
            labels: { name: "rebel-base", ...labels },
            ownerReferences: owner && [{ ...owner, controller: true, apiVersion: "", uid: "" }],
        },
    });

    test.each<[string, V1Pod, string | undefined]>([
        [
            "the lab's own pod",
            pod("a", { "pod-template-hash": "6f" }, { kind: "ReplicaSet", name: "rebel-base-6f" }),
            undefined,
        ],
        [
            "a pod of another Deployment",
            pod("a", { "pod-template-hash": "6f" }, { kind: "ReplicaSet", name: "canary-6f" }),
            "Deployment canary has pods that answer as rebel-base",
        ],
        [
            "a pod of a Deployment whose name begins like the lab's",
            pod(
                "a",
                { "pod-template-hash": "6f" },
                { kind: "ReplicaSet", name: "rebel-base-b-6f" },
            ),
            "Deployment rebel-base-b has pods that answer as rebel-base",
        ],
        ["a pod of nobody", pod("solo", {}), "Pod solo has pods that answer as rebel-base"],
        [
            "a pod of a StatefulSet",
            pod("s-0", {}, { kind: "StatefulSet", name: "s" }),
            "StatefulSet s has pods that answer as rebel-base",
        ],
        [
            "another client",
            pod("t", { name: "x-wing" }, { kind: "Job", name: "t" }),
            "Job t has pods that are asked as x-wing",
        ],
    ])("%s", async (_, one, sentence) => {
        const found = await driftOf(liveObjects("cluster1", given), { pods: [one] });
        expect(found.map(({ about, sentence: text }) => [about, text])).toEqual(
            sentence === undefined
                ? []
                : [["other", `${sentence}; it is not the stack's and is left alone`]],
        );
    });

    const policy = (kind: string, spec: object): LiveObject => ({
        kind,
        metadata: { name: "deny" },
        spec,
    });

    test.each<[LiveObject, string | undefined]>([
        [policy("NetworkPolicy", { podSelector: {} }), "rebel-base and x-wing"],
        [policy("NetworkPolicy", { podSelector: { matchLabels: { name: "x-wing" } } }), "x-wing"],
        [policy("NetworkPolicy", { podSelector: { matchLabels: { app: "mine" } } }), undefined],
        [
            policy("CiliumClusterwideNetworkPolicy", {
                endpointSelector: {
                    matchLabels: {
                        "k8s:io.kubernetes.pod.namespace": "default",
                        "any:name": "rebel-base",
                    },
                },
            }),
            "rebel-base",
        ],
        [
            policy("CiliumClusterwideNetworkPolicy", {
                endpointSelector: { matchLabels: { "k8s:io.kubernetes.pod.namespace": "mine" } },
            }),
            undefined,
        ],
        [policy("CiliumClusterwideNetworkPolicy", { nodeSelector: {} }), undefined],
        [
            policy("NetworkPolicy", {
                podSelector: {
                    matchExpressions: [{ key: "name", operator: "NotIn", values: ["x-wing"] }],
                },
            }),
            "rebel-base",
        ],
        [
            policy("NetworkPolicy", {
                podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] },
            }),
            undefined,
        ],
    ])("a policy: %j", async (one, held) => {
        const found = await driftOf(liveObjects("cluster1", given), { policies: [one] });
        expect(found.map(({ sentence }) => sentence)).toEqual(
            held === undefined
                ? []
                : [`${one.kind} deny applies to ${held}; it is not the stack's and is left alone`],
        );
    });

    test("another CiliumNetworkPolicy of the namespace", async () => {
        const other = policy("CiliumNetworkPolicy", {});
        const specs = [{ endpointSelector: { matchLabels: { name: "rebel-base" } } }];
        const lab = [...liveObjects("cluster1", given), { ...other, spec: undefined, specs }];
        expect((await driftOf(lab)).map(({ sentence }) => sentence)).toEqual([
            "CiliumNetworkPolicy deny applies to rebel-base; it is not the stack's and is left alone",
        ]);
    });
});
