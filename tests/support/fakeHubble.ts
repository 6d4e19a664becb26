import type { V1Pod, V1Service } from "@kubernetes/client-node";
import { ClusterName } from "../../src/config/labConfig";
import { Side, dropping, whoAnswers } from "../../src/lab/whoAnswers";
import { ClusterApi } from "../../src/mesh/kube/clusterApi";
import { ExecResult } from "../../src/mesh/kube/exec";
import { pod } from "./fakeClusterApi";
import { FakeMeshOptions, fakeMesh } from "./fakeMesh";
import { requestsIn } from "./fakeRequests";
import { FlowEnd, FlowLine, flowLine, policyDenied } from "./flowLines";

/** What is wrong with a fake mesh's Hubble. */
export interface FakeHubbleOptions extends FakeMeshOptions {
    /** What an agent answers instead of its flows. */
    readonly hubble?: (cluster: string) => ExecResult | undefined;
    /** What the data path does otherwise than the rule says: the lines that the agents of a cluster have. */
    readonly seen?: (cluster: string, lines: readonly FlowLine[]) => readonly FlowLine[];
    /** Lines that are no flows, of each agent. */
    readonly noise?: readonly string[];
    readonly now?: never;
}

/** When every fake flow is seen, in milliseconds since the epoch; each request a millisecond after the one before. */
export const flowsAt = Date.UTC(2026, 10, 29, 12, 0, 0);

/** Address of a cluster's x-wing and rebel-base pods, and of its Service. */
export const address = {
    xWing: (cluster: string, index = 0) => `10.${cluster.slice(-1)}.0.${10 + index}`,
    rebelBase: (cluster: string, index: number) => `10.${cluster.slice(-1)}.0.${20 + index}`,
    service: (cluster: string) => `10.10${cluster.slice(-1)}.0.80`,
};

/** An x-wing's end of its request. */
export function clientEnd(cluster: string, port: number): FlowEnd {
    const name = `x-wing-${cluster}`;
    return { ip: address.xWing(cluster), port, cluster, pod: name, app: "x-wing" };
}

/** A rebel-base's end. */
export function backendEnd(cluster: string, index: number): FlowEnd {
    const name = `rebel-base-${index}`;
    return {
        ip: address.rebelBase(cluster, index),
        port: 80,
        cluster,
        pod: name,
        app: "rebel-base",
    };
}

/**
 * A mesh that follows the rule, whose agents note what the data path does with every request; and for each exec of an
 * agent's `hubble` what it was asked.
 */
export function fakeHubbleMesh(sides: readonly Side[], options: FakeHubbleOptions = {}) {
    const notes = new Map<string, FlowLine[]>(sides.map(({ cluster }) => [cluster, []]));
    const commands: string[][] = [];
    let requests = 0;
    const note = (client: string) => {
        const number = requests++;
        const picked = pick(client, number, sides);
        for (const [cluster, line] of picked === undefined ? [] : trail(client, number, picked)) {
            notes.get(cluster)!.push(line);
        }
        return picked?.isDropped === false ? picked.cluster : undefined;
    };
    const mesh = fakeMesh(sides, { each: (client) => note(client), ...options });
    const apis = mesh.map(({ cluster, api }): { cluster: ClusterName; api: ClusterApi } => ({
        cluster,
        api: {
            ...api,
            pods: async (namespace, selector) =>
                selector === "k8s-app=cilium"
                    ? [pod("cilium-7xk2p")]
                    : (await api.pods(namespace, selector)).map((one) => withAddress(one, cluster)),
            service: async (namespace, name) =>
                withIp((await api.service(namespace, name))!, cluster),
            exec: (namespace, name, container, command) => {
                if (requestsIn(command) > 0) {
                    return api.exec(namespace, name, container, command);
                }
                commands.push([container, ...command]);
                const own = notes.get(cluster)!;
                const lines = options.seen?.(cluster, own) ?? own;
                const stdout = [...lines.map(flowLine), ...(options.noise ?? [])].join("\n");
                return Promise.resolve(
                    options.hubble?.(cluster) ?? { code: 0, stdout, stderr: "" },
                );
            },
        },
    }));
    return { apis, commands };
}

interface Picked {
    readonly cluster: string;
    readonly index: number;
    readonly isDropped: boolean;
}

/** The backend that a client's request is balanced to, in turn over all that the rule has; undefined without one. */
function pick(client: string, number: number, sides: readonly Side[]): Picked | undefined {
    const answer = whoAnswers(sides).find((one) => one.client === client)!;
    const drops = dropping(answer);
    const backends = sides.flatMap(({ cluster, backends: count }) =>
        [...answer.answering, ...drops].includes(cluster)
            ? Array.from({ length: count }, (_, index) => ({
                  cluster,
                  index,
                  isDropped: drops.includes(cluster),
              }))
            : [],
    );
    return backends[number % backends.length];
}

/** What the agents note of a request, each with the cluster that it is in. */
function trail(client: string, number: number, picked: Picked): [string, FlowLine][] {
    const { cluster, index, isDropped } = picked;
    const line = {
        at: flowsAt + number,
        from: clientEnd(client, 40_000 + number),
        to: backendEnd(cluster, index),
    };
    const leaves: [string, FlowLine][] =
        client === cluster ? [] : [[client, { ...line, point: "TO_OVERLAY" }]];
    return [...leaves, [cluster, isDropped ? { ...line, drop: policyDenied } : line]];
}

function withAddress(one: V1Pod, cluster: string): V1Pod {
    const name = one.metadata!.name!;
    const podIP = name.startsWith("x-wing")
        ? address.xWing(cluster)
        : address.rebelBase(cluster, Number(name.split("-").at(-1)));
    return { ...one, status: { ...one.status, podIP } };
}

function withIp(service: V1Service, cluster: string): V1Service {
    return { ...service, spec: { ...service.spec, clusterIP: address.service(cluster) } };
}
