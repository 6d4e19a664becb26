import type { V1Namespace, V1Pod } from "@kubernetes/client-node";
import { experiments } from "../../../../src/lab/experiments";
import { localMachine } from "../../../../src/machine/machine";
import { ClusterApi } from "../../../../src/mesh/kube/clusterApi";
import { changeText, doSteps, killAPod, liveSteps } from "../../../../src/proof/experiment/change";
import { configWith } from "../../../support/defaultConfig";
import { pod } from "../../../support/fakeClusterApi";

const stepsOf = (from: Record<string, string>, to: Record<string, string>) =>
    liveSteps(configWith(from), configWith({ ...from, ...to }));

/** A pod of a Deployment. */
function podOf(deployment: string, name: string): V1Pod {
    const made = pod(name, { labels: { name: "rebel-base", "pod-template-hash": "abc" } });
    const owner = { kind: "ReplicaSet", name: `${deployment}-abc`, controller: true };
    made.metadata!.ownerReferences = [{ apiVersion: "apps/v1", uid: "", ...owner }];
    return made;
}

const ownPods = ["rebel-base-a", "rebel-base-b"].map((name) => podOf("rebel-base", name));

/** Does the steps on API servers that note what is done to them. */
async function done(
    steps: ReturnType<typeof liveSteps>,
    annotations?: Record<string, string>,
    pods: readonly V1Pod[] = ownPods,
) {
    const notes: unknown[][] = [];
    const note =
        (cluster: string, what: string) =>
        (...args: unknown[]) =>
            Promise.resolve(void notes.push([cluster, what, ...args]));
    const apiOf = (cluster: string) =>
        ({
            patch: note(cluster, "patch"),
            create: note(cluster, "create"),
            remove: note(cluster, "remove"),
            namespace: (): Promise<V1Namespace> => Promise.resolve({ metadata: { annotations } }),
            pods: () => Promise.resolve(pods),
        }) as unknown as ClusterApi;
    await doSteps(steps!, { stack: "dev", apiOf, machine: localMachine });
    return notes;
}

const service = { kind: "Service", namespace: "default", name: "rebel-base" };

test("a setting of the Service is one annotation, as kubectl annotate would set it", async () => {
    expect(await done(stepsOf({}, { cluster2SharedService: "false" }))).toEqual([
        [
            "cluster2",
            "patch",
            service,
            [
                {
                    op: "add",
                    path: "/metadata/annotations/service.cilium.io~1shared",
                    value: "false",
                },
            ],
        ],
    ]);
});

test("an affinity goes as it came: none is no annotation at all", () => {
    const path = "/metadata/annotations/service.cilium.io~1affinity";
    expect(stepsOf({}, { serviceAffinity: "local" })).toMatchObject([
        { operations: [{ op: "add", path, value: "local" }] },
    ]);
    expect(stepsOf({ serviceAffinity: "local" }, { serviceAffinity: "none" })).toMatchObject([
        { operations: [{ op: "remove", path }] },
    ]);
});

test("a stack with the old annotations changes those", () => {
    const old = { legacyAnnotations: "true" };
    expect(stepsOf(old, { sharedService: "false" })).toMatchObject([
        { operations: [{ path: "/metadata/annotations/io.cilium~1shared-service" }] },
    ]);
});

test("replicas are those of the Deployment", async () => {
    expect(await done(stepsOf({}, { rebelBaseReplicas: "0" }))).toEqual([
        [
            "cluster1",
            "patch",
            { kind: "Deployment", namespace: "default", name: "rebel-base" },
            [{ op: "replace", path: "/spec/replicas", value: 0 }],
        ],
    ]);
});

test("a namespace gets its annotation also where it has none yet, and loses it where it has it", async () => {
    const away = stepsOf({}, { globalNamespace: "false" });
    const path = "/metadata/annotations/clustermesh.cilium.io~1global";
    const [[, , , onBare]] = (await done(away)) as [unknown[]];
    expect(onBare).toEqual([
        { op: "add", path: "/metadata/annotations", value: {} },
        { op: "add", path, value: "false" },
    ]);
    const [[, , , onFull]] = (await done(away, { a: "b" })) as [unknown[]];
    expect(onFull).toEqual([{ op: "add", path, value: "false" }]);
    const back = stepsOf({ globalNamespace: "false" }, { globalNamespace: "true" });
    expect(await done(back, { a: "b" })).toEqual([]);
    const [[, , , gone]] = (await done(back, { "clustermesh.cilium.io/global": "false" })) as [
        unknown[],
    ];
    expect(gone).toEqual([{ op: "remove", path }]);
});

test("the network policy is created, and removed again", async () => {
    const policy = { networkPolicy: "cluster1-only" };
    const name = "rebel-base-cluster1-only";
    expect(await done(stepsOf({}, policy))).toMatchObject([
        ["cluster1", "create", "default", { kind: "CiliumNetworkPolicy", metadata: { name } }],
    ]);
    expect(await done(stepsOf(policy, { networkPolicy: "none" }))).toMatchObject([
        ["cluster1", "remove", { kind: "CiliumNetworkPolicy", namespace: "default", name }],
    ]);
});

test("a killed pod is deleted", async () => {
    expect(await done(killAPod as never)).toEqual([
        ["cluster1", "remove", { kind: "Pod", namespace: "default", name: "rebel-base-a" }],
    ]);
});

test("a pod of somebody else's that has the label of the lab's is never killed", async () => {
    const theirs = [podOf("their-rebel-base", "a"), pod("b"), podOf("rebel-base-canary", "c")];
    expect(await done(killAPod as never, undefined, [...theirs, ...ownPods])).toEqual([
        ["cluster1", "remove", { kind: "Pod", namespace: "default", name: "rebel-base-a" }],
    ]);
    await expect(done(killAPod as never, undefined, theirs)).rejects.toThrow(
        "cluster1 has no rebel-base pod to kill",
    );
});

test("an outage begins last and ends first", () => {
    const both = { outage: "cluster2", rebelBaseReplicas: "1" };
    expect(stepsOf({}, both)?.map(({ does }) => does)).toEqual(["patch", "begin-outage"]);
    expect(stepsOf(both, { outage: "none", rebelBaseReplicas: "2" })).toMatchObject([
        { does: "end-outage", cluster: "cluster2", of: "cluster" },
        { does: "patch" },
    ]);
});

test.each([
    ["ciliumVersion", "1.19.6"],
    ["cluster2CiliumVersion", "1.19.6"],
    ["clusterMeshCacheTtl", "30s"],
    ["legacyAnnotations", "true"],
    ["xWingReplicas", "3"],
])("%s can be changed by Pulumi alone", (key, value) => {
    expect(stepsOf({}, { [key]: value })).toBeUndefined();
});

test("a change of the Cilium of one cluster is told with both versions", () => {
    const [both, mixed] = [
        configWith({ ciliumVersion: "1.19.7" }),
        configWith({ ciliumVersion: "1.19.7", cluster2CiliumVersion: "1.20.2" }),
    ];
    expect(changeText(both, mixed)).toBe(
        "ciliumVersion 1.19.7 → 1.19.7 (cluster1) and 1.20.2 (cluster2)",
    );
});

test("every experiment with a name changes live objects, there and back", () => {
    for (const { from, to } of experiments) {
        const [before, after] = [configWith(from), configWith({ ...from, ...to })];
        const isKill = Object.keys(to).length === 0;
        expect(liveSteps(before, after)).toHaveLength(isKill ? 0 : 1);
        expect(liveSteps(after, before)).toHaveLength(isKill ? 0 : 1);
    }
});

test("a change is told by its keys, before and after", () => {
    const to = { rebelBaseReplicas: "0", cluster2ServiceAffinity: "local" };
    expect(changeText(configWith(), configWith(to))).toBe(
        "rebelBaseReplicas 2 → 0, cluster2ServiceAffinity none → local",
    );
    const apiserver = { outage: "cluster2", outageOf: "clustermesh-apiserver" };
    expect(changeText(configWith({ outageOf: apiserver.outageOf }), configWith(apiserver))).toBe(
        "outage none → cluster2 (clustermesh-apiserver)",
    );
});
