import { join } from "node:path";
import { ClusterName, LabConfig } from "../../config/labConfig";
import { printable } from "../../config/problem";
import { apiserver } from "../../lab/controlPlane";
import { askEngine, engineProgram } from "../../machine/engine";
import { hasTexts, newToken, readJson, writeWhole } from "../../machine/files";
import { Machine } from "../../machine/machine";
import { kindClusterName, nodeName, shortHash, stackFolder } from "../../machine/names";
import { Runner, lastLine } from "../../machine/run";
import { ClusterApi, connect } from "../kube/clusterApi";
import { readKubeconfig } from "../kube/kubeconfig";
import { foreignCluster, isOurs, observe } from "./observation";
import { readRecord, recordPath, removeRecord } from "./record";

/** A cluster that is to be away, or has been made so: its node is paused, or its clustermesh-apiserver has no pods. */
export interface OutageOrder {
    readonly stack: string;
    readonly cluster: ClusterName;
    readonly of: LabConfig["outageOf"];
    /** Random text for each time that it goes; one that came back goes by another one. */
    readonly episode: string;
    /** What was in the cluster when it went; see {@link contentsOf}. */
    readonly contents: string;
}

/** Path of what this checkout remembers of a stack's outage: the {@link OutageOrder} that was carried out last. */
export function outagePath(stack: string): string {
    return join(stackFolder(stack), "outage.json");
}

/** The outage that was made last; undefined if there is none. A damaged file counts as none: the node is woken then. */
export function readOutage(stack: string): OutageOrder | undefined {
    return readJson(outagePath(stack), isOrder);
}

function isOrder(value: unknown): value is OutageOrder {
    return hasTexts(value, "stack", "cluster", "of", "episode", "contents");
}

/** The cluster whose node is to be paused, by the config. */
export function pausedCluster({
    outage,
    outageOf,
}: Pick<LabConfig, "outage" | "outageOf">): ClusterName | undefined {
    return outage === "none" || outageOf !== "cluster" ? undefined : outage;
}

/**
 * All of the config that cannot be changed while a cluster is away, as a short text. Of a cluster that is dead that is
 * what is in it, not what the other clusters' Services say. One without its apiserver could be changed, and the others,
 * but none would learn of it: what then comes of requests, no rule can say.
 */
export function contentsOf(config: LabConfig, cluster: ClusterName): string {
    const { clusters, networkPolicy, outageOf } = config;
    if (outageOf === "clustermesh-apiserver") {
        return shortHash(JSON.stringify({ ...config, ttlHours: 0, outage: "" }));
    }
    const others = {
        ...config,
        clusters: [],
        networkPolicy: "",
        ttlHours: 0,
        outage: "",
        outageOf: "",
    };
    const own = clusters.find(({ name }) => name === cluster);
    const policy = cluster === "cluster1" ? networkPolicy : "none";
    return shortHash(JSON.stringify({ own, size: clusters.length, policy, others }));
}

/** What becomes of a paused node before Pulumi plans. */
export type Away =
    /** It stays away: nothing changes in it. */
    | { readonly stays: true; readonly episode: string }
    /** It has to come back; `why` is the end of a sentence about it. */
    | { readonly stays: false; readonly why: string };

/** Judges a node that is paused. */
export function judgePaused(
    cluster: ClusterName,
    config: LabConfig,
    last: OutageOrder | undefined,
): Away {
    if (pausedCluster(config) !== cluster) {
        return { stays: false, why: "outage does not name it" };
    }
    if (last?.cluster !== cluster || last.of !== "cluster") {
        return { stays: false, why: "something else than the stack's outage has paused it" };
    }
    return last.contents === contentsOf(config, cluster)
        ? { stays: true, episode: last.episode }
        : {
              stays: false,
              why: "what the config changes in it needs its API server; it goes away again in the end",
          };
}

/** The order of an outage that is to begin, or goes on. */
export function outageOrder(
    stack: string,
    config: LabConfig,
    away: string | undefined,
): OutageOrder | undefined {
    const { outage: cluster, outageOf: of } = config;
    return cluster === "none"
        ? undefined
        : {
              ...{ stack, cluster, of },
              episode: away ?? newToken(),
              contents: contentsOf(config, cluster),
          };
}

/** The episode of a missing apiserver that stays away; undefined where it is there, or has to come back. */
export function cutEpisode(config: LabConfig, last: OutageOrder | undefined): string | undefined {
    const { outage, outageOf } = config;
    const isSame =
        outage !== "none" &&
        last?.of === "clustermesh-apiserver" &&
        last.of === outageOf &&
        last.cluster === outage &&
        last.contents === contentsOf(config, outage);
    return isSame ? last.episode : undefined;
}

/**
 * Takes the cluster away, or its clustermesh-apiserver.
 *
 * @throws Error if it is not there or not this stack's, or engine or API server refuse.
 */
export function beginOutage(
    order: OutageOrder,
    machine: Machine,
    open: typeof connect = connect,
): Promise<void> {
    return order.of === "cluster" ? pause(order, machine) : cut(order, machine, open);
}

/**
 * Brings back what an outage has taken. What is gone, or came back meanwhile, is fine.
 *
 * @throws Error if engine or API server refuse.
 */
export async function endOutage(
    order: OutageOrder,
    machine: Machine,
    open: typeof connect = connect,
): Promise<void> {
    if (order.of === "cluster") {
        await unpause(order, machine);
    } else {
        await scale(order, { from: 0, to: 1 }, open);
    }
    if (readOutage(order.stack)?.episode === order.episode) {
        removeRecord(outagePath(order.stack));
    }
}

/**
 * Pauses the cluster's node, so that nothing in it runs and nothing in it ends: connections are taken and never
 * answered, as by a machine that hangs. A node that is paused already stays so.
 */
async function pause(order: OutageOrder, machine: Machine): Promise<void> {
    const state = await ownState(order, machine);
    if (state === undefined) {
        throw new Error(`${kindClusterName(order.stack, order.cluster)} is not there`);
    }
    // First of all: a node that is found paused without it would be taken for somebody else's work.
    writeWhole(outagePath(order.stack), `${JSON.stringify(order)}\n`);
    if (state !== "paused") {
        await engineDoes("pause", order, machine);
        machine.say(`${order.cluster} is away now: its node is paused`);
    }
}

async function unpause(order: OutageOrder, machine: Machine): Promise<void> {
    if ((await ownState(order, machine)) === "paused") {
        await engineDoes("unpause", order, machine);
    }
}

/** Takes the pods of the clustermesh-apiserver away; whatever asks it loses its connection, and gets no new one. */
async function cut(order: OutageOrder, machine: Machine, open: typeof connect): Promise<void> {
    writeWhole(outagePath(order.stack), `${JSON.stringify(order)}\n`);
    if (await scale(order, { to: 0 }, open)) {
        machine.say(`${order.cluster} is without its ${apiserver.name} now`);
    }
}

/** Sets the replicas of the clustermesh-apiserver, where it is there and has others. */
async function scale(
    { stack, cluster }: OutageOrder,
    { from, to }: { readonly from?: number; readonly to: number },
    open: typeof connect,
): Promise<boolean> {
    const kubeconfig = readKubeconfig(stack, cluster);
    const api: ClusterApi | undefined = kubeconfig === undefined ? undefined : open(kubeconfig);
    const live = await api?.deployment(apiserver.namespace, apiserver.name);
    const replicas = live?.spec?.replicas ?? 1;
    if (live === undefined || replicas === to || (from !== undefined && replicas !== from)) {
        return false;
    }
    await api!.patch({ kind: "Deployment", ...apiserver }, [
        { op: "replace", path: "/spec/replicas", value: to },
    ]);
    return true;
}

/** State of the cluster's node; undefined if there is none. @throws Error if it is not this stack's. */
async function ownState(
    { stack, cluster }: OutageOrder,
    machine: Machine,
): Promise<string | undefined> {
    const name = kindClusterName(stack, cluster);
    const seen = await observe(name, machine.run);
    if (seen.found && !isOurs(seen, readRecord(recordPath(stack, cluster)))) {
        throw new Error(foreignCluster(name));
    }
    return seen.found ? seen.state : undefined;
}

async function engineDoes(
    verb: "pause" | "unpause",
    { stack, cluster }: OutageOrder,
    { run }: Machine,
): Promise<void> {
    const node = nodeName(kindClusterName(stack, cluster));
    const { code, stderr } = await askEngine(run, [verb, node]);
    if (code !== 0) {
        throw new Error(
            `${engineProgram()} could not ${verb} ${node}: ${printable(lastLine(stderr))}`,
        );
    }
}

/** Whether a node is paused; false where there is none. @throws Error if the engine cannot be asked. */
export async function isPaused(kindName: string, run: Runner): Promise<boolean> {
    const seen = await observe(kindName, run);
    return seen.found && seen.state === "paused";
}
