import { createHash } from "node:crypto";
import { printable } from "../config/problem";
import { Proxy, proxyFor, proxyText } from "./proxy";

/** Fetches a URL's bytes. Tests hand in their own. */
export type Fetch = (url: string) => Promise<Buffer>;

/** Most redirects of one download, as browsers have it. */
const mostRedirects = 20;

/**
 * Fetches over HTTP, following redirects, by the proxy that the environment names for each host.
 *
 * @throws Error if the answer is not 200; of a proxy, it names that.
 */
export const fetchBytes: Fetch = async (url) => {
    let next = url;
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
        const answer = await fetchOnce(next);
        if (Buffer.isBuffer(answer)) {
            return answer;
        }
        next = new URL(answer, next).href;
    }
    throw new Error(`${printable(url)} was redirected more than ${mostRedirects} times`);
};

/** The bytes, or where they are instead. */
async function fetchOnce(url: string): Promise<Buffer | string> {
    const proxy = proxyFor(url);
    if (proxy === undefined) {
        return answerOf(url, await fetch(url, { redirect: "manual" }));
    }
    const undici = await import("undici");
    const dispatcher = new undici.ProxyAgent({
        uri: proxy.url,
        // What is not encrypted is asked of the proxy itself; many let nothing but port 443 through.
        proxyTunnel: url.startsWith("https:"),
    });
    try {
        return await answerOf(url, await undici.fetch(url, { redirect: "manual", dispatcher }));
    } catch (error) {
        throw new ProxyError(error as Error, proxy);
    } finally {
        await dispatcher.destroy();
    }
}

/** What is used of the answers of Node's own fetch and of undici's. */
interface Answer {
    readonly ok: boolean;
    readonly status: number;
    readonly headers: { readonly get: (name: string) => string | null };
    readonly arrayBuffer: () => Promise<ArrayBuffer>;
}

async function answerOf(url: string, answer: Answer): Promise<Buffer | string> {
    // Read in any case: a body that is not read holds its connection.
    const body = Buffer.from(await answer.arrayBuffer());
    const location = answer.headers.get("location");
    if (location !== null && answer.status >= 300 && answer.status < 400) {
        return location;
    }
    if (!answer.ok) {
        throw new Error(`${printable(url)} answered ${answer.status}`);
    }
    return body;
}

/** A download that failed on its way by a proxy. */
class ProxyError extends Error {
    constructor(cause: Error, proxy: Proxy) {
        super(`by the proxy ${proxyText(proxy)}: ${reasonOf(cause)}`);
        this.cause = cause;
    }
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Buffer): string {
    return createHash("sha256").update(bytes).digest("hex");
}

/** What to say of bytes whose checksum is not the expected one. */
export function wrongChecksum(url: string, actual: string, expected: string): string {
    return `what ${printable(url)} gave has SHA-256 ${actual}, not ${expected}; it was thrown away`;
}

/** Why a fetch failed; Node hides it in the error's cause, and that in its own. */
export function reasonOf(error: Error): string {
    if (error instanceof ProxyError) {
        return error.message;
    }
    const { message, code } = firstCause(error);
    // Of several addresses that were tried, the error itself has no words.
    return printable(message || code || error.message, 500);
}

function firstCause(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
    return error.cause instanceof Error ? firstCause(error.cause) : error;
}

/** What Node says of a certificate whose authority it does not know. */
const untrusted =
    /unable to (get|verify)[\w ]* certificate|self[- ]signed certificate|UNABLE_TO_|SELF_SIGNED_CERT/i;

/** How to have Node trust an authority, if that is what a reason is about; undefined if not. */
export function trustFix(reason: string): string | undefined {
    return untrusted.test(reason)
        ? "export NODE_EXTRA_CA_CERTS=<PEM file of the CA, e.g. your company's>, which Node.js reads beside its own"
        : undefined;
}

/** What else than another try may put a failed download right; undefined where that is not known. */
export function downloadFix(error: Error, url: string, env = process.env): string | undefined {
    if (error instanceof ProxyError) {
        return (
            trustFix(error.message) ?? `correct the proxy's variable, or add the host to NO_PROXY`
        );
    }
    const { code } = firstCause(error);
    const isUnreached = code !== undefined && /^(E[A-Z]+|UND_ERR_CONNECT_TIMEOUT)$/.test(code);
    return (
        trustFix(reasonOf(error)) ??
        (isUnreached && !env.HTTPS_PROXY && !env.https_proxy && url.startsWith("https:")
            ? "export HTTPS_PROXY=http://<host>:<port>, if the way out is a proxy"
            : undefined)
    );
}
