import type { V1Pod } from "@kubernetes/client-node";
import { ClusterName, LabConfig, ciliumOf } from "../../config/labConfig";
import { printable } from "../../config/problem";
import { apiserver, controlPlaneSide } from "../../lab/controlPlane";
import { namespace, namespaceSide } from "../../lab/globalNamespace";
import { admissionBy, policyName } from "../../lab/networkPolicy";
import { sidesOf } from "../../lab/sides";
import { liveSide } from "../../lab/sides";
import { Outage, Side } from "../../lab/whoAnswers";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { isReady } from "../readiness/podTrouble";

/** A cluster's API server, or why there is none to ask. */
export interface AskedCluster {
    readonly cluster: ClusterName;
    readonly api: ClusterApi | Error;
}

/** An x-wing pod that asks, one of each node. */
export interface Asker {
    readonly pod: string;
    /** Undefined where the API server does not say. */
    readonly node: string | undefined;
}

/** What a cluster's API server says of it, or why it says nothing. */
export type LiveCluster =
    | {
          readonly cluster: ClusterName;
          readonly api: ClusterApi;
          readonly side: Side;
          readonly askers: readonly Asker[];
      }
    | { readonly cluster: ClusterName; readonly silence: string };

/** Most pods of one cluster that ask: as many as a config can have. More, made by hand, would only take longer. */
const mostAskers = 10;

/** Reads every cluster of a mesh; one that cannot be read is no failure of the others. */
export function readMesh(
    clusters: readonly AskedCluster[],
    config: LabConfig,
): Promise<LiveCluster[]> {
    return Promise.all(
        clusters.map(({ cluster, api }) =>
            readCluster(cluster, api, config).catch((error: Error) => ({
                cluster,
                silence: firstLine(error),
            })),
        ),
    );
}

async function readCluster(
    cluster: ClusterName,
    api: ClusterApi | Error,
    config: LabConfig,
): Promise<LiveCluster> {
    if (api instanceof Error) {
        throw api;
    }
    const [service, deployment, policy, xWings, scope, mesh] = await Promise.all([
        api.service(namespace, "rebel-base"),
        api.deployment(namespace, "rebel-base"),
        api.networkPolicy(namespace, policyName),
        api.pods(namespace, "name=x-wing"),
        api.namespace(namespace),
        api.deployment(apiserver.namespace, apiserver.name),
    ]);
    const selector = Object.entries(service?.spec?.selector ?? {});
    // A Service without a selector has no pods, and an empty selector of a list has all.
    const pods =
        selector.length === 0
            ? []
            : await api.pods(namespace, selector.map((label) => label.join("=")).join(","));
    const admission = policy && admissionBy(policy, cluster, config);
    const cilium = ciliumOf(config, cluster);
    const runs = { cluster, ciliumVersion: cilium.version };
    return {
        cluster,
        api,
        side: liveSide(runs, service, deployment, admission, {
            ...countBackends(pods),
            ...namespaceSide(scope, cilium),
            ...controlPlaneSide(mesh, config),
        }),
        askers: askersAmong(xWings),
    };
}

/** How many of a Service's pods get requests, and how many could answer one, e.g. while they end. */
export function countBackends(pods: readonly V1Pod[]): { ready: number; pods: number } {
    const running = pods.filter(
        ({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed",
    );
    return { ready: running.filter(isReady).length, pods: running.length };
}

/** One ready pod of each node, the first by name, in the order of the nodes. */
export function askersAmong(pods: readonly V1Pod[]): Asker[] {
    const ready = pods
        .filter(isReady)
        .map(({ metadata, spec }) => ({ pod: metadata!.name!, node: spec?.nodeName }))
        .sort((a, b) => compare(a.node ?? "", b.node ?? "") || compare(a.pod, b.pod));
    return ready
        .filter(({ node }, index) => index === 0 || node !== ready[index - 1]!.node)
        .slice(0, mostAskers);
}

function compare(a: string, b: string): number {
    return Number(a > b) - Number(a < b);
}

/**
 * The meshes that the clusters may be: where all could be read, or those that could not are meant to be away, there is
 * one. Of a cluster that is silent against all expectation nobody knows whether its data path lives, and whether the
 * others still send to it; its settings are those of the config.
 *
 * @param outages The clusters that are meant to be away, and what the others do about it by now.
 */
export function possibleMeshes(
    clusters: readonly LiveCluster[],
    config: LabConfig,
    outages: Outages,
): Side[][] {
    const configured = sidesOf(config);
    const mesh = (unexpected: Outage | undefined) =>
        clusters.map((live) => {
            const side = configured.find(({ cluster }) => cluster === live.cluster)!;
            const outage = outages[live.cluster] ?? unexpected;
            return "side" in live ? live.side : { ...side, ...(outage && { outage }) };
        });
    const isSurprising = clusters.some((live) => "silence" in live && !outages[live.cluster]);
    return isSurprising ? [mesh(undefined), mesh("kept"), mesh("revoked")] : [mesh(undefined)];
}

/** What is meant to be away, by cluster. */
export type Outages = Readonly<Partial<Record<ClusterName, Outage>>>;

/** An error's first line, as it can be printed; what this program trips over is an answer that no API server gives. */
export function firstLine(error: Error & { readonly code?: unknown }): string {
    if (error.name === "TypeError" && error.code === undefined) {
        return "what it answers is not as Kubernetes has it";
    }
    return printable(error.message.split("\n")[0] ?? "", 500);
}
