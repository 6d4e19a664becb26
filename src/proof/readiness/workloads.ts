import type { V1Pod } from "@kubernetes/client-node";
import { isMapping } from "../../config/mapping";
import { printable } from "../../config/problem";
import { hasTexts, parseJson } from "../../machine/files";
import { StepName, Step } from "../../machine/timeline";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { PodTrouble, isReady, podTrouble } from "./podTrouble";
import { Rollout, daemonSetRollout, deploymentRollout } from "./rollout";

/** A workload that has to run in a cluster. */
interface Part {
    readonly title: string;
    /** Its name in a run's timeline. */
    readonly step: StepName;
    readonly namespace: string;
    readonly kind: "Deployment" | "DaemonSet";
    readonly name: string;
    /** Label selector of its pods. */
    readonly pods: string;
    /** A cluster may be without it. */
    readonly isOptional?: boolean;
}

const system = { namespace: "kube-system", kind: "Deployment" } as const;
const lab = { namespace: "default", kind: "Deployment" } as const;

/** The workloads a cluster must have. */
const parts: readonly Part[] = [
    {
        ...system,
        title: "Cilium agent",
        step: "agent",
        kind: "DaemonSet",
        name: "cilium",
        pods: "k8s-app=cilium",
    },
    {
        ...system,
        title: "Cilium operator",
        step: "operator",
        name: "cilium-operator",
        pods: "io.cilium/app=operator",
    },
    {
        ...system,
        title: "clustermesh-apiserver",
        step: "apiserver",
        name: "clustermesh-apiserver",
        pods: "k8s-app=clustermesh-apiserver",
    },
    {
        ...system,
        title: "CoreDNS",
        step: "coredns",
        name: "coredns",
        pods: "k8s-app=kube-dns",
        // Some clouds have another DNS, or keep it to themselves.
        isOptional: true,
    },
    { ...lab, title: "rebel-base", step: "rebelBase", name: "rebel-base", pods: "name=rebel-base" },
    { ...lab, title: "x-wing", step: "xWing", name: "x-wing", pods: "name=x-wing" },
];

/** What a cluster still lacks. */
export interface ClusterState {
    /** What is missing, each as it stands after "waiting for"; empty if the cluster is ready and meshed. */
    readonly missing: readonly string[];
    /** What is in the way of the pods that are not ready. */
    readonly troubles: readonly PodTrouble[];
    /** Every pod is ready; what is missing, if anything, is a peer. */
    readonly podsReady: boolean;
}

/**
 * Looks at everything the lab needs of a cluster: its workloads, rolled out, and the agent's own word that every
 * peer is connected, which no Helm release and no pod status tells (kvstoremesh turns ready without its peers).
 *
 * @param peers Names of the other clusters.
 */
export async function clusterState(
    api: ClusterApi,
    peers: readonly string[],
): Promise<ClusterState> {
    const states = await Promise.all(parts.map((part) => partState(api, part)));
    const missing = states.flatMap((state) => state.missing);
    const troubles = states.flatMap((state) => state.troubles);
    return missing.length > 0
        ? { missing, troubles, podsReady: false }
        : { missing: await missingInMesh(api, peers), troubles: [], podsReady: true };
}

async function partState(
    api: ClusterApi,
    part: Part,
): Promise<Pick<ClusterState, "missing" | "troubles">> {
    const rollout = await readRollout(api, part);
    if (rollout === undefined ? part.isOptional : rollout.isDone) {
        return { missing: [], troubles: [] };
    }
    const pods = await api.pods(part.namespace, part.pods);
    return {
        missing: [describe(part.title, rollout, pods.length)],
        troubles: pods
            .filter((pod) => !isReady(pod))
            .map(podTrouble)
            .filter((trouble) => trouble !== undefined),
    };
}

async function readRollout(api: ClusterApi, part: Part): Promise<Rollout | undefined> {
    if (part.kind === "DaemonSet") {
        const daemonSet = await api.daemonSet(part.namespace, part.name);
        return daemonSet && daemonSetRollout(daemonSet);
    }
    const deployment = await api.deployment(part.namespace, part.name);
    return deployment && deploymentRollout(deployment);
}

function describe(title: string, rollout: Rollout | undefined, pods: number): string {
    if (rollout === undefined) {
        return `${title} to be made`;
    }
    const { ready, wanted } = rollout;
    if (pods === 0 && wanted > 0) {
        return `${title} (0/${wanted} ready, no pod)`;
    }
    return ready >= wanted ? `${title} to be replaced` : `${title} (${ready}/${wanted} ready)`;
}

/** Asks the agent of every node about its peers. */
async function missingInMesh(api: ClusterApi, peers: readonly string[]): Promise<string[]> {
    const agents = await api.pods("kube-system", "k8s-app=cilium");
    const missing = await Promise.all(
        agents.map(async ({ metadata }) => {
            const status = await agentStatus(api, metadata!.name!);
            return typeof status === "string"
                ? [`the agent's status (${printable(status)})`]
                : missingPeers(status, peers);
        }),
    );
    return [...new Set(missing.flat())];
}

/** What an agent says of itself, or why it does not: it may just start again. */
async function agentStatus(api: ClusterApi, agent: string): Promise<AgentStatus | string> {
    const command = ["cilium-dbg", "status", "-o", "json"];
    try {
        const { code, stdout, stderr } = await api.exec(
            "kube-system",
            agent,
            "cilium-agent",
            command,
        );
        if (code !== 0) {
            return stderr.trim() || `exit code ${code}`;
        }
        const status = parseJson(stdout);
        return isMapping(status) ? status : "it is no JSON";
    } catch (error) {
        return (error as Error).message;
    }
}

/**
 * When each workload of a cluster that is ready came up, by the conditions of its pods: from the first pod that
 * got a node to the last that turned ready. Kubernetes keeps whole seconds, cut off.
 */
export async function workloadSteps(api: ClusterApi, cluster: string): Promise<Step[]> {
    const steps = await Promise.all(
        parts.map(async ({ step, namespace, pods }) => {
            const found = await api.pods(namespace, pods);
            const start = Math.min(...found.map((pod) => conditionTime(pod, "PodScheduled")));
            const end = Math.max(...found.map((pod) => conditionTime(pod, "Ready")));
            return { name: step, cluster, start, end };
        }),
    );
    return steps.filter(({ start, end }) => Number.isFinite(start) && end >= start);
}

function conditionTime({ status }: V1Pod, type: string): number {
    const condition = status?.conditions?.find((one) => one.type === type);
    return Number(condition?.lastTransitionTime ?? NaN);
}

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

/** The other clusters that an agent tells of; its words come from a pod. */
export function clustersOf(
    status: AgentStatus,
): NonNullable<NonNullable<AgentStatus["cluster-mesh"]>["clusters"]> {
    const mesh: unknown = status["cluster-mesh"];
    const clusters: unknown = isMapping(mesh) ? mesh.clusters : undefined;
    return Array.isArray(clusters) ? clusters.filter((one) => hasTexts(one, "name")) : [];
}

/** What an agent waits for to have all its peers; empty if it has them all. */
export function missingPeers(status: AgentStatus, peers: readonly string[]): string[] {
    const known = clustersOf(status);
    return peers.flatMap((peer) => {
        const found = known.find(({ name }) => name === peer);
        if (found === undefined) {
            return [`${peer} to become known`];
        }
        return found.ready === true
            ? []
            : [`${peer} to connect${found.status ? ` (${printable(String(found.status))})` : ""}`];
    });
}
