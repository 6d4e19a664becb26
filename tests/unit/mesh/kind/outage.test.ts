import { existsSync, rmSync } from "node:fs";
import { writeWhole } from "../../../../src/machine/files";
import { kubeconfigPath } from "../../../../src/machine/names";
import {
    OutageOrder,
    beginOutage,
    contentsOf,
    cutEpisode,
    endOutage,
    judgePaused,
    outageOrder,
    outagePath,
    readOutage,
} from "../../../../src/mesh/kind/outage";
import { recordPath, writeRecord } from "../../../../src/mesh/kind/record";
import { deleteLeftover } from "../../../../src/mesh/kind/remove";
import { ClusterApi } from "../../../../src/mesh/kube/clusterApi";
import { configWith } from "../../../support/defaultConfig";
import { FakeNode, fakeKind, kindKubeconfig } from "../../../support/fakeKind";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

const name = "mesh-dev-cluster2";
const ours: Partial<FakeNode> = { identity: "0123456789ab" };
const given = { outage: "cluster2" };
const config = configWith(given);
const order = outageOrder("dev", config, "first")!;

beforeEach(() => {
    rmSync(outagePath("dev"), { force: true });
    writeRecord(recordPath("dev", "cluster2"), {
        token: "t",
        identity: "0123456789ab",
        phase: "ready",
    });
});

/** What the engine was asked to change. */
function changesIn({ calls }: ReturnType<typeof fakeKind>): string[] {
    return calls.map(({ line }) => line).filter((line) => /^docker (un)?pause /.test(line));
}

describe("an outage that begins", () => {
    test("pauses the node, and is remembered first", async () => {
        let isRemembered = false;
        const fake = fakeKind(name, ours, {
            [`docker pause ${name}-control-plane`]: () => {
                isRemembered = readOutage("dev") !== undefined;
                return {};
            },
        });
        await beginOutage(order, fake.machine);
        expect(changesIn(fake)).toEqual([`docker pause ${name}-control-plane`]);
        expect(isRemembered).toBe(true);
        expect(readOutage("dev")).toEqual(order);
        expect(fake.said).toEqual(["cluster2 is away now: its node is paused"]);
    });

    test("leaves a node alone that is paused already, as after an up that was killed", async () => {
        const fake = fakeKind(name, { ...ours, state: "paused" });
        await beginOutage(order, fake.machine);
        expect(changesIn(fake)).toEqual([]);
        expect(readOutage("dev")).toEqual(order);
    });

    test("touches no cluster that another checkout has made", async () => {
        const fake = fakeKind(name, { identity: "ffffffffffff" });
        await expect(beginOutage(order, fake.machine)).rejects.toThrow("stays untouched");
        expect(changesIn(fake)).toEqual([]);
    });

    test("says why the engine cannot pause it", async () => {
        const fake = fakeKind(name, ours, {
            [`docker pause ${name}-control-plane`]: {
                code: 1,
                stderr: "Error response from daemon: cannot freeze",
            },
        });
        await expect(beginOutage(order, fake.machine)).rejects.toThrow(
            `docker could not pause ${name}-control-plane: Error response from daemon: cannot freeze`,
        );
    });
});

describe("an outage that ends", () => {
    test("wakes the node and is forgotten", async () => {
        const fake = fakeKind(name, { ...ours, state: "paused" });
        writeWhole(outagePath("dev"), JSON.stringify(order));
        await endOutage(order, fake.machine);
        expect(fake.node()?.state).toBe("running");
        expect(existsSync(outagePath("dev"))).toBe(false);
    });

    test.each<[string, Partial<FakeNode> | undefined]>([
        ["runs already", ours],
        ["is gone", undefined],
    ])("asks the engine for nothing where the node %s", async (_, node) => {
        const fake = fakeKind(name, node);
        await endOutage(order, fake.machine);
        expect(changesIn(fake)).toEqual([]);
    });

    test("leaves what is remembered of a later one", async () => {
        const later = { ...order, episode: "later" };
        writeWhole(outagePath("dev"), JSON.stringify(later));
        await endOutage(order, fakeKind(name, ours).machine);
        expect(readOutage("dev")).toEqual(later);
    });
});

test("a paused cluster is woken before kind deletes it", async () => {
    const fake = fakeKind(name, { ...ours, state: "paused" });
    expect(await deleteLeftover("dev", "cluster2", fake.machine)).toBe(true);
    const lines = fake.calls.map(({ line }) => line);
    const at = (part: string) => lines.findIndex((line) => line.includes(part));
    expect(at("docker unpause")).toBeGreaterThan(-1);
    expect(at("delete cluster")).toBeGreaterThan(at("docker unpause"));
});

describe("a node that is found paused", () => {
    const judged = (wanted: Record<string, string>, last: OutageOrder | undefined) =>
        judgePaused("cluster2", configWith(wanted), last);

    test("stays so where outage says it, and nothing changes in it", () => {
        const others = { ...given, rebelBaseReplicas: "0", sharedService: "false", ttlHours: "3" };
        expect(judged(given, order)).toEqual({ stays: true, episode: "first" });
        expect(judged(others, order)).toEqual({ stays: true, episode: "first" });
        expect(judged({ ...given, networkPolicy: "cluster1-only" }, order)).toMatchObject({
            stays: true,
        });
    });

    test.each<[string, Record<string, string>, OutageOrder | undefined]>([
        ["no outage is wanted", {}, order],
        ["another cluster's outage is wanted", { outage: "cluster1" }, order],
        ["the apiserver's alone is wanted", { ...given, outageOf: "clustermesh-apiserver" }, order],
        ["nobody remembers to have paused it", given, undefined],
        ["another cluster was paused last", given, { ...order, cluster: "cluster1" }],
        ["a setting of its own changes", { ...given, cluster2RebelBaseReplicas: "0" }, order],
        ["a setting of all changes", { ...given, clusterMeshCacheTtl: "30s" }, order],
        ["another cluster joins", { ...given, clusters: "3" }, order],
    ])("comes back where %s", (_, wanted, last) => {
        expect(judged(wanted, last).stays).toBe(false);
    });

    test("cluster1 comes back for its network policy", () => {
        const one = configWith({ outage: "cluster1" });
        const last = outageOrder("dev", one, "first");
        const policy = configWith({ outage: "cluster1", networkPolicy: "cluster1-only" });
        expect(judgePaused("cluster1", one, last).stays).toBe(true);
        expect(judgePaused("cluster1", policy, last).stays).toBe(false);
    });
});

test("each time that a node is to be paused is another one, but while it stays away", () => {
    const fresh = [1, 2].map(() => outageOrder("dev", config, undefined)!.episode);
    expect(fresh[0]).not.toBe(fresh[1]);
    expect(order).toEqual({
        stack: "dev",
        cluster: "cluster2",
        of: "cluster",
        episode: "first",
        contents: contentsOf(config, "cluster2"),
    });
    expect(outageOrder("dev", configWith(), undefined)).toBeUndefined();
});

describe("an outage of the clustermesh-apiserver alone", () => {
    const wanted = { ...given, outageOf: "clustermesh-apiserver" };
    const cut = outageOrder("dev", configWith(wanted), "first")!;
    const { machine } = fakeKind(name, ours);

    /** An API server whose clustermesh-apiserver wants so many pods; none where there is no Deployment. */
    function apiWith(replicas: number | undefined) {
        const patches: unknown[] = [];
        const api = {
            deployment: () =>
                Promise.resolve(replicas === undefined ? undefined : { spec: { replicas } }),
            patch: (...args: unknown[]) => {
                patches.push(args);
                return Promise.resolve();
            },
        } as unknown as ClusterApi;
        return { patches, open: () => api };
    }

    const place = { kind: "Deployment", namespace: "kube-system", name: "clustermesh-apiserver" };
    const to = (value: number) => [[place, [{ op: "replace", path: "/spec/replicas", value }]]];

    beforeEach(() => writeWhole(kubeconfigPath("dev", "cluster2"), kindKubeconfig(name)));

    test("takes its pods away, and gives them back", async () => {
        const there = apiWith(1);
        await beginOutage(cut, machine, there.open);
        expect(there.patches).toEqual(to(0));
        expect(readOutage("dev")).toEqual(cut);
        const gone = apiWith(0);
        await endOutage(cut, machine, gone.open);
        expect(gone.patches).toEqual(to(1));
        expect(readOutage("dev")).toBeUndefined();
    });

    test.each([
        ["has gone", 0, beginOutage],
        ["is there again, also with more pods", 2, endOutage],
        ["is not installed", undefined, endOutage],
    ])("changes nothing where it %s", async (_, replicas, act) => {
        const { patches, open } = apiWith(replicas);
        await act(cut, machine, open);
        expect(patches).toEqual([]);
    });

    test("goes on until anything changes that the others would have to learn", () => {
        const episode = (more: Record<string, string>) =>
            cutEpisode(configWith({ ...wanted, ...more }), cut);
        expect(episode({})).toBe("first");
        expect(episode({ ttlHours: "3" })).toBe("first");
        expect(episode({ rebelBaseReplicas: "0" })).toBeUndefined();
        expect(episode({ clusterMeshCacheTtl: "30s" })).toBeUndefined();
        expect(episode({ outageOf: "cluster" })).toBeUndefined();
        expect(episode({ outage: "none" })).toBeUndefined();
        expect(cutEpisode(configWith(wanted), order)).toBeUndefined();
    });
});
