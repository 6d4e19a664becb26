import { Addresses, PodPlace } from "./addresses";
import { End, FlowEvent } from "./event";

/** A flow as the agents of one cluster have seen it. */
export interface SeenEvent extends FlowEvent {
    /** The cluster whose agent has seen it. */
    readonly seenIn: string;
}

/** What the data path did with one request. */
export interface RequestFlow {
    /** When its first packet was seen first, in milliseconds since the epoch. */
    readonly at: number;
    readonly client: PodPlace;
    /** The source port: with the client it tells requests of about the same time apart. */
    readonly port: number;
    /** The pod that the load balancer picked; undefined where it found none, or Hubble tells of none. */
    readonly backend?: Backend;
    /**
     * - `arrived`: the pod was given it;
     * - `dropped`: for {@link reason};
     * - `sent`: it has left its node, and nobody has seen it arrive.
     */
    readonly outcome: "arrived" | "dropped" | "sent";
    /** Why it was dropped, in words. */
    readonly reason?: string;
    /** The cluster in which it was dropped. */
    readonly droppedIn?: string;
}

/** A rebel-base pod, or what is known of one that is gone. */
export interface Backend {
    /** Its name, else its IP. */
    readonly pod: string;
    /** Undefined where nobody knows. */
    readonly cluster: string | undefined;
}

/** Longest time between the first and the last packet that opens one connection, in milliseconds: curl gives up before. */
const oneRequestMs = 4_000;

/**
 * Requests to rebel-base from what all agents have seen, the oldest first. An opening packet is seen where it leaves, where
 * it arrives, and once more for each time that it is repeated; the client's address and port say what belongs together,
 * while the destination may change from the Service's address to the pod's.
 */
export function requestsOf(events: readonly SeenEvent[], addresses: Addresses): RequestFlow[] {
    const byClient = new Map<string, SeenEvent[]>();
    const wanted = events.filter((event) => isToRebelBase(event, addresses));
    for (const event of [...wanted].sort((a, b) => a.at - b.at)) {
        const { ip, port } = event.source;
        const key = `${ip} ${port}`;
        byClient.set(key, [...(byClient.get(key) ?? []), event]);
    }
    return [...byClient.values()]
        .flatMap(connections)
        .map((connection) => requestOf(connection, addresses))
        .sort((a, b) => a.at - b.at);
}

/** Events of the same client port, as the connections that they open. */
function connections(events: readonly SeenEvent[]): SeenEvent[][] {
    return events.reduce<SeenEvent[][]>((all, event) => {
        const last = all.at(-1);
        if (last === undefined || event.at - last[0]!.at > oneRequestMs) {
            return [...all, [event]];
        }
        last.push(event);
        return all;
    }, []);
}

function isToRebelBase({ source, destination }: SeenEvent, addresses: Addresses): boolean {
    const client = addresses.clients.get(source.ip);
    return (
        client !== undefined &&
        (addresses.backends.has(destination.ip) ||
            addresses.services.get(client.cluster) === destination.ip ||
            destination.app === "rebel-base")
    );
}

function requestOf(events: readonly SeenEvent[], addresses: Addresses): RequestFlow {
    const [first] = events;
    const { ip, port } = first!.source;
    const client = addresses.clients.get(ip)!;
    const isToService = (event: SeenEvent) =>
        event.destination.ip === addresses.services.get(client.cluster);
    const picked = events.filter((event) => !isToService(event));
    // What is repeated may find another state of things; the last word is that of the pod.
    const arrived = picked.find(({ stage }) => stage === "arrived");
    const dropped =
        arrived === undefined ? events.find((one) => one.stage === "dropped") : undefined;
    const backend =
        arrived ?? (dropped && isToService(dropped) ? undefined : (dropped ?? picked[0]));
    return {
        at: first!.at,
        client,
        port,
        ...(backend === undefined ? {} : { backend: backendOf(backend.destination, addresses) }),
        outcome: arrived?.stage ?? dropped?.stage ?? "sent",
        ...(dropped === undefined
            ? {}
            : { reason: reasonText(dropped.reason), droppedIn: dropped.seenIn }),
    };
}

/** The pod at an address by the lists of pods, else by what the agents say; they remember a pod for a while. */
function backendOf({ ip, pod = ip, cluster }: End, { backends, clusters }: Addresses): Backend {
    const isOfMesh = cluster !== undefined && clusters.includes(cluster);
    return backends.get(ip) ?? { pod, cluster: isOfMesh ? cluster : undefined };
}

/** Why something was dropped, in words: a name of Cilium's `DropReason`, the usual ones as one says them. */
export function reasonText(reason: string | undefined): string {
    switch (reason) {
        case undefined:
            return "no reason given";
        case "POLICY_DENIED":
        case "POLICY_DENY":
            return "policy denied";
        case "SERVICE_BACKEND_NOT_FOUND":
            return "no backend";
        default:
            return reason.toLowerCase().replaceAll("_", " ");
    }
}
