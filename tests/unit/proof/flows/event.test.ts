import * as fc from "fast-check";
import { mostLines, parseFlows } from "../../../../src/proof/flows/event";
import {
    FlowEnd,
    backendNotFound,
    flowLine,
    lostLine,
    policyDenied,
} from "../../../support/flowLines";

const xWing: FlowEnd = {
    ip: "10.1.0.10",
    port: 40001,
    cluster: "cluster1",
    pod: "x-wing-6f7c-abcde",
    app: "x-wing",
};
const rebelBase: FlowEnd = {
    ip: "10.2.0.20",
    port: 80,
    cluster: "cluster2",
    pod: "rebel-base-59d7-xyz12",
    app: "rebel-base",
};
const at = Date.UTC(2026, 10, 29, 12, 0, 0, 250);
const arrival = flowLine({ at, from: xWing, to: rebelBase });

/** A flow line with something else in it at a path. */
function changed(path: readonly string[], value: unknown, line = arrival): string {
    const response = JSON.parse(line) as Record<string, unknown>;
    let inner = response.flow as Record<string, unknown>;
    for (const key of path.slice(0, -1)) {
        inner = inner[key] as Record<string, unknown>;
    }
    inner[path.at(-1)!] = value;
    return JSON.stringify(response);
}

test("a flow is read with its time, both ends, and the point at which it was seen", () => {
    expect(parseFlows(`${arrival}\n`)).toEqual({
        events: [{ at, source: xWing, destination: rebelBase, stage: "arrived" }],
        lost: 0,
        invalid: 0,
    });
});

test.each([
    ["to the tunnel", { point: "TO_OVERLAY" } as const, { stage: "sent" }],
    ["to the stack, without a tunnel", { point: "TO_STACK" } as const, { stage: "sent" }],
    ["dropped", { drop: policyDenied }, { stage: "dropped", reason: "POLICY_DENIED" }],
    [
        "without a backend",
        { drop: backendNotFound },
        { stage: "dropped", reason: "SERVICE_BACKEND_NOT_FOUND" },
    ],
])("%s is read as what it is", (_, more, expected) => {
    const { events } = parseFlows(flowLine({ at, from: xWing, to: rebelBase, ...more }));
    expect(events).toEqual([expect.objectContaining(expected)]);
});

test("the cluster of a pod is read from its identity's label where the agent does not name it", () => {
    const { events } = parseFlows(changed(["destination", "cluster_name"], undefined));
    expect(events[0]!.destination.cluster).toBe("cluster2");
});

test("an answer is no opening, and packets in the middle of a connection are none", () => {
    const answer = flowLine({ at, from: rebelBase, to: xWing, flags: { SYN: true, ACK: true } });
    const end = flowLine({ at, from: xWing, to: rebelBase, flags: { FIN: true, ACK: true } });
    expect(parseFlows([answer, end].join("\n"))).toEqual({ events: [], lost: 0, invalid: 2 });
});

test("losses are summed up, and a status of nodes is passed over", () => {
    const status = JSON.stringify({ node_status: { state_change: "NODE_CONNECTED" } });
    expect(parseFlows([lostLine(3), status, lostLine(4)].join("\n"))).toEqual({
        events: [],
        lost: 7,
        invalid: 0,
    });
});

test.each([
    ["no JSON", "level=warn msg=oops"],
    ["a bare number", "7"],
    ["null", "null"],
    ["a list", "[]"],
    ["an object without a flow", "{}"],
    ["no address", changed(["IP", "source"], "not-an-ip")],
    ["an address that writes on the terminal", changed(["IP", "destination"], "\u001b[31m")],
    ["no port", changed(["l4", "TCP", "source_port"], 0)],
    ["a port of another kind", changed(["l4", "TCP", "destination_port"], "80")],
    ["no time", changed(["time"], "yesterday")],
    ["UDP", changed(["l4"], { UDP: { source_port: 1, destination_port: 53 } })],
    ["a verdict that nobody knows", changed(["verdict"], "SHRUGGED")],
    ["a line without end", changed(["Summary"], "x".repeat(20_000))],
])("%s is counted, and nothing of it is kept", (_, line) => {
    const { events, invalid } = parseFlows([arrival, line].join("\n"));
    expect([events.length, invalid]).toEqual([1, 1]);
});

test.each([
    ["commands to the terminal", "\u001b]0;owned\u0007"],
    ["capital letters and spaces", "Not A Pod"],
    ["more than Kubernetes allows", "a".repeat(254)],
    ["an object", { toString: "x" }],
])("a name with %s is not believed; the address stays", (_, name) => {
    const lines = [
        changed(["destination", "pod_name"], name),
        changed(["destination", "cluster_name"], name),
    ];
    const [pod, cluster] = parseFlows(lines.join("\n")).events;
    expect(pod!.destination).toEqual({ ...rebelBase, pod: undefined });
    expect(cluster!.destination).toEqual(rebelBase);
});

test("a reason of a drop that is no name of one is left out", () => {
    const dropped = flowLine({ at, from: xWing, to: rebelBase, drop: policyDenied });
    const { events } = parseFlows(changed(["drop_reason_desc"], "<script>", dropped));
    expect(events).toEqual([{ at, source: xWing, destination: rebelBase, stage: "dropped" }]);
});

test("no more lines are read than there is room for, and the others are counted", () => {
    const many = Array.from({ length: mostLines + 10 }, () => arrival).join("\n");
    const { events, invalid } = parseFlows(many);
    expect([events.length, invalid]).toEqual([mostLines, 10]);
});

test("whatever is printed, every line is an event, a loss or counted, and nothing throws", () => {
    const line = fc.oneof(
        fc.string({ maxLength: 200 }).filter((text) => !/[\n\r]/.test(text)),
        fc.json({ maxDepth: 4 }).map((text) => text.replace(/\n/g, " ")),
        fc.constant(arrival),
        fc.jsonValue().map((value) => JSON.stringify({ flow: value })),
    );
    fc.assert(
        fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
            const { events, invalid } = parseFlows(lines.join("\n"));
            expect(events.length + invalid).toBeLessThanOrEqual(lines.length);
            expect(events.every((event) => event.at === at)).toBe(true);
        }),
    );
});
