import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stackFolder } from "../names";
import { FixedSpec } from "./replacement";

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

/** Reads a record; undefined if there is none or it cannot be read as one. */
export function readRecord(path: string): ClusterRecord | undefined {
    try {
        const record = JSON.parse(readFileSync(path, "utf8")) as ClusterRecord;
        return typeof record.token === "string" && typeof record.identity === "string"
            ? record
            : undefined;
    } catch {
        return undefined;
    }
}

/** Writes a record so that a crash leaves the old one or the new one, never half of one. */
export function writeRecord(path: string, record: ClusterRecord): void {
    writeWhole(path, `${JSON.stringify(record)}\n`);
}

/** A fresh token for a creation. */
export function newToken(): string {
    return randomBytes(8).toString("hex");
}

/** Removes a record; one that is not there is no error. */
export function removeRecord(path: string): void {
    rmSync(path, { force: true });
}

/** Writes a file only its owner can read, all of it or nothing. */
export function writeWhole(path: string, content: string): void {
    renameSync(writePart(path, content), path);
}

/**
 * Writes a file as {@link writeWhole} does, unless it is there already: of several processes that write it at the
 * same time, one does.
 *
 * @returns Whether this one did.
 */
export function writeOnce(path: string, content: string): boolean {
    const part = writePart(path, content);
    try {
        linkSync(part, path);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") {
            return false;
        }
        throw error;
    } finally {
        rmSync(part);
    }
}

function writePart(path: string, content: string): string {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const part = `${path}.${process.pid}.part`;
    writeFileSync(part, content, { mode: 0o600 });
    return part;
}
