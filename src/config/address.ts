import * as net from "node:net";

/** A host and, where it is given, a port of it. */
export interface Address {
    /** An IPv4 address or a DNS name. */
    readonly host: string;
    readonly port?: number;
}

/** `host` or `host:port` taken apart; undefined if the text is neither. */
export function parseAddress(text: string): Address | undefined {
    const [, host = "", digits] = /^([a-z0-9.-]+)(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
    const port = digits === undefined ? undefined : Number(digits);
    const isHost = net.isIPv4(host) || isDnsName(host);
    return isHost && (port ?? 0) <= 65535 ? { host, port } : undefined;
}

/** A name as DNS has it. One whose last label is a number is a mistyped address (RFC 3696). */
function isDnsName(host: string): boolean {
    const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
    const labels = host.split(".");
    return (
        host.length <= 253 && labels.every((one) => label.test(one)) && !/^\d+$/.test(labels.pop()!)
    );
}
