import type { V1DaemonSet, V1Deployment } from "@kubernetes/client-node";
import { daemonSetRollout, deploymentRollout } from "../../../../src/proof/readiness/rollout";

/** A Deployment that wants three pods and has them, changed. */
function deployment(
    status: NonNullable<V1Deployment["status"]> = {},
    replicas: number | undefined = 3,
): V1Deployment {
    return {
        metadata: { generation: 4 },
        spec: { replicas, selector: {}, template: {} },
        status: {
            observedGeneration: 4,
            replicas: 3,
            updatedReplicas: 3,
            availableReplicas: 3,
            ...status,
        },
    };
}

describe("a Deployment", () => {
    test("whose pods are all of the newest template and available is rolled out", () => {
        expect(deploymentRollout(deployment())).toEqual({ wanted: 3, ready: 3, isDone: true });
    });

    test.each<[string, V1Deployment, number, number]>([
        ["whose change its controller has not seen", deployment({ observedGeneration: 3 }), 3, 0],
        ["with too few new pods", deployment({ updatedReplicas: 2 }), 3, 2],
        ["with too few available pods", deployment({ availableReplicas: 1 }), 3, 1],
        ["with an old pod left", deployment({ replicas: 4, availableReplicas: 4 }), 3, 3],
        ["with pods that are all old", deployment({ updatedReplicas: 0 }), 3, 0],
        [
            "that Kubernetes leaves without numbers, because they are zero",
            deployment({
                replicas: undefined,
                updatedReplicas: undefined,
                availableReplicas: undefined,
            }),
            3,
            0,
        ],
        [
            "without a status",
            { metadata: { generation: 1 }, spec: { replicas: 2, selector: {}, template: {} } },
            2,
            0,
        ],
    ])("%s is not", (_, object, wanted, ready) => {
        expect(deploymentRollout(object)).toEqual({ wanted, ready, isDone: false });
    });

    test("scaled to zero is rolled out once its last pod is gone", () => {
        const scaled = (left: number | undefined) =>
            deployment({ replicas: left, updatedReplicas: 0, availableReplicas: left }, 0);
        expect(deploymentRollout(scaled(1))).toEqual({ wanted: 0, ready: 0, isDone: false });
        expect(deploymentRollout(scaled(undefined))).toEqual({
            wanted: 0,
            ready: 0,
            isDone: true,
        });
    });

    test("that says no number wants one pod, as Kubernetes does", () => {
        const one = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
        const object = deployment(one);
        delete object.spec!.replicas;
        expect(deploymentRollout(object)).toEqual({ wanted: 1, ready: 1, isDone: true });
    });
});

/** A DaemonSet that wants a pod on each of two nodes and has them, changed. */
function daemonSet(status: Partial<NonNullable<V1DaemonSet["status"]>> = {}): V1DaemonSet {
    return {
        metadata: { generation: 4 },
        status: {
            observedGeneration: 4,
            currentNumberScheduled: 2,
            numberMisscheduled: 0,
            numberReady: 2,
            desiredNumberScheduled: 2,
            updatedNumberScheduled: 2,
            numberAvailable: 2,
            ...status,
        },
    };
}

describe("a DaemonSet", () => {
    test("whose pods are all of the newest template and available is rolled out", () => {
        expect(daemonSetRollout(daemonSet())).toEqual({ wanted: 2, ready: 2, isDone: true });
    });

    test.each<[string, V1DaemonSet, number, number]>([
        ["whose change its controller has not seen", daemonSet({ observedGeneration: 3 }), 2, 0],
        ["with an old pod", daemonSet({ updatedNumberScheduled: 1 }), 2, 1],
        ["with a pod that is not available", daemonSet({ numberAvailable: 1 }), 2, 1],
        [
            "with pods that are neither",
            daemonSet({ updatedNumberScheduled: undefined, numberAvailable: undefined }),
            2,
            0,
        ],
        [
            "that has found no node yet",
            daemonSet({
                desiredNumberScheduled: 0,
                updatedNumberScheduled: 0,
                numberAvailable: 0,
            }),
            1,
            0,
        ],
        ["without a status", { metadata: { generation: 1 } }, 1, 0],
    ])("%s is not", (_, object, wanted, ready) => {
        expect(daemonSetRollout(object)).toEqual({ wanted, ready, isDone: false });
    });
});
