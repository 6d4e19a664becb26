import { PodView } from "./look";
import { SeenChange } from "./marks";

/** Who deletes pods by more than a delete, as the pod's condition DisruptionTarget says. */
const deleters: Readonly<Record<string, string>> = {
    EvictionByEvictionAPI: "somebody, by eviction",
    DeletionByTaintManager: "the control plane",
    DeletionByPodGC: "the control plane",
    PreemptionByScheduler: "the scheduler",
    TerminationByKubelet: "the kubelet",
};

/** rebel-base's pods at a look, and how many the Deployment wants. */
export interface SeenPods {
    readonly cluster: string;
    readonly pods: readonly PodView[];
    readonly wanted: number;
}

/**
 * Pods of rebel-base that were deleted although the Deployment wants them, between two looks with the same template and
 * the same replicas. Pods that go because there are too many, or because others of a newer template come, are of a change
 * that has a mark of its own. Kubernetes notes nowhere who deletes a pod; of an eviction it does.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
 */
export function deletedPods(before: SeenPods, after: SeenPods): SeenChange[] {
    const [were, are] = [before, after].map(({ pods }) => pods.filter(isActive));
    const isLeft = ({ name }: PodView) => are!.some((pod) => pod.name === name);
    const gone = were!.filter((pod) => !isLeft(pod));
    const tooMany = Math.max(0, were!.length - before.wanted);
    const deleted = gone.slice(0, Math.max(0, gone.length - tooMany));
    const templates = new Set([...gone, ...are!].map(({ template }) => template));
    if (deleted.length === 0 || templates.size > 1) {
        return [];
    }
    const fresh = are!.filter(({ name }) => before.pods.every((pod) => pod.name !== name));
    const ending = deleted.map(({ name }) => after.pods.find((pod) => pod.name === name));
    const [by] = ending.flatMap((pod) => deleters[pod?.disruption ?? ""] ?? []);
    const text = deletedText(deleted, fresh, after.cluster);
    return [{ text, author: by ?? "somebody" }];
}

function isActive({ state }: PodView): boolean {
    return state !== "ending";
}

function deletedText(
    deleted: readonly PodView[],
    fresh: readonly PodView[],
    cluster: string,
): string {
    const [one, another] = deleted;
    const what =
        another === undefined
            ? `${one!.name} in ${cluster} was deleted`
            : `${deleted.length} rebel-base pods in ${cluster} were deleted`;
    const [first, second] = fresh;
    if (first === undefined) {
        return what;
    }
    return second === undefined
        ? `${what}; ${first.name} replaces it`
        : `${what}; ${fresh.length} replace them`;
}
