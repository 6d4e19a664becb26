/** One end of a flow. */
export interface FlowEnd {
    readonly ip: string;
    readonly port: number;
    readonly cluster?: string;
    readonly pod?: string;
    /** Value of the pod's label `name`; `x-wing` or `rebel-base`. */
    readonly app?: string;
}

/** A flow as a test wants it; an opening packet that a pod was given, if nothing else is said. */
export interface FlowLine {
    /** Milliseconds since the epoch. */
    readonly at: number;
    readonly from: FlowEnd;
    readonly to: FlowEnd;
    readonly point?: "TO_ENDPOINT" | "TO_OVERLAY" | "TO_STACK" | "FROM_ENDPOINT";
    /** Dropped for that reason, by its number and name. */
    readonly drop?: readonly [number, string];
    readonly flags?: object;
}

export const policyDenied = [133, "POLICY_DENIED"] as const;
export const backendNotFound = [158, "SERVICE_BACKEND_NOT_FOUND"] as const;

/** A line of `hubble observe --output jsonpb` as Cilium 1.20 prints it (`api/v1/flow/flow.proto`, with proto names). */
export function flowLine({ at, from, to, point, drop, flags = { SYN: true } }: FlowLine): string {
    const time = new Date(at).toISOString().replace("Z", "123456Z");
    const node = `${from.cluster ?? "default"}/mesh-dev-${from.cluster ?? "cluster1"}-control-plane`;
    const trace = {
        verdict: "FORWARDED",
        event_type: { type: 4 },
        traffic_direction: point === "TO_ENDPOINT" ? "INGRESS" : "EGRESS",
        trace_observation_point: point ?? "TO_ENDPOINT",
        trace_reason: "NEW",
        is_reply: false,
    };
    const dropped = drop && {
        verdict: "DROPPED",
        drop_reason: drop[0],
        drop_reason_desc: drop[1],
        event_type: { type: 1, sub_type: drop[0] },
        traffic_direction: "INGRESS",
        file: { name: "bpf_lxc.c", line: 2024 },
    };
    const flow = {
        time,
        uuid: "9f4d3a52-3f0e-4b3c-9d4c-0d2f4c1a7b11",
        emitter: { name: "Hubble", version: "1.20.2" },
        ethernet: { source: "5e:3f:2b:00:00:01", destination: "5e:3f:2b:00:00:02" },
        IP: { source: from.ip, destination: to.ip, ipVersion: "IPv4" },
        l4: { TCP: { source_port: from.port, destination_port: to.port, flags } },
        source: endpoint(from),
        destination: endpoint(to),
        Type: "L3_L4",
        node_name: node,
        node_labels: ["kubernetes.io/os=linux"],
        ...(dropped ?? trace),
        Summary: "TCP Flags: SYN",
    };
    return JSON.stringify({ flow, node_name: node, time });
}

function endpoint({ cluster, pod, app }: FlowEnd): object {
    if (cluster === undefined) {
        return { identity: 2, labels: ["reserved:world"] };
    }
    return {
        ID: 1234,
        identity: 67890,
        cluster_name: cluster,
        namespace: "default",
        labels: [
            "k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=default",
            `k8s:io.cilium.k8s.policy.cluster=${cluster}`,
            "k8s:io.cilium.k8s.policy.serviceaccount=default",
            "k8s:io.kubernetes.pod.namespace=default",
            ...(app === undefined ? [] : [`k8s:name=${app}`]),
        ],
        ...(pod === undefined ? {} : { pod_name: pod }),
        workloads: app === undefined ? [] : [{ name: app, kind: "Deployment" }],
    };
}

/** A line that says that flows were lost. */
export function lostLine(count: number): string {
    const lost = { source: "HUBBLE_RING_BUFFER", num_events_lost: String(count) };
    return JSON.stringify({ lost_events: lost, node_name: "cluster1/node" });
}
