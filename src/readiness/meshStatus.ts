/** The part of `cilium-dbg status -o json` that tells about the other clusters. */
export interface AgentStatus {
    readonly "cluster-mesh"?: {
        readonly clusters?: readonly {
            readonly name: string;
            readonly ready?: boolean;
            readonly status?: string;
        }[];
    };
}

/** What keeps an agent from having all its peers, a line each; empty if it has them all. */
export function missingPeers(status: AgentStatus, peers: readonly string[]): string[] {
    const known = status["cluster-mesh"]?.clusters ?? [];
    return peers.flatMap((peer) => {
        const found = known.find(({ name }) => name === peer);
        if (found === undefined) {
            return [`${peer} is not known yet`];
        }
        return found.ready === true
            ? []
            : [`${peer} is not connected yet${found.status ? ` (${found.status})` : ""}`];
    });
}
