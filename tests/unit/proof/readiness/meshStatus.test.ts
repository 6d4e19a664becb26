import { missingPeers, AgentStatus } from "../../../../src/proof/readiness/workloads";

type Peer = NonNullable<NonNullable<AgentStatus["cluster-mesh"]>["clusters"]>[number];

/** What an agent with such peers lacks of cluster2. */
function lacking(...clusters: Peer[]): string[] {
    return missingPeers({ "cluster-mesh": { clusters } }, ["cluster2"]);
}

test("a peer that is ready is not missing", () => {
    expect(lacking({ name: "cluster2", ready: true })).toEqual([]);
});

test.each<[Peer, string]>([
    [{ name: "cluster2", ready: false }, "cluster2 to connect"],
    [{ name: "cluster2" }, "cluster2 to connect"],
    [
        { name: "cluster2", ready: false, status: "Waiting for initial sync" },
        "cluster2 to connect (Waiting for initial sync)",
    ],
])("a peer that is %j is missing", (peer, line) => {
    expect(lacking(peer)).toEqual([line]);
});

test("a peer that the agent has never heard of is missing", () => {
    expect(lacking()).toEqual(["cluster2 to become known"]);
    expect(lacking({ name: "cluster3", ready: true })).toEqual(["cluster2 to become known"]);
    expect(missingPeers({}, ["cluster2"])).toEqual(["cluster2 to become known"]);
    expect(missingPeers({ "cluster-mesh": {} }, ["cluster2"])).toEqual([
        "cluster2 to become known",
    ]);
});

test("every peer is looked for, and no other", () => {
    const clusters = [{ name: "cluster1" }, { name: "cluster2", ready: true }];
    expect(missingPeers({ "cluster-mesh": { clusters } }, ["cluster2", "cluster3"])).toEqual([
        "cluster3 to become known",
    ]);
    expect(missingPeers({}, [])).toEqual([]);
});
