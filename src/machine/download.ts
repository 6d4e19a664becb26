import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isRunning } from "./run";

/** Fetches a URL's bytes. Tests hand in their own. */
export type Fetch = (url: string) => Promise<Buffer>;

/** Fetches over HTTP, following redirects. @throws Error if the answer is not 200. */
export const fetchBytes: Fetch = async (url) => {
    const response = await fetch(url);
    if (!response.ok) {
        throw new Error(`${url} answered ${response.status}`);
    }
    return Buffer.from(await response.arrayBuffer());
};

/**
 * Keeps what was downloaded, all of it or nothing.
 *
 * @param mode File mode, e.g. 0o755 for a program.
 */
export function keepDownload(bytes: Buffer, path: string, mode: number): void {
    const part = `${path}.${process.pid}.part`;
    mkdirSync(dirname(path), { recursive: true });
    dropDeadParts(path);
    try {
        writeFileSync(part, bytes);
        chmodSync(part, mode);
        renameSync(part, path);
    } finally {
        rmSync(part, { force: true });
    }
}

/** Takes away what runs that were killed had written of a file. */
function dropDeadParts(path: string): void {
    const folder = dirname(path);
    for (const file of readdirSync(folder)) {
        const [, name, pid] = /^(.*)\.(\d+)\.part$/.exec(file) ?? [];
        if (name === basename(path) && !isRunning(Number(pid))) {
            rmSync(join(folder, file), { force: true });
        }
    }
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Buffer): string {
    return createHash("sha256").update(bytes).digest("hex");
}

/** What to say of bytes whose checksum is not the expected one. */
export function wrongChecksum(url: string, actual: string, expected: string): string {
    return `what ${url} gave has SHA-256 ${actual}, not ${expected}; it was thrown away`;
}

/** Why a fetch failed; Node hides it in the error's cause. */
export function reasonOf(error: Error): string {
    return error.cause instanceof Error ? error.cause.message : error.message;
}
