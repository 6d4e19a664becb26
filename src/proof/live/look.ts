import type { KubernetesObject, V1Pod } from "@kubernetes/client-node";
import { ClusterName, LabConfig, ciliumOf } from "../../config/labConfig";
import { isMapping } from "../../config/mapping";
import { printable } from "../../config/problem";
import { apiserver, controlPlaneSide } from "../../lab/controlPlane";
import { namespace, namespaceSide } from "../../lab/globalNamespace";
import { admissionBy, policyName } from "../../lab/networkPolicy";
import { liveSide } from "../../lab/sides";
import { Side } from "../../lab/whoAnswers";
import { parseJson } from "../../machine/files";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { isReady, podTrouble } from "../readiness/podTrouble";
import { AgentStatus, clustersOf } from "../readiness/workloads";
import { countBackends } from "../verify/liveMesh";
import { Managed } from "./authors";
import { PolicyView, policyViews } from "./policies";

/** A pod as it is. */
export interface PodView {
    readonly name: string;
    readonly state: "ready" | "starting" | "failing" | "ending";
    /** What keeps it from being ready, in a few words. */
    readonly reason?: string;
    /** Hash of the template that it was made from; undefined of a pod that no Deployment made. */
    readonly template?: string;
    /** Why it ends, in Kubernetes' word, where it does not end by a delete alone. */
    readonly disruption?: string;
}

/** What a cluster's own agent says of its connection to another cluster. */
export interface PeerView {
    readonly cluster: string;
    readonly isConnected: boolean;
    /** In the agent's words, where it is not. */
    readonly status?: string;
}

/** What Kubernetes notes of who has set what in the lab's objects, by what they are to the lab. */
export type ManagedFields = Readonly<
    Record<"service" | "deployment" | "namespace" | "policy" | "apiserver", Managed>
>;

/** One cluster as its API server tells. */
export interface Look {
    readonly side: Side;
    readonly rebelBases: readonly PodView[];
    readonly xWings: readonly PodView[];
    /** The pods that rebel-base's Deployment makes, as text; undefined where there is none. */
    readonly template: string | undefined;
    /** Who has set what in the objects. */
    readonly managed: ManagedFields;
    /** The CiliumNetworkPolicies of the lab's namespace that are not the lab's. */
    readonly policies: readonly PolicyView[];
}

/**
 * Looks at a cluster's part of the lab once.
 *
 * @throws Error if the API server does not tell.
 */
export async function lookAt(
    cluster: ClusterName,
    api: ClusterApi,
    config: LabConfig,
): Promise<Look> {
    // Before the Deployment: pods that a smaller number takes away are never seen without that number.
    const rebelBases = await api.pods(namespace, "name=rebel-base");
    const [service, deployment, policies, xWings, scope, mesh] = await Promise.all([
        api.service(namespace, "rebel-base"),
        api.deployment(namespace, "rebel-base"),
        api.networkPolicies(namespace),
        api.pods(namespace, "name=x-wing"),
        api.namespace(namespace),
        api.deployment(apiserver.namespace, apiserver.name),
    ]);
    const cilium = ciliumOf(config, cluster);
    const policy = policies.find(({ metadata }) => metadata?.name === policyName);
    return {
        side: liveSide(
            { cluster, ciliumVersion: cilium.version },
            service,
            deployment,
            policy && admissionBy(policy, cluster, config),
            {
                ...countBackends(rebelBases),
                ...namespaceSide(scope, cilium),
                ...controlPlaneSide(mesh, config),
            },
        ),
        rebelBases: podViews(rebelBases),
        xWings: podViews(xWings),
        template: deployment && JSON.stringify(deployment.spec?.template),
        managed: {
            service: managedIn(service),
            deployment: managedIn(deployment),
            namespace: managedIn(scope),
            policy: managedIn(policy),
            apiserver: managedIn(mesh),
        },
        policies: policyViews(policies),
    };
}

function managedIn(object: KubernetesObject | undefined): Managed {
    return object && (object.metadata?.managedFields ?? []);
}

function podViews(pods: readonly V1Pod[]): PodView[] {
    return pods.map(podView).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A pod as the picture shows it. */
export function podView({ metadata, ...pod }: V1Pod): PodView {
    const name = printable(metadata?.name ?? "?");
    const template = metadata?.labels?.["pod-template-hash"];
    const about = { name, ...(template === undefined ? {} : { template }) };
    if (metadata?.deletionTimestamp !== undefined) {
        const disruption = pod.status?.conditions?.find(({ type }) => type === "DisruptionTarget");
        return { ...about, state: "ending", ...(disruption && { disruption: disruption.reason }) };
    }
    const trouble = podTrouble({ metadata, ...pod });
    return trouble === undefined
        ? { ...about, state: "ready" }
        : {
              ...about,
              state: trouble.severity === "waiting" ? "starting" : "failing",
              reason: printable(trouble.reason),
          };
}

/**
 * What a cluster's agent says of every other cluster.
 *
 * @returns Undefined where no agent tells.
 */
export async function lookAtPeers(
    api: ClusterApi,
    peers: readonly string[],
): Promise<PeerView[] | undefined> {
    const agents = await api.pods("kube-system", "k8s-app=cilium");
    const agent = agents.find(isReady)?.metadata?.name;
    if (agent === undefined) {
        return undefined;
    }
    const command = ["cilium-dbg", "status", "-o", "json"];
    const { code, stdout } = await api.exec("kube-system", agent, "cilium-agent", command);
    const status = code === 0 ? parseJson(stdout) : undefined;
    return isMapping(status) ? peerViews(status, peers) : undefined;
}

/** The peers of an agent's status. */
export function peerViews(status: AgentStatus, peers: readonly string[]): PeerView[] {
    const known = clustersOf(status);
    return peers.map((cluster) => {
        const found = known.find(({ name }) => name === cluster);
        const words = found === undefined ? "not known yet" : (found.status ?? "not ready");
        return found?.ready === true
            ? { cluster, isConnected: true }
            : { cluster, isConnected: false, status: printable(String(words)) };
    });
}
