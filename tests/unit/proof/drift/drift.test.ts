import type { V1Pod } from "@kubernetes/client-node";
import { stackLabel } from "../../../../src/mesh/existing/record";
import { ClusterApi } from "../../../../src/mesh/kube/clusterApi";
import { LiveObject } from "../../../../src/mesh/kube/objects";
import { driftLine, findDrift, isRepaired } from "../../../../src/proof/drift/drift";
import { prepareRepair } from "../../../../src/proof/drift/repair";
import { configWith } from "../../../support/defaultConfig";
import { ciliumObjects, labObjects, revision } from "../../../support/fakeObjects";

/** What an API server has beside the lab's objects and Cilium's. */
interface Beside {
    readonly policies?: readonly LiveObject[];
    readonly pods?: readonly V1Pod[];
    /** Annotation of the namespace that says whether it is global. */
    readonly isGlobal?: string;
}

/** An API server that has these objects and notes what is asked of it to change. */
function fakeApi(
    lab: readonly LiveObject[],
    system = ciliumObjects(),
    { policies = [], pods = [], isGlobal }: Beside = {},
) {
    const changes: unknown[][] = [];
    const note = (...args: unknown[]) => {
        changes.push(args);
        return Promise.resolve();
    };
    const objects = (namespace: string) => Promise.resolve(namespace === "default" ? lab : system);
    const api = {
        objects,
        namespace: () =>
            Promise.resolve({
                metadata: {
                    annotations:
                        isGlobal === undefined ? {} : { "clustermesh.cilium.io/global": isGlobal },
                },
            }),
        otherPolicies: () => Promise.resolve(policies),
        pods: (_: string, selector: string) =>
            Promise.resolve(
                pods.filter(({ metadata }) => `name=${metadata?.labels?.name}` === selector),
            ),
        patch: note,
        remove: note,
        deleteSecrets: note,
    } as unknown as ClusterApi;
    return { api, changes };
}

async function drift(lab: readonly LiveObject[], system?: LiveObject[]) {
    const { api } = fakeApi(lab, system);
    const drifts = await findDrift(configWith(), [{ cluster: "cluster2", api }]);
    return drifts.map(driftLine);
}

/** The lab's objects in cluster2 with one of them changed. */
function withChange(name: string, change: (object: never) => object): LiveObject[] {
    return labObjects("cluster2").map((object) => {
        const isIt = `${object.kind} ${object.metadata?.name}` === name;
        return isIt ? { ...object, ...change(object as never) } : object;
    });
}

test("a lab and a Cilium as the stack made them do not drift", async () => {
    expect(await drift(labObjects("cluster2"))).toEqual([]);
});

test.each(["Deployment x-wing", "ConfigMap rebel-base-response"])(
    "an object that is gone is named: %s",
    async (name) => {
        const left = labObjects("cluster2").filter(
            ({ kind, metadata }) => `${kind} ${metadata?.name}` !== name,
        );
        expect(await drift(left)).toEqual([`cluster2: ${name} is not there`]);
    },
);

test("a setting that was changed is named by its key, and replicas only once", async () => {
    const changed = withChange("Deployment rebel-base", ({ spec }: { spec: object }) => ({
        spec: { ...spec, replicas: 1 },
    }));
    expect(await drift(changed)).toEqual([
        "cluster2: cluster2RebelBaseReplicas is 2 in the config and 1 live",
    ]);
});

test("a field that a manifest sets is named where it was changed", async () => {
    const changed = withChange("Deployment x-wing", ({ spec }: { spec: object }) => ({
        spec: { ...spec, replicas: 7 },
    }));
    expect(await drift(changed)).toEqual([
        "cluster2: Deployment x-wing: spec.replicas was changed: 7 in place of 2",
    ]);
});

test("an annotation that the stack never set is named, and what is not the lab's is not", async () => {
    const changed = withChange("Service rebel-base", ({ metadata }: LiveObject) => ({
        metadata: {
            ...metadata,
            annotations: {
                ...metadata?.annotations,
                "service.cilium.io/affinity": "none",
                note: "mine",
            },
        },
    }));
    expect(await drift(changed)).toContain(
        "cluster2: Service rebel-base: the annotation service.cilium.io/affinity is not the stack's",
    );
    expect((await drift(changed)).join()).not.toContain("note");
});

test("a policy that is gone is named as an object and as a setting, one as it was made is not", async () => {
    const given = { networkPolicy: "cluster1-only" };
    const driftWith = async (lab: readonly LiveObject[]) => {
        const { api } = fakeApi(lab);
        const drifts = await findDrift(configWith(given), [{ cluster: "cluster1", api }]);
        return drifts.map(driftLine);
    };
    expect(await driftWith(labObjects("cluster1", given))).toEqual([]);
    expect(await driftWith(labObjects("cluster1"))).toEqual([
        "cluster1: CiliumNetworkPolicy rebel-base-cluster1-only is not there",
        "cluster1: networkPolicy is cluster1-only in the config and none live",
    ]);
});

test("a policy of the lab's name where the stack has none is named", async () => {
    const policy = labObjects("cluster1", { networkPolicy: "cluster1-only" }).at(-1)!;
    expect(await drift([...labObjects("cluster2"), policy])).toEqual([
        "cluster2: CiliumNetworkPolicy rebel-base-cluster1-only is not the stack's",
    ]);
});

test.each([
    ["is gone", [], "Cilium's Helm release is not there"],
    [
        "was cut off",
        [revision(1), revision(2, { status: "pending-upgrade" })],
        "Cilium's Helm release is pending-upgrade (revision 2)",
    ],
    [
        "was changed by hand, the tenth time",
        [revision(10, { manager: "Helm" }), revision(9)],
        "Cilium's Helm release was changed by hand (revision 10)",
    ],
    [
        "is damaged",
        [{ ...revision(3), data: { release: "bm9uc2Vuc2U=" } }],
        "Cilium's Helm release is damaged (revision 3)",
    ],
    [
        "misses a Secret",
        ciliumObjects().slice(0, 1).concat(ciliumObjects()[2]!),
        "Cilium's Secret cilium-clustermesh is not there",
    ],
])("a Helm release that %s is named", async (_, system, sentence) => {
    expect(await drift(labObjects("cluster2"), system)).toEqual([`cluster2: ${sentence}`]);
});

test("a Helm release that Pulumi's state does not have is named, and none that is not there yet", async () => {
    const { api } = fakeApi(labObjects("cluster2"));
    const asked = { cluster: "cluster2", api, isReleaseKnown: false } as const;
    const [found] = await findDrift(configWith(), [asked]);
    expect(found).toEqual({
        cluster: "cluster2",
        about: "release",
        sentence: "Cilium's Helm release is there, and Pulumi's state does not have it",
    });
    const empty = fakeApi(labObjects("cluster2"), []).api;
    expect(await findDrift(configWith(), [{ ...asked, api: empty }])).toEqual([]);
});

describe("repairing", () => {
    const cluster = "cluster1";
    const sentence = "";
    const object = { kind: "Service", name: "rebel-base" };
    const place = { ...object, namespace: "default" };
    const policy = { kind: "CiliumNetworkPolicy", name: "rebel-base-cluster1-only" };
    const remove = (path: string) => ({ how: "patch", operation: { op: "remove", path } }) as const;

    test("changes each object once, takes the policy away, and lets Helm forget the release", async () => {
        const { api, changes } = fakeApi(
            labObjects("cluster1", { networkPolicy: "cluster1-only" }),
        );
        await prepareRepair(
            [
                { cluster, about: "annotation", sentence, object, repair: remove("/a") },
                { cluster, about: "object", sentence, object, repair: remove("/b") },
                { cluster, about: "policy", sentence },
                { cluster, about: "release", sentence },
                { cluster, about: "release", sentence },
            ],
            { api },
        );
        expect(changes).toEqual([
            [
                place,
                [
                    { op: "remove", path: "/a" },
                    { op: "remove", path: "/b" },
                ],
            ],
            [{ ...policy, namespace: "default" }],
            ["kube-system", "owner=helm,name=cilium"],
        ]);
    });

    test("leaves what is gone, settings and what is somebody else's to the update", async () => {
        const { api, changes } = fakeApi([]);
        await prepareRepair(
            [
                { cluster, about: "object", sentence, object },
                { cluster, about: "setting", sentence },
                { cluster, about: "other", sentence },
            ],
            { api },
        );
        expect(changes).toEqual([]);
        expect(isRepaired({ cluster, about: "other", sentence })).toBe(false);
        expect(isRepaired({ cluster, about: "object", sentence })).toBe(true);
    });

    test("deletes what cannot be changed back, also where the API server says so", async () => {
        const drifts = [
            { cluster, about: "object", sentence, object, repair: remove("/a") },
            { cluster, about: "object", sentence, object, repair: { how: "delete" } },
        ] as const;
        const { api, changes } = fakeApi(labObjects("cluster1"));
        await prepareRepair(drifts, { api });
        expect(changes).toEqual([[place]]);
        const refusing = fakeApi(labObjects("cluster1"));
        const invalid = Object.assign(new Error("invalid"), { code: 422 });
        const patch = () => Promise.reject(invalid);
        await prepareRepair(drifts.slice(0, 1), { api: { ...refusing.api, patch } });
        expect(refusing.changes).toEqual([[place]]);
    });

    test("an API server that cannot be asked is an error, and nothing is deleted", async () => {
        const { api, changes } = fakeApi(labObjects("cluster1"));
        const patch = () => Promise.reject(new Error("no answer within 10 s"));
        const drifts = [
            { cluster, about: "object", sentence, object, repair: remove("/a") },
        ] as const;
        await expect(prepareRepair(drifts, { api: { ...api, patch } })).rejects.toThrow(
            "no answer",
        );
        expect(changes).toEqual([]);
    });

    test.each<[string, Record<string, string> | undefined, number]>([
        ["with the stack's mark is deleted", { [stackLabel]: "mine" }, 2],
        ["with the mark of another stack stays", { [stackLabel]: "other" }, 0],
        ["without a mark stays", undefined, 0],
    ])("in a cluster that is not the stack's own, an object %s", async (_, labels, deletions) => {
        const lab = labObjects("cluster1", { networkPolicy: "cluster1-only" }).map((one) => ({
            ...one,
            metadata: { ...one.metadata, labels },
        }));
        const { api, changes } = fakeApi(lab);
        await prepareRepair(
            [
                { cluster, about: "object", sentence, object, repair: { how: "delete" } },
                { cluster, about: "policy", sentence },
            ],
            { api, mark: "mine" },
        );
        expect(changes).toHaveLength(deletions);
    });
});

test("a namespace that was made local by hand is named, and its annotation taken away again", async () => {
    const { api, changes } = fakeApi(labObjects("cluster2"), undefined, { isGlobal: "false" });
    const drifts = await findDrift(configWith(), [{ cluster: "cluster2", api }]);
    expect(drifts.map(driftLine)).toEqual([
        "cluster2: cluster2GlobalNamespace is true in the config and false live",
        'cluster2: Namespace default: the annotation clustermesh.cilium.io/global is "false"',
    ]);
    await prepareRepair(drifts, { api });
    expect(changes).toEqual([
        [
            { kind: "Namespace", namespace: "default", name: "default" },
            [{ op: "remove", path: "/metadata/annotations/clustermesh.cilium.io~1global" }],
        ],
    ]);
});

test("an annotation of the namespace that is gone is set again", async () => {
    const { api, changes } = fakeApi(labObjects("cluster2"));
    const config = configWith({ cluster2GlobalNamespace: "false" });
    const drifts = await findDrift(config, [{ cluster: "cluster2", api }]);
    expect(drifts.map(({ about }) => about)).toEqual(["setting", "annotation"]);
    await prepareRepair(drifts, { api });
    const path = "/metadata/annotations/clustermesh.cilium.io~1global";
    expect(changes).toEqual([[expect.anything(), [{ op: "add", path, value: "false" }]]]);
});

test("a namespace that is as the config says does not drift", async () => {
    const { api } = fakeApi(labObjects("cluster2"), undefined, { isGlobal: "false" });
    const config = configWith({ cluster2GlobalNamespace: "false" });
    expect(await findDrift(config, [{ cluster: "cluster2", api }])).toEqual([]);
});
