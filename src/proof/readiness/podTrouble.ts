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
    const over = overTrouble(pod);
    if (over !== undefined) {
        return { ...about, container: undefined, ...over, severity: "waiting" };
    }
    const statuses = [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
    ];
    const sinceMs = beganAt(pod);
    const runsSinceMs = Math.max(sinceMs ?? 0, ...startsOf(pod)) || undefined;
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
        ...(unscheduled === undefined
            ? startTrouble(pod)
            : {
                  reason: unscheduled.reason ?? "Pending",
                  message: unscheduled.message ?? "no node takes it",
              }),
        severity: "waiting",
        ...(runsSinceMs && { sinceMs: runsSinceMs }),
    };
}

type Said = Pick<PodTrouble, "reason" | "message">;

/** What is said of a pod that is going or has ended: another one takes its place, and its containers' ends are none's fault. */
function overTrouble({ metadata, status }: V1Pod): Said | undefined {
    if (metadata?.deletionTimestamp !== undefined) {
        return { reason: "Terminating", message: "it is being deleted" };
    }
    const { phase, reason, message } = status ?? {};
    return phase === "Failed" || phase === "Succeeded"
        ? { reason: reason ?? phase, message: message ?? "it has ended" }
        : undefined;
}

/** What is said of a pod whose containers say nothing: it is not that far yet, or they run and are not ready. */
function startTrouble({ status }: V1Pod): Said {
    const unready = status?.conditions?.find(
        (one) => one.type === "ContainersReady" && one.status === "False",
    );
    return status?.phase === "Running"
        ? { reason: "NotReady", message: unready?.message ?? "it runs and is not ready" }
        : { reason: status?.phase ?? "Pending", message: "it is starting" };
}

/** When the pod got a node, or later was through with one of its first containers; undefined if it has no node. */
function beganAt({ status }: V1Pod): number | undefined {
    const conditions = (status?.conditions ?? [])
        .filter(
            (one) => ["PodScheduled", "Initialized"].includes(one.type) && one.status === "True",
        )
        .map(({ lastTransitionTime }) => lastTransitionTime);
    const ends = (status?.initContainerStatuses ?? [])
        .filter(({ state }) => state?.terminated?.exitCode === 0)
        .map(({ state }) => state!.terminated!.finishedAt);
    const times = timesOf([...conditions, ...ends]);
    return times.length === 0 ? undefined : Math.max(...times);
}

/** When the containers that run have started, in milliseconds since the epoch: their images were had by then. */
function startsOf({ status }: V1Pod): number[] {
    return timesOf((status?.containerStatuses ?? []).map(({ state }) => state?.running?.startedAt));
}

function timesOf(dates: readonly (Date | undefined)[]): number[] {
    return dates.map((date) => Number(date ?? NaN)).filter(Number.isFinite);
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
            message: `exit code ${terminated.exitCode}, ${restartsText(status)}`,
            severity: "failing",
        };
    }
    if (running && status.restartCount >= 3 && !status.ready) {
        return {
            reason: "CrashLoopBackOff",
            message: restartsText(status),
            severity: "failing",
        };
    }
    return undefined;
}

function restartsText({ restartCount }: V1ContainerStatus): string {
    return `${restartCount} ${restartCount === 1 ? "restart" : "restarts"}`;
}

function severityOf(reason: string): PodTrouble["severity"] {
    if (fatalReasons.includes(reason)) {
        return "fatal";
    }
    return failingReasons.includes(reason) ? "failing" : "waiting";
}
