import * as net from "node:net";
import * as ipaddr from "ipaddr.js";
import { printable, quote } from "../config/problem";

/** A proxy that the environment names. */
export interface Proxy {
    /** Its URL, with a password perhaps: {@link proxyText} is for people. */
    readonly url: string;
    /** The variable that names it. */
    readonly by: string;
}

/** Kinds of proxies that curl, Go and the packages here know. */
const schemes = ["http:", "https:", "socks:", "socks5:"];

/**
 * The proxy that curl, git and kubectl take to a URL, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY, also in small letters;
 * undefined where they go straight. As to Go, this machine itself is never behind one.
 *
 * @throws Error in one sentence if the variable is no address of a proxy.
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 * @see https://everything.curl.dev/usingcurl/proxies/env.html
 */
export function proxyFor(url: string, env: NodeJS.ProcessEnv = process.env): Proxy | undefined {
    if (!URL.canParse(url)) {
        return undefined;
    }
    const { protocol, hostname, port } = new URL(url);
    const name = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
    const by = [name.toLowerCase(), name].find((one) => env[one]);
    if (by === undefined || !["http:", "https:"].includes(protocol)) {
        return undefined;
    }
    const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
    const target = { host, port: port || (protocol === "https:" ? "443" : "80") };
    const exceptions = (env.no_proxy || env.NO_PROXY || "").split(/[\s,]+/);
    return isLoopback(host) || exceptions.some((one) => excepts(one.toLowerCase(), target))
        ? undefined
        : { url: proxyUrl(env[by]!, by), by };
}

/** A proxy as it can be printed. */
export function proxyText({ url, by }: Proxy): string {
    return `${printable(url.replace(/\/$/, ""))} (${by})`;
}

/** Whether a host is this machine: there, a proxy would look at itself. */
export function isLoopback(host: string): boolean {
    return (
        host === "localhost" ||
        (net.isIP(host) !== 0 && ipaddr.process(host).range() === "loopback")
    );
}

/** @throws Error if it is none. An address without a scheme is one of HTTP. */
function proxyUrl(given: string, by: string): string {
    const url = given.includes("://") ? given : `http://${given}`;
    if (!URL.canParse(url) || !schemes.includes(new URL(url).protocol)) {
        throw new Error(
            `${by} is ${quote(given)}; it must be the URL of a proxy, http://host:port`,
        );
    }
    return new URL(url).href;
}

/** Whether one entry of NO_PROXY is about a host: `*`, a name with all below it, an address or a range; with a port or not. */
function excepts(entry: string, { host, port }: { host: string; port: string }): boolean {
    if (entry === "*") {
        return true;
    }
    if (entry.includes("/")) {
        return net.isIP(host) !== 0 && isInRange(host, entry);
    }
    const [, bracketed, plain = "", wantedPort = port] =
        /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [undefined, undefined, entry];
    const name = (bracketed ?? plain).replace(/^\*?\./, "");
    return name !== "" && wantedPort === port && (host === name || isBelow(host, name));
}

function isBelow(host: string, name: string): boolean {
    return net.isIP(host) === 0 && host.endsWith(`.${name}`);
}

function isInRange(host: string, range: string): boolean {
    try {
        const [base, bits] = ipaddr.parseCIDR(range);
        const address = ipaddr.process(host);
        return address.kind() === base.kind() && address.match(base, bits);
    } catch {
        return false;
    }
}
