import type { V1DaemonSet, V1Deployment } from "@kubernetes/client-node";

/** How far a workload is. */
export interface Rollout {
    readonly wanted: number;
    /** Ready pods of the newest template; old ones do not count. */
    readonly ready: number;
    /** Every wanted pod is of the newest template and ready, and no old one is left. */
    readonly isDone: boolean;
}

/** A Deployment's rollout, judged as `kubectl rollout status` does. */
export function deploymentRollout({ metadata, spec, status }: V1Deployment): Rollout {
    const wanted = spec?.replicas ?? 1;
    const updated = status?.updatedReplicas ?? 0;
    const available = status?.availableReplicas ?? 0;
    const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
    const total = status?.replicas ?? 0;
    return {
        wanted,
        ready: isSeen ? Math.min(updated, available) : 0,
        isDone: isSeen && updated >= wanted && total <= updated && available >= wanted,
    };
}

/** A DaemonSet's rollout, judged as `kubectl rollout status` does. At least one pod has to run. */
export function daemonSetRollout({ metadata, status }: V1DaemonSet): Rollout {
    const wanted = Math.max(1, status?.desiredNumberScheduled ?? 0);
    const updated = status?.updatedNumberScheduled ?? 0;
    const available = status?.numberAvailable ?? 0;
    const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
    return {
        wanted,
        ready: isSeen ? Math.min(updated, available) : 0,
        isDone: isSeen && updated >= wanted && available >= wanted,
    };
}
