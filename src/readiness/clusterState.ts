import { ClusterApi } from "../kube/clusterApi";
import { AgentStatus, missingPeers } from "./meshStatus";
import { PodTrouble, isReady, podTrouble } from "./podTrouble";

/** Pods that have to run in a cluster. */
interface Part {
    readonly title: string;
    readonly namespace: string;
    readonly selector: string;
    /** Deployment whose replicas say how many; without one, at least one pod has to run. */
    readonly deployment?: string;
}

const parts: readonly Part[] = [
    { title: "Cilium agent", namespace: "kube-system", selector: "k8s-app=cilium" },
    { title: "Cilium operator", namespace: "kube-system", selector: "io.cilium/app=operator" },
    {
        title: "clustermesh-apiserver",
        namespace: "kube-system",
        selector: "k8s-app=clustermesh-apiserver",
    },
    { title: "CoreDNS", namespace: "kube-system", selector: "k8s-app=kube-dns" },
    {
        title: "rebel-base",
        namespace: "default",
        selector: "name=rebel-base",
        deployment: "rebel-base",
    },
    { title: "x-wing", namespace: "default", selector: "name=x-wing", deployment: "x-wing" },
];

/** What a cluster still lacks. */
export interface ClusterState {
    /** A line for each thing that is missing; empty if the cluster is ready and meshed. */
    readonly missing: readonly string[];
    /** What is in the way of the pods that are not ready. */
    readonly troubles: readonly PodTrouble[];
}

/**
 * Looks at everything the lab needs of a cluster: its pods, and the agent's own word that every peer is
 * connected, which no Helm release and no pod status tells (kvstoremesh turns ready without its peers).
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
    return { missing: missing.length > 0 ? missing : await missingInMesh(api, peers), troubles };
}

async function partState(api: ClusterApi, part: Part): Promise<ClusterState> {
    const [pods, wanted] = await Promise.all([
        api.pods(part.namespace, part.selector),
        wantedPods(api, part),
    ]);
    const ready = pods.filter(isReady).length;
    if (ready >= wanted) {
        return { missing: [], troubles: [] };
    }
    const troubles = pods.map(podTrouble).filter((trouble) => trouble !== undefined);
    return { missing: [`${part.title} ${ready}/${wanted} ready`], troubles };
}

async function wantedPods(api: ClusterApi, part: Part): Promise<number> {
    if (part.deployment === undefined) {
        return 1;
    }
    const deployment = await api.deployment(part.namespace, part.deployment);
    return deployment?.spec?.replicas ?? 1;
}

/** Asks the agent of every node about its peers. */
async function missingInMesh(api: ClusterApi, peers: readonly string[]): Promise<string[]> {
    const agents = await api.pods("kube-system", "k8s-app=cilium");
    const missing = await Promise.all(
        agents.map(async (agent) => {
            const { code, stdout, stderr } = await api.exec(
                "kube-system",
                agent.metadata!.name!,
                "cilium-agent",
                ["cilium-dbg", "status", "-o", "json"],
            );
            return code === 0
                ? missingPeers(JSON.parse(stdout) as AgentStatus, peers)
                : [`the agent's status is not to be had (${stderr.trim()})`];
        }),
    );
    return [...new Set(missing.flat())];
}
