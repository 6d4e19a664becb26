import type { V1Pod } from "@kubernetes/client-node";
import { askersAmong, countBackends } from "../../../../src/proof/verify/liveMesh";

function pod(
    name: string,
    { node = "worker", ready = true, phase = "Running", ends = false } = {},
): V1Pod {
    return {
        metadata: { name, ...(ends ? { deletionTimestamp: new Date(0) } : {}) },
        spec: { nodeName: node, containers: [] },
        status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
    };
}

test("ready pods are backends; those that are not yet or about to end could answer, those that ended could not", () => {
    const pods = [
        pod("a"),
        pod("b", { ready: false }),
        pod("c", { ends: true }),
        pod("d", { phase: "Failed", ready: false }),
        pod("e", { phase: "Succeeded", ready: false }),
    ];
    expect(countBackends(pods)).toEqual({ ready: 1, pods: 3 });
    expect(countBackends([])).toEqual({ ready: 0, pods: 0 });
});

test("the first ready x-wing of each node asks, in the order of the nodes", () => {
    const pods = [
        pod("z", { node: "worker2" }),
        pod("c", { node: "worker" }),
        pod("b", { node: "worker" }),
        pod("a", { node: "worker", ready: false }),
        pod("d", { node: "worker3", ends: true }),
    ];
    expect(askersAmong(pods)).toEqual([
        { pod: "b", node: "worker" },
        { pod: "z", node: "worker2" },
    ]);
});

test("of very many nodes ten ask", () => {
    const pods = Array.from({ length: 30 }, (_, index) =>
        pod(`x-${index}`, { node: `node-${index}` }),
    );
    expect(askersAmong(pods)).toHaveLength(10);
});
