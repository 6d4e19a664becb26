import { createServer, request as httpRequest } from "node:http";
import { AddressInfo, connect } from "node:net";
import { Duplex } from "node:stream";

/** A proxy on the loopback, as companies have them. */
export interface LoggingProxy {
    /** E.g. `http://127.0.0.1:40001`. */
    readonly url: string;
    /** What it was asked for, in order: `CONNECT host:port`, `GET http://host/path`, with the user who did. */
    readonly log: readonly string[];
    readonly close: () => Promise<void>;
}

/**
 * A proxy that leads every host to one port of this machine, whatever its name: so a host that nothing else knows is
 * reached by the proxy or not at all.
 *
 * @param port Where a host is; undefined lets nobody through.
 */
export async function startProxy(
    port: (host: string) => number | undefined,
): Promise<LoggingProxy> {
    const log: string[] = [];
    // The server does not count what it has handed on.
    const tunnels: Duplex[] = [];
    const note = (line: string, authorization = "") => {
        const user = Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
        log.push(user === "" ? line : `${line} by ${user}`);
    };
    const server = createServer((asked, answer) => {
        note(`${asked.method} ${asked.url}`, asked.headers["proxy-authorization"]);
        const to = port(new URL(asked.url!).hostname);
        if (to === undefined) {
            answer.writeHead(407).end();
            return;
        }
        const path = new URL(asked.url!).pathname;
        httpRequest({ host: "127.0.0.1", port: to, path }, (given) => {
            answer.writeHead(given.statusCode!, given.headers);
            given.pipe(answer);
        }).end();
    });
    server.on("connect", (asked, socket, head) => {
        note(`CONNECT ${asked.url}`, asked.headers["proxy-authorization"]);
        const to = port(asked.url!.replace(/:\d+$/, ""));
        if (to === undefined) {
            socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
            return;
        }
        const there = connect(to, "127.0.0.1", () => {
            socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
            there.write(head);
            there.pipe(socket).pipe(there);
        });
        there.on("error", () => socket.destroy());
        socket.on("error", () => there.destroy());
        tunnels.push(there, socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        log,
        close: () =>
            new Promise((resolve) => {
                tunnels.forEach((end) => end.destroy());
                server.closeAllConnections();
                server.close(() => resolve());
            }),
    };
}
