import { Addresses } from "../../../../src/proof/flows/addresses";
import { parseFlows } from "../../../../src/proof/flows/event";
import { reasonText, requestsOf } from "../../../../src/proof/flows/request";
import { address, backendEnd, clientEnd } from "../../../support/fakeHubble";
import { FlowLine, backendNotFound, flowLine, policyDenied } from "../../../support/flowLines";

const clusters = ["cluster1", "cluster2"];
const addresses: Addresses = {
    clusters,
    clients: new Map(
        clusters.map((cluster) => [address.xWing(cluster), { cluster, pod: `x-wing-${cluster}` }]),
    ),
    backends: new Map(
        clusters.map((cluster) => [
            address.rebelBase(cluster, 0),
            { cluster, pod: "rebel-base-0" },
        ]),
    ),
    services: new Map(clusters.map((cluster) => [cluster, address.service(cluster)])),
};
const at = Date.UTC(2026, 10, 29, 12);
const from = clientEnd("cluster1", 40_001);
const to = backendEnd("cluster2", 0);
const service = { ip: address.service("cluster1"), port: 80 };

/** The requests in what the agents of each cluster have seen. */
function requests(seen: Readonly<Record<string, readonly FlowLine[]>>, known = addresses) {
    const events = Object.entries(seen).flatMap(([seenIn, lines]) =>
        parseFlows(lines.map(flowLine).join("\n")).events.map((event) => ({ ...event, seenIn })),
    );
    return requestsOf(events, known);
}

const client = { cluster: "cluster1", pod: "x-wing-cluster1" };
const backend = { cluster: "cluster2", pod: "rebel-base-0" };

test("what left one cluster and arrived in the other is one request", () => {
    const seen = {
        cluster1: [{ at, from, to, point: "TO_OVERLAY" } as const],
        cluster2: [{ at: at + 1, from, to }],
    };
    expect(requests(seen)).toEqual([{ at, client, port: 40_001, backend, outcome: "arrived" }]);
});

test("what a policy drops is dropped where the pod is, however often it is sent again", () => {
    const again = [0, 1_000, 3_000];
    const seen = {
        cluster1: again.map((ms) => ({ at: at + ms, from, to, point: "TO_OVERLAY" }) as const),
        cluster2: again.map((ms) => ({ at: at + ms + 1, from, to, drop: policyDenied })),
    };
    expect(requests(seen)).toEqual([
        {
            ...{ at, client, port: 40_001, backend, outcome: "dropped" },
            ...{ reason: "policy denied", droppedIn: "cluster2" },
        },
    ]);
});

test("what was dropped at first and arrives at last has arrived", () => {
    const seen = {
        cluster2: [
            { at, from, to, drop: policyDenied },
            { at: at + 1_000, from, to },
        ],
    };
    expect(requests(seen)).toEqual([{ at, client, port: 40_001, backend, outcome: "arrived" }]);
});

test("what leaves a cluster and arrives nowhere was sent, and nobody has seen it arrive", () => {
    const seen = { cluster1: [{ at, from, to, point: "TO_OVERLAY" } as const] };
    expect(requests(seen)).toEqual([{ at, client, port: 40_001, backend, outcome: "sent" }]);
});

test("a request to a Service without backends is dropped on its way to no pod", () => {
    const seen = { cluster1: [{ at, from, to: service, drop: backendNotFound }] };
    expect(requests(seen)).toEqual([
        {
            ...{ at, client, port: 40_001, outcome: "dropped" },
            ...{ reason: "no backend", droppedIn: "cluster1" },
        },
    ]);
});

test("where agents note the packet before it is translated, too, the pod counts, not the Service", () => {
    const seen = {
        cluster1: [
            { at, from, to: service, point: "FROM_ENDPOINT" } as const,
            { at: at + 1, from, to, point: "TO_OVERLAY" } as const,
        ],
    };
    expect(requests(seen)).toEqual([{ at, client, port: 40_001, backend, outcome: "sent" }]);
});

test("the same port later is another request, and another port at the same time, too", () => {
    const other = clientEnd("cluster1", 40_002);
    const seen = {
        cluster2: [
            { at: at + 60_000, from, to },
            { at, from, to },
            { at: at + 1, from: other, to },
        ],
    };
    expect(requests(seen).map((one) => [one.at - at, one.port])).toEqual([
        [0, 40_001],
        [1, 40_002],
        [60_000, 40_001],
    ]);
});

test("requests to others than rebel-base, and of others than x-wing, are not shown", () => {
    const dns = { ip: "10.1.0.99", port: 53, cluster: "cluster1", pod: "coredns-0", app: "dns" };
    const probe = { ip: "10.2.0.1", port: 50_000 };
    const seen = { cluster1: [{ at, from, to: dns }], cluster2: [{ at, from: probe, to }] };
    expect(requests(seen)).toEqual([]);
});

test("a pod that is in no list any more is named by the agents, but its cluster only if it is of the mesh", () => {
    const gone = backendEnd("cluster2", 7);
    const foreign = { ...backendEnd("cluster2", 8), cluster: "elsewhere" };
    const nameless = { ...backendEnd("cluster2", 9), pod: undefined };
    const seen = {
        cluster1: [gone, foreign, nameless].map(
            (end, index) =>
                ({
                    at: at + index,
                    from: clientEnd("cluster1", 41_000 + index),
                    to: end,
                    point: "TO_OVERLAY",
                }) as const,
        ),
    };
    expect(requests(seen).map((one) => one.backend)).toEqual([
        { cluster: "cluster2", pod: "rebel-base-7" },
        { cluster: undefined, pod: "rebel-base-8" },
        { cluster: "cluster2", pod: address.rebelBase("cluster2", 9) },
    ]);
});

test("the list of pods wins over what an agent remembers", () => {
    const renamed = { ...to, pod: "rebel-base-of-yesterday", cluster: "cluster1" };
    expect(requests({ cluster2: [{ at, from, to: renamed }] })[0]!.backend).toEqual(backend);
});

test.each([
    ["POLICY_DENIED", "policy denied"],
    ["POLICY_DENY", "policy denied"],
    ["SERVICE_BACKEND_NOT_FOUND", "no backend"],
    ["STALE_OR_UNROUTABLE_IP", "stale or unroutable ip"],
    [undefined, "no reason given"],
])("%s is said as: %s", (reason, text) => {
    expect(reasonText(reason)).toBe(text);
});
