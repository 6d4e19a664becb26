import { randomBytes } from "node:crypto";
import { IncomingMessage, Server, ServerResponse, createServer } from "node:http";
import { AddressInfo } from "node:net";
import { UsageError } from "../../config/errors";
import { ProblemsError, visible } from "../../config/problem";
import { FileError } from "../../machine/fileErrors";
import { endings, onSignals } from "../../machine/signals";
import { Markup } from "../../proof/report/markup";
import { exitCodes } from "../command";
import { told } from "../told";
import { Asset } from "./assets";
import { admission, cookieName, safeHeaders } from "./guard";

/** A server that runs. */
export interface BoardServer {
    readonly port: number;
    /** The address that lets a browser in. */
    readonly address: string;
    /** Ends server, pages, watches, and a change that is on its way. */
    readonly close: () => Promise<void>;
}

/** What a server has for whoever it lets in. */
export interface Site {
    /** The file of a path, or what takes the response for a page's events; undefined where there is nothing. */
    readonly show: (path: string, query: URLSearchParams) => Asset | TakesEvents | undefined;
    /**
     * Does what a page asks for; left out where pages change nothing.
     *
     * @returns A piece of the page, or "begun"; undefined where there is nothing of that path.
     * @throws UsageError, ProblemsError with what the page says.
     */
    readonly change?: (path: string, body: unknown) => Markup | "begun" | undefined;
    /** Ends pages, watches, and a change that is on its way. */
    readonly close: () => Promise<void>;
}

/** Takes a response for server-sent events. */
export type TakesEvents = (response: ServerResponse) => void;

/** Longest body of a request, in bytes: a change of all settings of eight clusters has 2,000. */
const longestBody = 20_000;

/**
 * Serves pages on this machine's loopback.
 *
 * @param wanted Port; 0 for a free one.
 * @throws UsageError if the port is taken, or not for everybody.
 */
export async function serve(site: Site, wanted: number): Promise<BoardServer> {
    const [token = "", session = ""] = [0, 1].map(() => randomBytes(24).toString("base64url"));
    const server = createServer((request, response) => {
        const { port } = server.address() as AddressInfo;
        const admitted = admission(
            { method: request.method ?? "", url: request.url ?? "", headers: request.headers },
            { port, token, session },
        );
        Object.entries(safeHeaders).forEach(([name, value]) => response.setHeader(name, value));
        if (admitted.kind === "refused") {
            answer(response, admitted.status, admitted.reason);
        } else if (admitted.kind === "welcome") {
            const cookie = `${cookieName(port)}=${session}; HttpOnly; SameSite=Strict; Path=/`;
            response.setHeader("Set-Cookie", cookie);
            response.setHeader("Location", "/");
            answer(response, 303, "");
        } else if (request.method === "POST") {
            void receive(request, response, admitted.path, site);
        } else {
            show(response, site.show(admitted.path, admitted.query));
        }
    });
    const port = await listen(server, wanted);
    return {
        port,
        address: `http://127.0.0.1:${port}/?token=${token}`,
        close: async () => {
            const closed = site.close();
            server.closeAllConnections();
            await Promise.all([new Promise((resolve) => server.close(resolve)), closed]);
        },
    };
}

/**
 * Says where a server is, and ends it at Ctrl-C.
 *
 * @param what What it serves.
 * @param end What is to be said of the end.
 * @returns The exit code.
 */
export async function untilInterrupted(
    server: BoardServer,
    what: string,
    end: string,
): Promise<number> {
    process.stdout.write(`${what}, until Ctrl-C:\n\n  ${server.address}\n\n`);
    await new Promise<void>((resolve) => {
        const stopListening = onSignals(endings, () => {
            stopListening();
            resolve();
        });
    });
    process.stderr.write(`${end}; another Ctrl-C ends it at once\n`);
    const toldAt = performance.now();
    onSignals(endings, () => {
        // A Ctrl-C comes from the terminal, and from npm again.
        if (performance.now() - toldAt > againMs) {
            process.exit(exitCodes.interrupted);
        }
    });
    await server.close();
    return exitCodes.interrupted;
}

/** Milliseconds after which a signal is another one. */
const againMs = 500;

function show(response: ServerResponse, found: ReturnType<Site["show"]>): void {
    if (typeof found === "function") {
        found(response);
    } else if (found !== undefined) {
        answer(response, 200, found.content, found.type);
    } else {
        answer(response, 404, "There is nothing here.");
    }
}

/**
 * Begins to listen on this machine's loopback.
 *
 * @returns The port.
 * @throws UsageError if it is taken, or not for everybody.
 */
async function listen(server: Server, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
        server.once("error", ({ code = "" }: NodeJS.ErrnoException) =>
            reject(new UsageError(`--port is ${port}; ${portProblem(code)}`)),
        );
        server.listen(port, "127.0.0.1", () => resolve());
    });
    return (server.address() as AddressInfo).port;
}

function portProblem(code: string): string {
    return code === "EADDRINUSE"
        ? "another program has it; leave it out for a free one"
        : `it cannot be had (${code}); leave it out for a free one`;
}

function answer(response: ServerResponse, status: number, text: string, type = "text/plain"): void {
    response.statusCode = status;
    response.setHeader("Content-Type", `${type}; charset=utf-8`);
    response.end(text);
}

/** What a page may ask for; it gets a piece of the page, or nothing. */
async function receive(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    { change }: Site,
): Promise<void> {
    if (change === undefined) {
        answer(response, 403, "This board is read only.");
        return;
    }
    try {
        const changed = change(path, await readBody(request));
        if (changed === undefined) {
            answer(response, 404, "There is nothing here.");
        } else if (changed === "begun") {
            answer(response, 202, "");
        } else {
            answer(response, 200, changed.toString(), "text/html");
        }
    } catch (error) {
        const text = isForUser(error) ? error.message : "The board failed; see its terminal.";
        if (!isForUser(error)) {
            process.stderr.write(`${visible(told(error))}\n`);
        }
        answer(response, isForUser(error) ? 422 : 500, text);
    }
}

/** Errors whose message is for the user. */
function isForUser(error: unknown): error is Error {
    return [UsageError, ProblemsError, FileError].some((one) => error instanceof one);
}

/** @throws UsageError if the body is too long or no JSON. */
async function readBody(request: IncomingMessage): Promise<unknown> {
    let text = "";
    for await (const chunk of request.setEncoding("utf8") as AsyncIterable<string>) {
        text += chunk;
        if (text.length > longestBody) {
            throw new UsageError("the request is too long");
        }
    }
    try {
        return JSON.parse(text);
    } catch {
        throw new UsageError("the request is no JSON");
    }
}
