import { randomBytes } from "node:crypto";
import { IncomingMessage, Server, ServerResponse, createServer } from "node:http";
import { AddressInfo } from "node:net";
import { UsageError } from "../../config/errors";
import { readAssets } from "./assets";
import { planSection } from "./controls";
import { admission, cookieName, safeHeaders } from "./guard";
import { LiveBoard, isForUser } from "./liveBoard";
import { boardHtml, minuteChoices } from "./page";
import { Pages } from "./pages";
import { parseGuesses, parseWish } from "./wish";

/** A server that runs. */
export interface BoardServer {
    readonly port: number;
    /** The address that lets a browser in. */
    readonly address: string;
    /** Ends server, pages, watch, and a change that is on its way. */
    readonly close: () => Promise<void>;
}

/** What the server serves. */
export interface Served {
    readonly stack: string;
    readonly board: LiveBoard;
    readonly isReadOnly: boolean;
    /** 0 for a free one. */
    readonly port: number;
}

/** Longest body of a request, in bytes: a change of all settings of eight clusters has 2,000. */
const longestBody = 20_000;

/**
 * Serves a board on this machine's loopback.
 *
 * @throws UsageError if the port is taken, or not for everybody.
 */
export async function serveBoard(served: Served): Promise<BoardServer> {
    const [token = "", session = ""] = [0, 1].map(() => randomBytes(24).toString("base64url"));
    const pages = new Pages(served.board);
    const show = showing(served, pages);
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
            void receive(request, response, admitted.path, served);
        } else {
            show(response, admitted.path, admitted.query);
        }
    });
    const port = await listen(server, served.port);
    return {
        port,
        address: `http://127.0.0.1:${port}/?token=${token}`,
        close: async () => {
            pages.close();
            server.closeAllConnections();
            await Promise.all([
                new Promise((resolve) => server.close(resolve)),
                served.board.close(),
            ]);
        },
    };
}

/** What a page gets for a path. */
function showing({ stack, isReadOnly }: Served, pages: Pages) {
    const assets = readAssets();
    return (response: ServerResponse, path: string, query: URLSearchParams): void => {
        const asset = assets.get(path);
        if (path === "/") {
            answer(response, 200, boardHtml(stack, isReadOnly), "text/html");
        } else if (path === "/events") {
            const minutes = minuteChoices.find((one) => String(one) === query.get("minutes"));
            pages.open(response, minutes ?? minuteChoices[0]);
        } else if (asset !== undefined) {
            answer(response, 200, asset.content, asset.type);
        } else {
            answer(response, 404, "There is nothing here.");
        }
    };
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

/** What a page may ask for; it answers with a piece of the page, or nothing. */
async function receive(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    { board, isReadOnly }: Served,
): Promise<void> {
    if (isReadOnly) {
        answer(response, 403, "This board is read only.");
        return;
    }
    try {
        const body = await readBody(request);
        switch (path) {
            case "/plan":
                answer(
                    response,
                    200,
                    planSection(board.plan(parseWish(body))).toString(),
                    "text/html",
                );
                return;
            case "/change":
                board.change(parseWish(body), parseGuesses(body, board.clusters));
                answer(response, 202, "");
                return;
            case "/cancel":
                void board.cancel();
                answer(response, 202, "");
                return;
            case "/guess-first":
                board.setGuessFirst((body as { isOn?: unknown } | null)?.isOn === true);
                answer(response, 202, "");
                return;
            default:
                answer(response, 404, "There is nothing here.");
        }
    } catch (error) {
        const text = isForUser(error) ? error.message : "The board failed; see its terminal.";
        if (!isForUser(error)) {
            process.stderr.write(`${(error as Error).message}\n`);
        }
        answer(response, isForUser(error) ? 422 : 500, text);
    }
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
