import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

/** Why a pod does not get ready. */
export interface PodTrouble {
    readonly namespace: string;
    readonly pod: string;
    /** Container it is about; undefined if the pod has none yet. */
    readonly container: string | undefined;
    /** One word for the cause, the same while the cause lasts, e.g. `ImagePullBackOff`. */
    readonly reason: string;
    /** What Kubernetes says about it. */
    readonly message: string;
    /**
     * When the state began that this is about, in milliseconds since the epoch, as exact as Kubernetes keeps it: what is
     * older explains nothing. Left out where that is not known.
     */
    readonly sinceMs?: number;
    /**
     * `waiting` passes by itself as a rule; `failing` is repeated in vain and may still pass (a registry that
     * comes back); `fatal` never passes.
     */
    readonly severity: "waiting" | "failing" | "fatal";
}

const fatalReasons = ["InvalidImageName", "ErrImageNeverPull"];
const failingReasons = [
    "ImagePullBackOff",
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

/** Whether the pod counts as a backend: ready and not about to go. */
export function isReady(pod: V1Pod): boolean {
    return (
        pod.metadata?.deletionTimestamp === undefined &&
        (pod.status?.conditions ?? []).some(
            ({ type, status }) => type === "Ready" && status === "True",
        )
    );
}

/** The first thing in the way of a pod, in the order in which its containers start; undefined if ready. */
export function podTrouble(pod: V1Pod): PodTrouble | undefined {
    if (isReady(pod)) {
        return undefined;
    }
    const about = {
        namespace: pod.metadata?.namespace ?? "default",
        pod: pod.metadata?.name ?? "?",
    };
    const statuses = [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
    ];
    const sinceMs = beganAt(pod);
    for (const status of statuses) {
        const trouble = containerTrouble(status);
        if (trouble) {
            return { ...about, container: status.name, ...trouble, ...(sinceMs && { sinceMs }) };
        }
    }
    const unscheduled = pod.status?.conditions?.find(
        ({ type, status }) => type === "PodScheduled" && status === "False",
    );
    return {
        ...about,
        container: undefined,
        reason: unscheduled?.reason ?? pod.status?.phase ?? "Pending",
        message: unscheduled?.message ?? "it is starting",
        severity: "waiting",
        ...(sinceMs && { sinceMs }),
    };
}

/** When the pod got a node, or later was through with its first containers; undefined if it has no node. */
function beganAt({ status }: V1Pod): number | undefined {
    const times = (status?.conditions ?? [])
        .filter(
            (one) => ["PodScheduled", "Initialized"].includes(one.type) && one.status === "True",
        )
        .map(({ lastTransitionTime }) => Number(lastTransitionTime ?? NaN))
        .filter(Number.isFinite);
    return times.length === 0 ? undefined : Math.max(...times);
}

function containerTrouble(
    status: V1ContainerStatus,
): Pick<PodTrouble, "reason" | "message" | "severity"> | undefined {
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting) {
        // Pulling fails and backs off in turn: one cause, one word.
        const reason =
            waiting.reason === "ErrImagePull" ? "ImagePullBackOff" : (waiting.reason ?? "Waiting");
        return {
            reason,
            message: waiting.message ?? "",
            severity: severityOf(reason),
        };
    }
    if (terminated && terminated.exitCode !== 0) {
        return {
            reason: "CrashLoopBackOff",
            message: `exit code ${terminated.exitCode}, ${status.restartCount} restarts`,
            severity: "failing",
        };
    }
    if (running && status.restartCount >= 3 && !status.ready) {
        return {
            reason: "CrashLoopBackOff",
            message: `${status.restartCount} restarts`,
            severity: "failing",
        };
    }
    return undefined;
}

function severityOf(reason: string): PodTrouble["severity"] {
    if (fatalReasons.includes(reason)) {
        return "fatal";
    }
    return failingReasons.includes(reason) ? "failing" : "waiting";
}
