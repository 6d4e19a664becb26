import * as net from "node:net";
import { parseJson } from "../../machine/files";

/** One end of a connection as an agent names it; beside the address, what of it can be believed to be names. */
export interface End {
    readonly ip: string;
    readonly port: number;
    /** Name of the pod, where the agent knows it. */
    readonly pod?: string;
    /** Name of the cluster, where the agent knows it. */
    readonly cluster?: string;
    /** The label `name` of the pod, which the lab's pods have. */
    readonly app?: string;
}

/** The first packet of a connection, seen at one point of the data path. */
export interface FlowEvent {
    /** Milliseconds since the epoch, by the clock of the node. */
    readonly at: number;
    readonly source: End;
    readonly destination: End;
    /**
     * - `arrived`: given to the pod (`to-endpoint`);
     * - `sent`: on its way, e.g. to the tunnel;
     * - `dropped`.
     */
    readonly stage: "arrived" | "sent" | "dropped";
    /** Why it was dropped: a name of Cilium's `DropReason`, e.g. `POLICY_DENIED`. */
    readonly reason?: string;
}

/** What Hubble printed. */
export interface ObservedFlows {
    readonly events: readonly FlowEvent[];
    /** Events that Hubble says it has lost. */
    readonly lost: number;
    /** Lines that are no flow of a TCP connection's first packet. */
    readonly invalid: number;
}

/** Longest line that is read, in characters; a flow takes 1000 to 2000. */
const longestLine = 20_000;

/** Most lines that are read: Hubble's buffer has 4095 flows, by default. */
export const mostLines = 5_000;

/**
 * The flows that `hubble observe --output jsonpb` has printed. What is no flow is counted, nothing else: lines come from
 * a pod, and names in them from whoever made the pods.
 *
 * @see https://github.com/cilium/cilium/blob/main/api/v1/flow/flow.proto
 */
export function parseFlows(output: string): ObservedFlows {
    const lines = output.split("\n").filter((line) => line.trim() !== "");
    const read = lines.slice(0, mostLines).map(parseLine);
    const events = read.filter((one) => typeof one === "object");
    const losses = read.filter((one) => typeof one === "number");
    return {
        events,
        lost: losses.reduce((sum, count) => sum + count, 0),
        invalid: lines.length - events.length - losses.length,
    };
}

/** A flow, how many events were lost, or undefined of anything else. */
function parseLine(line: string): FlowEvent | number | undefined {
    const response = line.length > longestLine ? undefined : parseJson(line);
    const lost = Number(at(response, "lost_events", "num_events_lost"));
    if (Number.isSafeInteger(lost) && lost >= 0) {
        return lost;
    }
    // The server has a status of its nodes among the flows; that is none of them, and no mistake.
    return at(response, "node_status") === undefined ? eventOf(at(response, "flow")) : 0;
}

function eventOf(flow: unknown): FlowEvent | undefined {
    const time = at(flow, "time");
    const moment = typeof time === "string" ? Date.parse(time) : NaN;
    const source = endOf(flow, "source");
    const destination = endOf(flow, "destination");
    const stage = stageOf(flow);
    const isOpening =
        at(flow, "l4", "TCP", "flags", "SYN") === true &&
        at(flow, "l4", "TCP", "flags", "ACK") !== true;
    if (!Number.isFinite(moment) || !source || !destination || !stage || !isOpening) {
        return undefined;
    }
    const reason = at(flow, "drop_reason_desc");
    const isNamed = typeof reason === "string" && /^[A-Z0-9_]{1,80}$/.test(reason);
    return {
        at: moment,
        source,
        destination,
        stage,
        ...(stage === "dropped" && isNamed ? { reason } : {}),
    };
}

function stageOf(flow: unknown): FlowEvent["stage"] | undefined {
    switch (at(flow, "verdict")) {
        case "DROPPED":
            return "dropped";
        case "FORWARDED":
        case "REDIRECTED":
        case "TRACED":
        case "TRANSLATED":
        case "AUDIT":
            return at(flow, "trace_observation_point") === "TO_ENDPOINT" ? "arrived" : "sent";
        default:
            return undefined;
    }
}

/** The label that says of which cluster an identity is (`pkg/k8s/apis/cilium.io/const.go`). */
const clusterLabel = "k8s:io.cilium.k8s.policy.cluster";

function endOf(flow: unknown, side: "source" | "destination"): End | undefined {
    const ip = at(flow, "IP", side);
    const port = at(flow, "l4", "TCP", `${side}_port`);
    if (typeof ip !== "string" || net.isIP(ip) === 0 || !isPort(port)) {
        return undefined;
    }
    const labels = at(flow, side, "labels");
    const label = (name: string) =>
        (Array.isArray(labels) ? (labels as unknown[]) : [])
            .filter((one) => typeof one === "string")
            .find((one) => one.startsWith(`${name}=`))
            ?.slice(name.length + 1);
    const names = {
        pod: nameOf(at(flow, side, "pod_name")),
        cluster: nameOf(at(flow, side, "cluster_name")) ?? nameOf(label(clusterLabel)),
        app: nameOf(label("k8s:name")),
    };
    const known = Object.entries(names).filter(([, name]) => name !== undefined);
    return { ip, port, ...(Object.fromEntries(known) as Partial<typeof names>) };
}

function isPort(value: unknown): value is number {
    return Number.isInteger(value) && (value as number) > 0 && (value as number) < 65536;
}

/** A name as Kubernetes allows it; of anything else nothing is believed. */
function nameOf(value: unknown): string | undefined {
    return typeof value === "string" && /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(value)
        ? value
        : undefined;
}

/** What is at a path; undefined where there is nothing, or something of JavaScript's own. */
function at(value: unknown, ...path: readonly string[]): unknown {
    return path.reduce<unknown>(
        (inner, key) =>
            typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
                ? (inner as Record<string, unknown>)[key]
                : undefined,
        value,
    );
}
