import { PeerView } from "./look";
import { SeenChange } from "./marks";

/** Whether two clusters are connected. */
export type LinkState = "connected" | "broken" | "unknown";

/** A cluster, and what its agent says of the others; undefined where no agent tells. */
export interface Linked {
    readonly cluster: string;
    readonly peers?: readonly PeerView[];
}

/** Whether two clusters are connected, as each one's agent says of the other. */
export function linkState(a: Linked, b: Linked): LinkState {
    const words = [
        a.peers?.find(({ cluster }) => cluster === b.cluster),
        b.peers?.find(({ cluster }) => cluster === a.cluster),
    ];
    if (words.some((peer) => peer?.isConnected === false)) {
        return "broken";
    }
    return words.some((peer) => peer === undefined) ? "unknown" : "connected";
}

/** The states of all pairs, by the names of both, as they were last known. */
export type Links = ReadonlyMap<string, Exclude<LinkState, "unknown">>;

/** The links after another word of an agent; of a pair of which nothing is known now it is what was known before. */
export function linksAfter(before: Links, clusters: readonly Linked[]): Links {
    const pairs = clusters.flatMap((a, i) => clusters.slice(i + 1).map((b) => [a, b] as const));
    const known = pairs.flatMap(([a, b]) => {
        const pair = `${a.cluster} and ${b.cluster}`;
        const state = linkState(a, b);
        const last = state === "unknown" ? before.get(pair) : state;
        return last === undefined ? [] : [[pair, last] as const];
    });
    return new Map(known);
}

/** The links that were lost, or are back. That is what Cilium's agents see; who did it, they do not know. */
export function linkChanges(before: Links, after: Links): SeenChange[] {
    return [...after].flatMap(([pair, state]) => {
        const old = before.get(pair);
        return old === undefined || old === state
            ? []
            : [{ text: `mesh of ${pair}: ${old} → ${state}`, author: "Cilium", isEvent: true }];
    });
}
