import { timingSafeEqual } from "node:crypto";

/** What of a request decides whether it is answered. */
export interface Asked {
    readonly method: string;
    /** Path and query, as the browser sent them. */
    readonly url: string;
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What a request is held against. */
export interface Secrets {
    readonly port: number;
    /** In the address that the command prints. */
    readonly token: string;
    /** In the cookie that the token is exchanged for. */
    readonly session: string;
}

/** What becomes of a request: it is let in, gets the cookie, or is refused with a status and a sentence. */
export type Admission =
    | { readonly kind: "admitted"; readonly path: string; readonly query: URLSearchParams }
    | { readonly kind: "welcome" }
    | { readonly kind: "refused"; readonly status: 400 | 401 | 403 | 405; readonly reason: string };

const refused = (status: 400 | 401 | 403 | 405, reason: string): Admission => ({
    kind: "refused",
    status,
    reason,
});

/** Name of the cookie: cookies of one host are shared by all its ports. */
export function cookieName(port: number): string {
    return `board-${port}`;
}

/**
 * Decides about a request. Only this machine can connect, but so can every page that a browser on it shows:
 *
 * - `Host` must be this server's own, so that no other name that leads here (DNS rebinding) is taken for it;
 * - `Origin`, where there is one, must be this server's own, and every change must have one;
 * - the cookie, or the token once, must be the one that this command made.
 */
export function admission({ method, url, headers }: Asked, secrets: Secrets): Admission {
    const hosts = [`127.0.0.1:${secrets.port}`, `localhost:${secrets.port}`];
    const { host, origin, cookie } = headers;
    if (typeof host !== "string" || !hosts.includes(host)) {
        return refused(403, "This board is only at 127.0.0.1.");
    }
    if (method !== "GET" && method !== "POST") {
        return refused(405, "Only GET and POST are answered.");
    }
    const isOwn = origin === `http://${host}`;
    if ((origin !== undefined && !isOwn) || (method === "POST" && !isOwn)) {
        return refused(403, "The request comes from another page.");
    }
    if (!url.startsWith("/") || !URL.canParse(url, "http://board")) {
        return refused(400, "The address is none.");
    }
    const { pathname: path, searchParams: query } = new URL(url, "http://board");
    const token = query.get("token");
    if (method === "GET" && path === "/" && token !== null && isSame(token, secrets.token)) {
        return { kind: "welcome" };
    }
    return isSame(cookieOf(cookie, cookieName(secrets.port)), secrets.session)
        ? { kind: "admitted", path, query }
        : refused(401, "Open the address that the board's command has printed last.");
}

function cookieOf(header: string | readonly string[] | undefined, name: string): string {
    const pairs = (typeof header === "string" ? header : "").split(/;\s*/);
    const own = pairs.find((pair) => pair.startsWith(`${name}=`));
    return own?.slice(name.length + 1) ?? "";
}

function isSame(given: string, secret: string): boolean {
    const [a, b] = [Buffer.from(given), Buffer.from(secret)];
    return a.length === b.length && timingSafeEqual(a, b);
}

/** Headers of every answer: nothing from outside, in no frame, kept nowhere. */
export const safeHeaders: Readonly<Record<string, string>> = {
    "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
};
