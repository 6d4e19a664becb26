import type { V1Pod } from "@kubernetes/client-node";
import { ClusterApi } from "../kube/clusterApi";
import { Step } from "../timeline/steps";
import { parts } from "./clusterState";

/**
 * When each workload of a cluster that is ready came up, by the conditions of its pods: from the first pod that
 * got a node to the last that turned ready. Kubernetes keeps whole seconds, cut off.
 */
export async function workloadSteps(api: ClusterApi, cluster: string): Promise<Step[]> {
    const steps = await Promise.all(
        parts.map(async ({ step, namespace, pods }) => {
            const found = await api.pods(namespace, pods);
            const start = Math.min(...found.map((pod) => conditionTime(pod, "PodScheduled")));
            const end = Math.max(...found.map((pod) => conditionTime(pod, "Ready")));
            return { name: step, cluster, start, end };
        }),
    );
    return steps.filter(({ start, end }) => Number.isFinite(start) && end >= start);
}

function conditionTime({ status }: V1Pod, type: string): number {
    const condition = status?.conditions?.find((one) => one.type === type);
    return Number(condition?.lastTransitionTime ?? NaN);
}
