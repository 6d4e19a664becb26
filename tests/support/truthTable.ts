import { Side } from "../../src/lab/whoAnswers";

/**
 * The rule once more, as tables instead of an algorithm: what a cluster's clients get, looked up. Written from
 * Cilium's flowchart and code, not from `src/lab`, so that the two can be held against each other.
 *
 * @see https://docs.cilium.io/en/stable/network/clustermesh/global-services/
 */

/** Whether a peer's backends are usable, by: client's Service global, peer's global, peer's shared. */
const peerIsUsable: Readonly<Record<string, boolean>> = {
    "yes yes yes": true,
    "yes yes no": false,
    "yes no yes": false,
    "yes no no": false,
    "no yes yes": false,
    "no yes no": false,
    "no no yes": false,
    "no no no": false,
};

/** Whether a Service's backends leave its cluster, by the scope of its namespace. The client's own plays no part. */
const leavesCluster: Readonly<Record<string, boolean>> = {
    "global namespace": true,
    "local namespace": false,
};

/** Whether two clusters still know each other's backends, by what became of the apiserver of each. */
const knowEachOther: Readonly<Record<string, boolean>> = {
    "there there": true,
    "there kept": true,
    "kept there": true,
    "kept kept": true,
    "there revoked": false,
    "kept revoked": false,
    "revoked there": false,
    "revoked kept": false,
    "revoked revoked": false,
};

type Who = "own and peers" | "own" | "peers" | "nobody";

/** Who answers, by: a usable peer, affinity of the client's Service, own backends, usable backends of peers. */
const whoByCase: Readonly<Record<string, Who>> = {
    "no usable peer, any affinity: own some": "own",
    "no usable peer, any affinity: own none": "nobody",

    "usable peer, no affinity: own some, peers some": "own and peers",
    "usable peer, no affinity: own none, peers some": "peers",
    "usable peer, no affinity: own some, peers none": "own",
    "usable peer, no affinity: own none, peers none": "nobody",

    "usable peer, local: own some, peers some": "own",
    "usable peer, local: own none, peers some": "peers",
    "usable peer, local: own some, peers none": "own",
    "usable peer, local: own none, peers none": "nobody",

    "usable peer, remote: own some, peers some": "peers",
    "usable peer, remote: own none, peers some": "peers",
    "usable peer, remote: own some, peers none": "own",
    "usable peer, remote: own none, peers none": "nobody",
};

/** What becomes of a request that the load balancer sends to a cluster, by: its policy names the client, its outage. */
const fateByPolicy: Readonly<Record<string, "answered" | "dropped">> = {
    "no policy, reachable": "answered",
    "named yes, reachable": "answered",
    "named no, reachable": "dropped",
    "no policy, kept": "dropped",
    "named yes, kept": "dropped",
    "named no, kept": "dropped",
};

/** Whether the load balancer knows backends of a cluster, by: it wants some, its outage. */
const isKnown: Readonly<Record<string, boolean>> = {
    "some, reachable": true,
    "none, reachable": false,
    "some, kept": true,
    "none, kept": false,
    "some, revoked": false,
    "none, revoked": false,
};

/** The clusters that answer the client's clients, and those that drop their requests, in the order of the mesh. */
export function lookUp(
    client: Side,
    mesh: readonly Side[],
): { readonly answering: string[]; readonly dropping: string[] } {
    // Where the clients are away, too, nobody asks.
    const picked = client.outage === undefined ? lookUpPicked(client, mesh) : [];
    const withFate = (fate: "answered" | "dropped") =>
        mesh
            .filter(({ cluster }) => picked.includes(cluster))
            .filter(({ admits, outage = "reachable" }) => {
                const named = admits && `named ${yesOrNo(admits.includes(client.cluster))}`;
                return fateByPolicy[`${named ?? "no policy"}, ${outage}`] === fate;
            })
            .map(({ cluster }) => cluster);
    return { answering: withFate("answered"), dropping: withFate("dropped") };
}

/** The clusters to which the load balancer sends the client's requests. */
function lookUpPicked(client: Side, mesh: readonly Side[]): string[] {
    const peers = mesh.filter(
        ({ cluster, global, shared, isNamespaceLocal, controlPlane = "there" }) =>
            cluster !== client.cluster &&
            knowEachOther[`${client.controlPlane ?? "there"} ${controlPlane}`] &&
            leavesCluster[isNamespaceLocal ? "local namespace" : "global namespace"] &&
            peerIsUsable[[client.global, global, shared].map(yesOrNo).join(" ")],
    );
    const own = someOrNone([client]);
    const found =
        peers.length === 0
            ? whoByCase[`no usable peer, any affinity: own ${own}`]
            : whoByCase[
                  `usable peer, ${client.affinity ?? "no affinity"}: own ${own}, peers ${someOrNone(peers)}`
              ];
    if (found === undefined) {
        throw new Error(`the table has no row for ${JSON.stringify({ client, mesh })}`);
    }
    return [
        ...(found.includes("own") ? [client] : []),
        ...(found.includes("peers") ? peers.filter((peer) => someOrNone([peer]) === "some") : []),
    ].map(({ cluster }) => cluster);
}

function yesOrNo(flag: boolean): string {
    return flag ? "yes" : "no";
}

function someOrNone(sides: readonly Side[]): string {
    const isSome = sides.some(
        ({ backends, outage = "reachable" }) =>
            isKnown[`${backends > 0 ? "some" : "none"}, ${outage}`],
    );
    return isSome ? "some" : "none";
}
