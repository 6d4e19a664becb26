import { clusterState } from "../../src/readiness/clusterState";
import {
    Content,
    connected,
    content,
    fakeClusterApi,
    pod,
    podsWith,
    readyPods,
    waiting,
} from "../support/fakeClusterApi";

/** The state of a ready cluster, changed. */
function stateOf(changes: Partial<Content> = {}, peers = ["cluster2"]) {
    return clusterState(
        fakeClusterApi(() => content(changes)),
        peers,
    );
}

test("a cluster with all its pods and peers lacks nothing", async () => {
    expect(await stateOf()).toEqual({ missing: [], troubles: [] });
});

test("the agent of every node is asked for its peers", async () => {
    const second = pod("cilium-b", { namespace: "kube-system", labels: { "k8s-app": "cilium" } });
    const api = fakeClusterApi(() => content({ pods: [...readyPods(), second] }));
    await clusterState(api, ["cluster2"]);
    expect(api.executed).toEqual(
        ["cilium-7xk2p", "cilium-b"].map((name) => [
            ...["kube-system", name, "cilium-agent"],
            ...["cilium-dbg", "status", "-o", "json"],
        ]),
    );
});

test("an empty cluster lacks every part, and its agent is not asked", async () => {
    const api = fakeClusterApi(() => content({ pods: [], replicas: {} }));
    expect(await clusterState(api, ["cluster2"])).toEqual({
        missing: [
            "Cilium agent 0/1 ready",
            "Cilium operator 0/1 ready",
            "clustermesh-apiserver 0/1 ready",
            "CoreDNS 0/1 ready",
            "rebel-base 0/1 ready",
            "x-wing 0/1 ready",
        ],
        troubles: [],
    });
    expect(api.executed).toEqual([]);
});

test("a Deployment says how many of its pods are wanted", async () => {
    const { missing } = await stateOf({ replicas: { "rebel-base": 5, "x-wing": 2 } });
    expect(missing).toEqual(["rebel-base 2/5 ready"]);
});

test("a Deployment scaled to zero lacks nothing", async () => {
    const pods = readyPods().filter(({ metadata }) => metadata!.labels!.name !== "rebel-base");
    expect(await stateOf({ pods, replicas: { "rebel-base": 0, "x-wing": 2 } })).toEqual({
        missing: [],
        troubles: [],
    });
});

test("what is in the way of a part's pods is told with it", async () => {
    const broken = pod("rebel-base-1", {
        ready: false,
        statuses: [waiting("rebel-base", "ImagePullBackOff", "no such image")],
    });
    expect(await stateOf({ pods: podsWith(broken) })).toEqual({
        missing: ["rebel-base 1/2 ready"],
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
    });
});

test("a pod in trouble does not matter to a part that has enough", async () => {
    const old = pod("rebel-base-old", {
        labels: { name: "rebel-base" },
        ready: false,
        statuses: [waiting("rebel-base", "CrashLoopBackOff")],
    });
    expect(await stateOf({ pods: [...readyPods(), old] })).toEqual({ missing: [], troubles: [] });
});

test("a peer that is not connected is missing, once for all agents", async () => {
    const second = pod("cilium-b", { namespace: "kube-system", labels: { "k8s-app": "cilium" } });
    const { missing } = await stateOf({
        pods: [...readyPods(), second],
        peers: [{ ...connected, ready: false, status: "" }],
    });
    expect(missing).toEqual(["cluster2 is not connected yet"]);
});

test("an agent that cannot tell its status is one more thing to wait for", async () => {
    const { missing } = await stateOf({
        peers: { code: 1, stdout: "", stderr: "Cannot connect to the agent\n" },
    });
    expect(missing).toEqual(["the agent's status is not to be had (Cannot connect to the agent)"]);
});

test("a cluster without peers needs none", async () => {
    expect(await stateOf({ peers: [] }, [])).toEqual({ missing: [], troubles: [] });
});

test("an API server that does not answer is an error", async () => {
    const api = fakeClusterApi(() => {
        throw new Error("ECONNREFUSED");
    });
    await expect(clusterState(api, [])).rejects.toThrow("ECONNREFUSED");
});
