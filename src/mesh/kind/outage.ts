import { join } from "node:path";
import { ClusterName, LabConfig } from "../../config/labConfig";
import { printable } from "../../config/problem";
import { askEngine, engineProgram } from "../../machine/engine";
import { hasTexts, newToken, readJson, writeWhole } from "../../machine/files";
import { Machine } from "../../machine/machine";
import { kindClusterName, nodeName, shortHash, stackFolder } from "../../machine/names";
import { Runner, lastLine } from "../../machine/run";
import { foreignCluster, isOurs, observe } from "./observation";
import { readRecord, recordPath, removeRecord } from "./record";

/** A cluster that is to be away, or has been made so: its node is paused. */
export interface OutageOrder {
    readonly stack: string;
    readonly cluster: ClusterName;
    /** Random text for each time that the node is paused; a node that was woken is paused by another one. */
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
    return hasTexts(value, "stack", "cluster", "episode", "contents");
}

/** The cluster whose node is to be paused, by the config. */
export function pausedCluster({ outage, outageOf }: LabConfig): ClusterName | undefined {
    return outage === "none" || outageOf !== "cluster" ? undefined : outage;
}

/**
 * All of the config that is in a cluster, as a short text: what cannot be changed while it is away. What the other
 * clusters' Services say is not in it.
 */
export function contentsOf(config: LabConfig, cluster: ClusterName): string {
    const { clusters, networkPolicy } = config;
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
    if (last?.cluster !== cluster) {
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
    const cluster = pausedCluster(config);
    return (
        cluster && {
            stack,
            cluster,
            episode: away ?? newToken(),
            contents: contentsOf(config, cluster),
        }
    );
}

/**
 * Pauses the cluster's node, so that nothing in it runs and nothing in it ends: connections are taken and never
 * answered, as by a machine that hangs. A node that is paused already stays so.
 *
 * @throws Error if the cluster is not there or not this stack's, or the engine cannot pause its node.
 */
export async function beginOutage(order: OutageOrder, machine: Machine): Promise<void> {
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

/**
 * Brings the cluster of an outage back. One that is gone, or was woken meanwhile, is fine.
 *
 * @throws Error if the engine cannot wake its node.
 */
export async function endOutage(order: OutageOrder, machine: Machine): Promise<void> {
    if ((await ownState(order, machine)) === "paused") {
        await engineDoes("unpause", order, machine);
    }
    if (readOutage(order.stack)?.episode === order.episode) {
        removeRecord(outagePath(order.stack));
    }
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
