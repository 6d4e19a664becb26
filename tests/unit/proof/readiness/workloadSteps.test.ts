import type { V1Pod } from "@kubernetes/client-node";
import { workloadSteps } from "../../../../src/proof/readiness/workloads";
import { content, fakeClusterApi, podsWith, readyPods } from "../../../support/fakeClusterApi";
import { began } from "../../../support/sampleRun";

/** A pod with such conditions, each since a second of the run. */
function since(pod: V1Pod, conditions: Readonly<Record<string, number>>): V1Pod {
    return {
        ...pod,
        status: {
            ...pod.status,
            conditions: Object.entries(conditions).map(([type, second]) => ({
                type,
                status: "True",
                lastTransitionTime: new Date(began + second * 1000),
            })),
        },
    };
}

/** The steps of a cluster with such pods, in seconds of the run. */
async function stepsOf(pods: readonly V1Pod[]) {
    const steps = await workloadSteps(
        fakeClusterApi(() => content({ pods })),
        "cluster1",
    );
    return steps.map(({ name, cluster, start, end }) => [
        name,
        cluster,
        (start - began) / 1000,
        (end - began) / 1000,
    ]);
}

test("a workload's step goes from its first pod on a node to its last that is ready", async () => {
    const pods = readyPods().map((pod, i) => since(pod, { PodScheduled: i, Ready: 10 + i }));
    expect(await stepsOf(pods)).toEqual([
        ["agent", "cluster1", 0, 10],
        ["operator", "cluster1", 1, 11],
        ["apiserver", "cluster1", 2, 12],
        ["coredns", "cluster1", 3, 14],
        ["rebelBase", "cluster1", 5, 16],
        ["xWing", "cluster1", 7, 18],
    ]);
});

test("a workload without pods, or whose pods do not say since when, has no step", async () => {
    expect(await stepsOf([])).toEqual([]);
    expect(await stepsOf(podsWith(since(readyPods()[0]!, { Ready: 10 })))).toEqual([]);
});
