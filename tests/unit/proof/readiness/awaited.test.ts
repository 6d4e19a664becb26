import { awaitedPeers } from "../../../../src/proof/readiness/awaited";

const clusters = ["cluster1", "cluster2", "cluster3"];

test("without an outage every cluster waits for all others", () => {
    expect(awaitedPeers(clusters, undefined, false)).toEqual({
        cluster1: ["cluster2", "cluster3"],
        cluster2: ["cluster1", "cluster3"],
        cluster3: ["cluster1", "cluster2"],
    });
});

test("nobody waits for a cluster that is away, nor for it as a peer", () => {
    const outage = { cluster: "cluster2", kind: "mesh-dev-cluster2" };
    expect(awaitedPeers(clusters, outage, true)).toEqual({
        cluster1: ["cluster3"],
        cluster3: ["cluster1"],
    });
});

test("a cluster that is still to go is waited for as all others", () => {
    const outage = { cluster: "cluster2", kind: "mesh-dev-cluster2" };
    const all = awaitedPeers(clusters, undefined, false);
    expect(awaitedPeers(clusters, outage, false)).toEqual(all);
    expect(awaitedPeers(clusters, { cluster: "cluster2" }, false)).toEqual(all);
});

test("a cluster without its apiserver runs, knows of no other, and no other of it", () => {
    expect(awaitedPeers(clusters, { cluster: "cluster2" }, true)).toEqual({
        cluster1: ["cluster3"],
        cluster2: [],
        cluster3: ["cluster1"],
    });
});
