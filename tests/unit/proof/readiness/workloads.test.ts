import { clusterState } from "../../../../src/proof/readiness/workloads";
import {
    Content,
    connected,
    content,
    fakeClusterApi,
    pod,
    podsWith,
    readyPods,
    readyReplicas,
    waiting,
} from "../../../support/fakeClusterApi";

const ready = { missing: [], troubles: [], podsReady: true };

/** The state of a ready cluster, changed. */
function stateOf(changes: Partial<Content> = {}, peers = ["cluster2"]) {
    return clusterState(
        fakeClusterApi(() => content(changes)),
        peers,
    );
}

test("a cluster with all its pods and peers lacks nothing", async () => {
    expect(await stateOf()).toEqual(ready);
});

test("the agent of every node is asked for its peers", async () => {
    const second = pod("cilium-b", { namespace: "kube-system", labels: { "k8s-app": "cilium" } });
    const api = fakeClusterApi(() => content({ pods: [...readyPods(), second], nodes: 2 }));
    await clusterState(api, ["cluster2"]);
    expect(api.executed).toEqual(
        ["cilium-7xk2p", "cilium-b"].map((name) => [
            ...["kube-system", name, "cilium-agent"],
            ...["cilium-dbg", "status", "-o", "json"],
        ]),
    );
});

test("a cluster with another DNS than CoreDNS lacks nothing", async () => {
    const { coredns, ...others } = readyReplicas;
    expect(coredns).toBe(2);
    expect(await stateOf({ replicas: others })).toEqual(ready);
});

test("an empty cluster lacks every part of its own, and its agent is not asked", async () => {
    const api = fakeClusterApi(() => content({ pods: [], replicas: {}, nodes: undefined }));
    expect(await clusterState(api, ["cluster2"])).toEqual({
        missing: [
            "Cilium agent to be made",
            "Cilium operator to be made",
            "clustermesh-apiserver to be made",
            "rebel-base to be made",
            "x-wing to be made",
        ],
        troubles: [],
        podsReady: false,
    });
    expect(api.executed).toEqual([]);
});

test("workloads that have no pod yet are said to have none", async () => {
    const api = fakeClusterApi(() => content({ pods: [] }));
    expect(await clusterState(api, ["cluster2"])).toEqual({
        missing: [
            "Cilium agent (0/1 ready, no pod)",
            "Cilium operator (0/1 ready, no pod)",
            "clustermesh-apiserver (0/1 ready, no pod)",
            "CoreDNS (0/2 ready, no pod)",
            "rebel-base (0/2 ready, no pod)",
            "x-wing (0/2 ready, no pod)",
        ],
        troubles: [],
        podsReady: false,
    });
    expect(api.executed).toEqual([]);
});

test("an agent on one node of two is not enough", async () => {
    expect(await stateOf({ nodes: 2 })).toEqual({
        missing: ["Cilium agent (1/2 ready)"],
        troubles: [],
        podsReady: false,
    });
});

test("a DaemonSet that wants no node yet still lacks its first agent", async () => {
    const pods = readyPods().filter(({ metadata }) => metadata!.labels!["k8s-app"] !== "cilium");
    const { missing } = await stateOf({ pods, nodes: 0 });
    expect(missing).toEqual(["Cilium agent (0/1 ready, no pod)"]);
});

test.each([
    ["Cilium agent", "cilium-7xk2p"],
    ["rebel-base", "rebel-base-0"],
])("a ready pod of an older template does not make the %s ready", async (title, name) => {
    const { missing, podsReady } = await stateOf({ outdated: [name] });
    const wanted = title === "rebel-base" ? "1/2" : "0/1";
    expect(missing).toEqual([`${title} (${wanted} ready)`]);
    expect(podsReady).toBe(false);
});

test("a Deployment says how many of its pods are wanted", async () => {
    const { missing } = await stateOf({ replicas: { ...readyReplicas, "rebel-base": 5 } });
    expect(missing).toEqual(["rebel-base (2/5 ready)"]);
});

test("a Deployment scaled to zero lacks nothing", async () => {
    const pods = readyPods().filter(({ metadata }) => metadata!.labels!.name !== "rebel-base");
    expect(await stateOf({ pods, replicas: { ...readyReplicas, "rebel-base": 0 } })).toEqual(ready);
});

test("what is in the way of a part's pods is told with it", async () => {
    const broken = pod("rebel-base-1", {
        ready: false,
        statuses: [waiting("rebel-base", "ImagePullBackOff", "no such image")],
    });
    expect(await stateOf({ pods: podsWith(broken) })).toEqual({
        missing: ["rebel-base (1/2 ready)"],
        troubles: [
            {
                namespace: "default",
                pod: "rebel-base-1",
                container: "rebel-base",
                reason: "ImagePullBackOff",
                message: "no such image",
                severity: "failing",
            },
        ],
        podsReady: false,
    });
});

test("a pod in trouble does not matter to a part that has enough", async () => {
    const evicted = pod("rebel-base-old", {
        labels: { name: "rebel-base" },
        ready: false,
        statuses: [waiting("rebel-base", "CrashLoopBackOff")],
        more: { phase: "Failed" },
    });
    expect(await stateOf({ pods: [...readyPods(), evicted] })).toEqual(ready);
});

test("a part that has enough is still being replaced as long as an old pod is left", async () => {
    const old = pod("rebel-base-old", {
        labels: { name: "rebel-base" },
        ready: false,
        statuses: [waiting("rebel-base", "CrashLoopBackOff", "bye")],
    });
    expect(await stateOf({ pods: [...readyPods(), old], outdated: ["rebel-base-old"] })).toEqual({
        missing: ["rebel-base to be replaced"],
        troubles: [
            {
                namespace: "default",
                pod: "rebel-base-old",
                container: "rebel-base",
                reason: "CrashLoopBackOff",
                message: "bye",
                severity: "failing",
            },
        ],
        podsReady: false,
    });
});

test("a peer that is not connected is missing, once for all agents", async () => {
    const second = pod("cilium-b", { namespace: "kube-system", labels: { "k8s-app": "cilium" } });
    const { missing, podsReady } = await stateOf({
        pods: [...readyPods(), second],
        nodes: 2,
        peers: [{ ...connected, ready: false, status: "" }],
    });
    expect(missing).toEqual(["cluster2 to connect"]);
    expect(podsReady).toBe(true);
});

test("an agent that cannot tell its status is one more thing to wait for", async () => {
    const { missing } = await stateOf({
        peers: { code: 1, stdout: "", stderr: "Cannot connect to the agent\n" },
    });
    expect(missing).toEqual(["the agent's status (Cannot connect to the agent)"]);
});

test.each([
    [{ code: 1, stdout: "", stderr: "" }, "exit code 1"],
    [{ code: 0, stdout: "level=warning msg=deprecated\n{}", stderr: "" }, "it is no JSON"],
    [{ code: 0, stdout: "null", stderr: "" }, "it is no JSON"],
    [{ code: 1, stdout: "", stderr: "\u001b[31mred\u202e" }, "red\\u202e"],
])("an agent that answers %j lacks its status, in words", async (peers, reason) => {
    const { missing, podsReady } = await stateOf({ peers });
    expect(missing).toEqual([`the agent's status (${reason})`]);
    expect(podsReady).toBe(true);
});

test("an agent that just starts again is waited for, not the API server", async () => {
    const api = {
        ...fakeClusterApi(() => content()),
        exec: () => Promise.reject(new Error("the connection to cilium-7xk2p was closed")),
    };
    expect((await clusterState(api, ["cluster2"])).missing).toEqual([
        "the agent's status (the connection to cilium-7xk2p was closed)",
    ]);
});

test.each([[{}], [{ clusters: 1 }], [{ clusters: [null, 1, {}] }], [null]])(
    "an agent that tells %j of the mesh knows no peer",
    async (mesh) => {
        const stdout = JSON.stringify({ "cluster-mesh": mesh });
        const { missing } = await stateOf({ peers: { code: 0, stdout, stderr: "" } });
        expect(missing).toEqual(["cluster2 to become known"]);
    },
);

test("a cluster without peers needs none", async () => {
    expect(await stateOf({ peers: [] }, [])).toEqual(ready);
});

test("an API server that does not answer is an error", async () => {
    const api = fakeClusterApi(() => {
        throw new Error("ECONNREFUSED");
    });
    await expect(clusterState(api, [])).rejects.toThrow("ECONNREFUSED");
});
