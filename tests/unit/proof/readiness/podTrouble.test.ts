import type { V1ContainerStatus } from "@kubernetes/client-node";
import { isReady, podTrouble } from "../../../../src/proof/readiness/podTrouble";
import { container, pod, waiting } from "../../../support/fakeClusterApi";

/** A pod that is not ready, with such containers. */
function troubled(...statuses: V1ContainerStatus[]) {
    return pod("p", { namespace: "ns", ready: false, statuses });
}

const about = { namespace: "ns", pod: "p" };

test.each([
    ["ErrImagePull", "ImagePullBackOff", "failing"],
    ["ImagePullBackOff", "ImagePullBackOff", "failing"],
    ["CrashLoopBackOff", "CrashLoopBackOff", "failing"],
    ["CreateContainerConfigError", "CreateContainerConfigError", "failing"],
    ["CreateContainerError", "CreateContainerError", "failing"],
    ["RunContainerError", "RunContainerError", "failing"],
    ["InvalidImageName", "InvalidImageName", "fatal"],
    ["ErrImageNeverPull", "ErrImageNeverPull", "fatal"],
    ["ContainerCreating", "ContainerCreating", "waiting"],
    ["PodInitializing", "PodInitializing", "waiting"],
])("a container that waits for %s is in trouble for %s, which is %s", (given, reason, severity) => {
    expect(podTrouble(troubled(waiting("c", given, "what Kubernetes says")))).toEqual({
        ...about,
        container: "c",
        reason,
        message: "what Kubernetes says",
        severity,
    });
});

test("a container that waits without a reason is waiting", () => {
    expect(podTrouble(troubled(container("c", { waiting: {} })))).toEqual({
        ...about,
        container: "c",
        reason: "Waiting",
        message: "",
        severity: "waiting",
    });
});

test("a container that ended with an error crashes", () => {
    const status = container("c", { terminated: { exitCode: 2 } }, { restartCount: 4 });
    expect(podTrouble(troubled(status))).toEqual({
        ...about,
        container: "c",
        reason: "CrashLoopBackOff",
        message: "exit code 2, 4 restarts",
        severity: "failing",
    });
});

test.each([
    [3, false, "CrashLoopBackOff"],
    [2, false, "Pending"],
    [3, true, "Pending"],
])(
    "a container that runs after %i restarts, ready: %p, means %s",
    (restartCount, ready, reason) => {
        const status = container("c", { running: {} }, { restartCount, ready });
        expect(podTrouble(troubled(status))?.reason).toBe(reason);
    },
);

test.each([
    [
        "was evicted",
        { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." },
        { reason: "Evicted", message: "The node was low on resource: memory." },
    ],
    ["has failed", { phase: "Failed" }, { reason: "Failed", message: "it has ended" }],
    ["has ended", { phase: "Succeeded" }, { reason: "Succeeded", message: "it has ended" }],
    [
        "runs and is not ready",
        {
            phase: "Running",
            conditions: [
                { type: "Ready", status: "False" },
                {
                    ...{ type: "ContainersReady", status: "False" },
                    message: "containers with unready status: [rebel-base]",
                },
            ],
        },
        { reason: "NotReady", message: "containers with unready status: [rebel-base]" },
    ],
    [
        "runs, and nobody says why it is not ready",
        { phase: "Running" },
        { reason: "NotReady", message: "it runs and is not ready" },
    ],
])("a pod that %s is not said to be starting", (_, more, said) => {
    const crashed = container("c", { terminated: { exitCode: 137 } });
    const statuses = more.phase === "Running" ? [] : [crashed];
    const given = pod("p", { namespace: "ns", ready: false, statuses, more });
    expect(podTrouble(given)).toEqual({
        ...about,
        container: undefined,
        ...said,
        severity: "waiting",
    });
});

test("a pod that is being deleted is in nobody's way by how its containers end", () => {
    const given = troubled(container("c", { terminated: { exitCode: 143 } }));
    given.metadata!.deletionTimestamp = new Date();
    expect(podTrouble(given)).toEqual({
        ...about,
        container: undefined,
        reason: "Terminating",
        message: "it is being deleted",
        severity: "waiting",
    });
});

test("what was in the way before its containers ran, or an earlier one of them was through, is over", () => {
    const at = (second: number) => new Date(second * 1000);
    const scheduled = { type: "PodScheduled", status: "True", lastTransitionTime: at(10) };
    const runs = container("c", { running: { startedAt: at(90) } });
    const unready = pod("p", {
        ready: false,
        statuses: [runs],
        more: { phase: "Running", conditions: [scheduled] },
    });
    expect(podTrouble(unready)).toMatchObject({ reason: "NotReady", sinceMs: 90_000 });
    const done = container("first", { terminated: { exitCode: 0, finishedAt: at(60) } });
    const initializing = pod("p", {
        ready: false,
        statuses: [waiting("c", "PodInitializing")],
        more: {
            conditions: [scheduled],
            initContainerStatuses: [done, waiting("second", "PodInitializing")],
        },
    });
    expect(podTrouble(initializing)).toMatchObject({ container: "second", sinceMs: 60_000 });
});

test("one restart is one", () => {
    const status = container("c", { terminated: { exitCode: 2 } }, { restartCount: 1 });
    expect(podTrouble(troubled(status))?.message).toBe("exit code 2, 1 restart");
});

test("an init container that succeeded is in nobody's way", () => {
    const done = container("init", { terminated: { exitCode: 0 } });
    const given = pod("p", {
        namespace: "ns",
        ready: false,
        statuses: [waiting("c", "ErrImagePull")],
        more: { initContainerStatuses: [done] },
    });
    expect(podTrouble(given)?.container).toBe("c");
});

test("the init container comes first, as it does in the pod", () => {
    const given = pod("p", {
        ready: false,
        statuses: [waiting("c", "PodInitializing")],
        more: { initContainerStatuses: [waiting("init", "CrashLoopBackOff")] },
    });
    expect(podTrouble(given)).toMatchObject({ container: "init", reason: "CrashLoopBackOff" });
});

test("a pod that finds no node says why", () => {
    const message = "0/1 nodes are available: 1 node(s) had untolerated taint(s).";
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
    const given = pod("p", { ready: false, more: { conditions: [condition] } });
    expect(podTrouble(given)).toEqual({
        namespace: "default",
        pod: "p",
        container: undefined,
        reason: "Unschedulable",
        message,
        severity: "waiting",
    });
});

test("a pod of which nothing is known yet is starting", () => {
    expect(podTrouble({})).toEqual({
        namespace: "default",
        pod: "?",
        container: undefined,
        reason: "Pending",
        message: "it is starting",
        severity: "waiting",
    });
});

test("a pod that is ready is in no trouble, whatever its containers went through", () => {
    const status = container("c", { running: {} }, { restartCount: 9, ready: true });
    expect(podTrouble(pod("p", { statuses: [status] }))).toBeUndefined();
});

test("a pod that is about to go is not ready", () => {
    const given = pod("p");
    given.metadata!.deletionTimestamp = new Date();
    expect(isReady(given)).toBe(false);
    expect(isReady(pod("p"))).toBe(true);
    expect(isReady(pod("p", { ready: false }))).toBe(false);
    expect(isReady({})).toBe(false);
});
