import { createHash } from "node:crypto";

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
