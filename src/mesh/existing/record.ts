import { rmSync } from "node:fs";
import { join } from "node:path";
import { ClusterName, possibleClusters } from "../../config/labConfig";
import { hasTexts, newToken, readJson, writeWhole } from "../../machine/files";
import { kubeconfigPath, shortHash, stackFolder } from "../../machine/names";

/** What this checkout remembers of an existing cluster that it puts mesh and lab into. */
export interface ExistingRecord {
    /** Random text; what the stack makes in the cluster carries its hash. */
    readonly token: string;
    /** Id of the cluster's namespace kube-system, which no other cluster has. */
    readonly uid: string;
}

/** Label of all that a stack makes in an existing cluster; its value is {@link markOf} the record. */
export const stackLabel = "cilium-global-services/stack";

/** What tells a stack's own objects from those of others. */
export function markOf({ token }: Pick<ExistingRecord, "token">): string {
    return shortHash(token);
}

/** Path of an existing cluster's record. */
export function existingRecordPath(stack: string, cluster: ClusterName): string {
    return join(stackFolder(stack), `${cluster}.existing.json`);
}

/**
 * Reads the record of a cluster; undefined if there is none.
 *
 * @throws FileError if there is one that cannot be read, or that is damaged: without it nobody can tell what in the
 *   cluster is the stack's.
 */
export function readExistingRecord(
    stack: string,
    cluster: ClusterName,
): ExistingRecord | undefined {
    const path = existingRecordPath(stack, cluster);
    return readJson(path, isRecord, unmarked(path));
}

function isRecord(value: unknown): value is ExistingRecord {
    return hasTexts(value, "token", "uid");
}

/** What helps where the mark is lost: the objects that carry one tell it. */
function unmarked(path: string): string {
    return `bring it back from a backup; without one, delete by hand what carries the label ${stackLabel} in the cluster, then rm ${path}`;
}

/** Writes the record of a cluster. */
export function writeExistingRecord(
    stack: string,
    cluster: ClusterName,
    record: ExistingRecord,
): void {
    writeWhole(existingRecordPath(stack, cluster), `${JSON.stringify(record)}\n`);
}

/** Forgets a cluster out of which all that carries the stack's mark has been taken, and how it was reached. */
export function removeExistingRecord(stack: string, cluster: ClusterName): void {
    rmSync(existingRecordPath(stack, cluster), { force: true });
    rmSync(kubeconfigPath(stack, cluster), { force: true });
}

/** The record of a cluster that is to be filled for the first time. */
export function newExistingRecord(uid: string): ExistingRecord {
    return { token: newToken(), uid };
}

/** The lab's clusters that a stack has put into existing ones. */
export function existingClusters(stack: string): ClusterName[] {
    return possibleClusters.filter((cluster) => readExistingRecord(stack, cluster) !== undefined);
}
