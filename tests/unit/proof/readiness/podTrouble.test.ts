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
