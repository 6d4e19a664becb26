import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type {
    Configuration,
    Exec,
    KubeConfig,
    RequestContext,
    ResponseContext,
} from "@kubernetes/client-node";
import { printable } from "../../config/problem";
import { awakeTime } from "../../machine/awake";
import { parseJson } from "../../machine/files";
import { proxyFor } from "../../machine/proxy";
import { CredentialError, runPlugins } from "./credentialPlugin";
import { requireUsableCredentials } from "./credentials";
import { withTokens } from "./kubeconfig";

/** Longest time an answer of the API server may take: one on a paused node never says anything. */
export const answerWithinMs = 10_000;

/** How long a connection that nobody uses stays open, in milliseconds. */
const idleMs = 15_000;

/**
 * The Kubernetes client, loaded when it is first used: that takes half a second, as much as all else of a command that
 * may not need it.
 */
export const client = () => import("@kubernetes/client-node");

/**
 * A kubeconfig's content, as the client takes it. Where it names no proxy, an API server is reached by the one of the
 * environment, as by kubectl and Pulumi's provider; the client itself knows `proxy-url` alone.
 *
 * @throws FileError if it names a file that cannot be read. Error if a certificate or key in it cannot be used.
 */
export async function parseKubeconfig(content: string): Promise<KubeConfig> {
    const { KubeConfig } = await client();
    const config = new KubeConfig();
    config.loadFromString(withTokens(content));
    config.clusters = config.clusters.map((cluster) => ({
        ...cluster,
        proxyUrl: cluster.proxyUrl ?? proxyFor(cluster.server)?.url,
    }));
    requireUsableCredentials(config);
    runPlugins(config);
    return config;
}

/**
 * What `KubeConfig.makeApiClient` would take, with connections that stay open. The client makes a new one for each
 * request (1.4, `config.js`, `createAgent`), and the handshake costs both sides more than the answer. A request that
 * the API server puts off is sent again, and one that it does not answer in time is closed.
 */
export async function clientConfiguration(config: KubeConfig): Promise<Configuration> {
    const { ServerConfiguration, createConfiguration, wrapHttpLibrary } = await client();
    let agent: ReturnType<RequestContext["getAgent"]>;
    const configuration = createConfiguration({
        baseServer: new ServerConfiguration(config.getCurrentCluster()!.server, {}),
        authMethods: {
            default: {
                getName: () => config.getName(),
                applySecurityAuthentication: async (request) => {
                    await config.applySecurityAuthentication(request);
                    agent ??= keptAlive(request.getAgent());
                    request.setAgent(agent!);
                },
            },
        },
    });
    const { httpApi } = configuration;
    const send = (request: RequestContext) =>
        sendPatiently(request, () => httpApi.send(request).toPromise());
    return { ...configuration, httpApi: wrapHttpLibrary({ send }) };
}

/**
 * Sends a request again that the API server puts off, as it asks to: one that has just started, or that has just got
 * a new kind of object, answers 429 with Retry-After for a moment ("storage is (re)initializing").
 */
async function sendPatiently(
    request: RequestContext,
    send: () => Promise<ResponseContext>,
): Promise<ResponseContext> {
    const time = awakeTime();
    const end = time.now() + answerWithinMs;
    const patience = new AbortController();
    request.setSignal(patience.signal);
    // For the body, too: an answer that has begun need not end. After it there is nothing left to abort.
    setTimeout(() => patience.abort(), answerWithinMs).unref();
    for (;;) {
        const response = await send();
        const seconds = Math.max(0.1, Number(response.headers["retry-after"] ?? NaN));
        if (response.httpStatusCode !== 429 || !(time.now() + seconds * 1000 < end)) {
            return response;
        }
        // A body that is not read holds its connection.
        await response.body.text();
        await time.sleep(seconds * 1000);
    }
}

/**
 * Only Node's own agent: one for a proxy has more in it than its options. Without a time limit its connections would
 * stay until the server closes them, long after whoever asked.
 */
function keptAlive(agent: ReturnType<RequestContext["getAgent"]>): typeof agent {
    return agent?.constructor === https.Agent
        ? new https.Agent({ ...agent.options, keepAlive: true, timeout: idleMs })
        : agent;
}

/** Makes what runs commands in pods; where the signal is aborted, what is still being connected is closed. */
export type OpenExec = (signal: AbortSignal) => Pick<Exec, "exec">;

/** The client's own takes no signal (1.4, `web-socket-handler.js`), but hands its options to Node's request. */
export async function openExecs(config: KubeConfig): Promise<OpenExec> {
    const { Exec } = await client();
    return (signal) => {
        const signalled = Object.create(config) as KubeConfig;
        signalled.applyToHTTPSOptions = async (options) => {
            await config.applyToHTTPSOptions(options);
            Object.assign(options, { signal });
        };
        return new Exec(signalled);
    };
}

/** The answer, or a rejection if it takes too long. */
export async function inTime<T>(answer: Promise<T>): Promise<T> {
    const patience = new AbortController();
    const late = sleep(answerWithinMs, undefined, { signal: patience.signal }).then(() => {
        throw new Error(`no answer within ${answerWithinMs / 1000} s`);
    });
    try {
        return await Promise.race([answer, late]);
    } catch (error) {
        throw inOneSentence(error);
    } finally {
        patience.abort();
        late.catch(() => undefined);
    }
}

/** The client's own message has a line for every part of the answer. */
function inOneSentence(error: unknown): unknown {
    const { code, body } = error as { readonly code?: unknown; readonly body?: unknown };
    if (typeof code !== "number") {
        return error;
    }
    const text = typeof body === "string" ? body : JSON.stringify(body ?? "");
    // As it stands in JSON, with its quotes and all else escaped.
    const told = parseJson(/"message":("(?:[^"\\]|\\.)+")/.exec(text)?.[1] ?? "");
    const reason =
        typeof told === "string" ? `${printable(told, 500)} (HTTP ${code})` : `HTTP ${code}`;
    return Object.assign(new Error(`the API server answers ${reason}`), { code, reason });
}

/** What the client says of an answer that is none of Kubernetes'. */
const otherAnswer =
    /is not supported by ObjectSerializer|^Cannot parse content|^Expected .* JSON|in JSON at position/;

/** What came of asking an API server that did not tell, as the end of a sentence about it. */
export function refusalOf(error: unknown): string {
    const { code, message, cause, reason } = error as {
        readonly code?: unknown;
        readonly message: string;
        readonly cause?: { readonly message?: string };
        readonly reason?: string;
    };
    const [line = ""] = (cause?.message || message).trim().split("\n");
    const said = printable(reason ?? line) || "it says nothing";
    if (error instanceof CredentialError) {
        return `cannot be asked: ${said}`;
    }
    if (typeof code === "number") {
        return `refuses (${said})`;
    }
    // What Node itself throws of a request has a code.
    const isOwn = ["SyntaxError", "TypeError"].includes((error as Error).name);
    const isOther = (isOwn && code === undefined) || otherAnswer.test(line);
    return isOther ? "answers, but not as an API server does" : `does not answer (${said})`;
}

/** The object, or undefined where the API server says that there is none. */
export async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await inTime(answer);
    } catch (error) {
        if ((error as { code?: number }).code === 404) {
            return undefined;
        }
        throw error;
    }
}
