import { printable } from "../../config/problem";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { isReady } from "../readiness/podTrouble";
import { mostLines, parseFlows } from "./event";
import { SeenEvent } from "./request";

/** What to ask the agents for. */
export interface Wanted {
    /** Addresses of the pods whose connections are wanted; without one nobody is asked. */
    readonly from: readonly string[];
    /** Not before so many seconds ago, by the clock of the node; left out: as far back as the buffer goes. */
    readonly sinceSeconds?: number;
    /**
     * Most flows of one node. The newest of them, but with {@link sinceSeconds} the oldest since then: so Hubble reads
     * them.
     */
    readonly most?: number;
}

/** What the agents of one cluster have seen. */
export interface ClusterFlows {
    readonly events: readonly SeenEvent[];
    /** Events that Hubble has lost. */
    readonly lost: number;
    /** Lines that were no flows. */
    readonly invalid: number;
    /** Time of the oldest event where there would have been more: what is older was not read in full. */
    readonly cutAt?: number;
}

/** Most nodes of a cluster that are asked. */
const mostNodes = 20;

/** The agent's own words where it has no Hubble to ask. */
const noHubble = /hubble\.sock|connection refused|no such file/i;

/**
 * Reads the openings of TCP connections that the Hubble of every agent of a cluster has noted, by the `hubble` in the
 * agent's container. They are all in memory of the agents, so that nothing is older than its last restart.
 *
 * @throws Error if one of them does not tell; its message is the end of a sentence about the cluster.
 */
export async function observe(
    cluster: string,
    api: ClusterApi,
    wanted: Wanted,
): Promise<ClusterFlows> {
    const agents = await api.pods("kube-system", "k8s-app=cilium");
    const names = agents.filter(isReady).flatMap(({ metadata }) => metadata?.name ?? []);
    if (names.length === 0) {
        throw new Error("no Cilium agent is ready");
    }
    const asked = wanted.from.length === 0 ? [] : names.slice(0, mostNodes);
    const nodes = await Promise.all(asked.map((agent) => observeNode(cluster, api, agent, wanted)));
    const cuts = nodes.flatMap(({ cutAt }) => cutAt ?? []);
    return {
        events: nodes.flatMap(({ events }) => events),
        lost: nodes.reduce((sum, { lost }) => sum + lost, 0),
        invalid: nodes.reduce((sum, { invalid }) => sum + invalid, 0),
        ...(cuts.length === 0 ? {} : { cutAt: Math.max(...cuts) }),
    };
}

async function observeNode(
    cluster: string,
    api: ClusterApi,
    agent: string,
    wanted: Wanted,
): Promise<ClusterFlows> {
    const command = observeCommand(wanted);
    const { code, stdout, stderr } = await api.exec("kube-system", agent, "cilium-agent", command);
    if (code !== 0) {
        throw new Error(
            noHubble.test(stderr)
                ? "its agent has no Hubble yet; npm run up brings it"
                : `hubble in ${printable(agent)} ends with exit code ${code}: ${printable(stderr)}`,
        );
    }
    const { events, lost, invalid } = parseFlows(stdout);
    const isFull = wanted.sinceSeconds === undefined && events.length + invalid >= mostOf(wanted);
    return {
        events: events.map((event) => ({ ...event, seenIn: cluster })),
        lost,
        invalid,
        ...(isFull ? { cutAt: Math.min(...events.map(({ at }) => at)) } : {}),
    };
}

function mostOf({ most = mostLines }: Wanted): number {
    return Math.min(most, mostLines);
}

/**
 * The command that prints the flows, a JSON object a line: opening packets of TCP connections (and what answers them goes
 * the other way, so it is not among those from these addresses).
 */
function observeCommand(wanted: Wanted): string[] {
    const { from, sinceSeconds } = wanted;
    return [
        ...["hubble", "observe", "--output", "jsonpb", "--protocol", "tcp", "--tcp-flags", "SYN"],
        ...["--last", String(mostOf(wanted))],
        ...(sinceSeconds === undefined ? [] : ["--since", `${Math.ceil(sinceSeconds)}s`]),
        ...from.flatMap((ip) => ["--from-ip", ip]),
    ];
}
