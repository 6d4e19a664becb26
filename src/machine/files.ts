import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

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

export function writePart(path: string, content: string): string {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const part = `${path}.${process.pid}.part`;
    writeFileSync(part, content, { mode: 0o600 });
    return part;
}

/** A fresh token for a creation. */
export function newToken(): string {
    return randomBytes(8).toString("hex");
}
