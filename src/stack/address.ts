import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { projectRoot } from "../config/declaration";

/**
 * The folder of a file backend, as Pulumi finds it (pkg/backend/diy/backend.go, `massageBlobPath`): `~` is the user's
 * home, a relative path starts in the project's folder, in which Pulumi is run, and escapes are a URL's. Links are
 * followed. Undefined of any other backend.
 */
function folderOf(address: string): string | undefined {
    const [, path] = /^file:\/\/([^?]*)/i.exec(address) ?? [];
    if (path === undefined) {
        return undefined;
    }
    const plain = path.replace(/(%[\da-f]{2})+/gi, decoded);
    return real(plain.startsWith("~") ? join(home(), plain.slice(2)) : resolve(projectRoot, plain));
}

function decoded(escapes: string): string {
    try {
        return decodeURIComponent(escapes);
    } catch {
        return escapes;
    }
}

function home(): string {
    try {
        return homedir();
    } catch {
        return "~";
    }
}

/** A path without links, as far as it is there. */
function real(path: string): string {
    try {
        return realpathSync.native(path);
    } catch {
        return path === dirname(path) ? path : join(real(dirname(path)), basename(path));
    }
}

/** Whether a backend's address is that of a folder, however both are spelled. */
export function isFolder(address: string, folder: string): boolean {
    return folderOf(address) === real(folder);
}

/** A backend's address in the one spelling that all of its spellings have in common. */
export function canonicalAddress(address: string): string {
    const folder = folderOf(address);
    const query = /\?.*$/.exec(address)?.[0] ?? "";
    return folder === undefined
        ? address.replace(/\/+$/, "").replace(/^https?:\/\/[^/?]*/i, (start) => start.toLowerCase())
        : `file://${folder}${query}`;
}
