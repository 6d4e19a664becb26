import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { possibleClusters } from "../../config/labConfig";
import { isMapping } from "../../config/mapping";
import { isStackName } from "../../config/stackName";
import { hasTexts, readJson, writeWhole } from "../../machine/files";
import { stackFolder } from "../../machine/names";
import { ClusterPlace, FixedSpec } from "./kindConfig";

/**
 * What this checkout remembers of a cluster it made, so that a cluster that vanished, was half made, or is
 * somebody else's is told from its own. A `@pulumi/command` has no read of its own
 * (https://github.com/pulumi/pulumi-command/issues/20).
 */
export interface ClusterRecord {
    /** Token of the creation; a cluster that vanished gets a new one. */
    readonly token: string;
    /** Identity that the cluster's node carries as a label. */
    readonly identity: string;
    /** What the cluster was made of; records of older checkouts do not tell. */
    readonly made?: FixedSpec;
    /** `creating` until kind has finished. */
    readonly phase: "creating" | "ready";
    /** Process id of the kind that creates, to stop it if its parent was killed. */
    readonly pid?: number;
}

/** Path of a cluster's record. */
export function recordPath(stack: string, cluster: string): string {
    return join(stackFolder(stack), `${cluster}.json`);
}

/** The stacks of which this checkout remembers a cluster, in the order of their names. */
export function recordedStacks(): string[] {
    const folder = dirname(stackFolder("dev"));
    const folders = existsSync(folder) ? readdirSync(folder) : [];
    return folders
        .filter(isStackName)
        .filter((stack) =>
            possibleClusters.some((cluster) => existsSync(recordPath(stack, cluster))),
        )
        .sort();
}

/** When a record was written, in milliseconds since the epoch; undefined if there is none. */
export function recordedAt(path: string): number | undefined {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/**
 * Reads a record; undefined if there is none.
 *
 * @throws FileError if there is one that cannot be read, or that is damaged: without it nobody can tell whose a
 *   cluster is, so nothing may be made or deleted.
 */
export function readRecord(path: string): ClusterRecord | undefined {
    return readJson(
        path,
        isRecord,
        `look whether its cluster is there (kind get clusters); without one, rm ${path} and run the same command again`,
    );
}

/** The record of an order's cluster; undefined if there is none, or it tells of a cluster that is not the order's. */
export function recordFor({
    stack,
    cluster,
    onlyByToken,
}: Omit<ClusterPlace, "spec">): ClusterRecord | undefined {
    const record = readRecord(recordPath(stack, cluster));
    return onlyByToken === undefined || record?.token === onlyByToken ? record : undefined;
}

function isRecord(value: unknown): value is ClusterRecord {
    const { made, pid = 0 }: Readonly<Record<string, unknown>> = isMapping(value) ? value : {};
    return (
        hasTexts(value, "token", "identity", "phase") &&
        // Another phase would be one of a version to come, which knows more of the cluster.
        ["creating", "ready"].includes(value.phase) &&
        Number.isInteger(pid) &&
        (made === undefined || hasTexts(made, "nodeImage", "podCidr", "serviceCidr"))
    );
}

/** Writes a record so that a crash leaves the old one or the new one, never half of one. */
export function writeRecord(path: string, record: ClusterRecord): void {
    writeWhole(path, `${JSON.stringify(record)}\n`);
}

/** Removes a record; one that is not there is no error. */
export function removeRecord(path: string): void {
    rmSync(path, { force: true });
}
