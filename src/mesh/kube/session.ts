import { PassThrough, Writable } from "node:stream";
import type { V1Status } from "@kubernetes/client-node";
import { answerWithinMs, openExecs, parseKubeconfig } from "./client";
import { exitCode } from "./exec";

/** A command that runs in a pod for a while, fed line by line. */
export interface PodSession {
    /** Gives the command a text on its standard input. Nothing where it has ended. */
    readonly write: (text: string) => void;
    /** Closes the connection, and with it the command's standard input. */
    readonly close: () => void;
    /** Why it ended, in words. Never rejects. */
    readonly ended: Promise<string>;
}

/** Where in a cluster a session is opened. */
export interface SessionPlace {
    readonly namespace: string;
    readonly pod: string;
    readonly container: string;
}

/**
 * Opens sessions in one cluster's pods; tests hand in their own. Rejects where it cannot, within ten seconds. The signal
 * ends a session that is still being opened.
 */
export type OpenSession = (
    place: SessionPlace,
    command: readonly string[],
    onText: (text: string) => void,
    signal: AbortSignal,
) => Promise<PodSession>;

/** Sessions through the API server of a kubeconfig's current context. */
export function sessionsOf(kubeconfig: string): OpenSession {
    return async ({ namespace, pod, container }, command, onText, signal) => {
        const open = await openExecs(await parseKubeconfig(kubeconfig));
        const input = new PassThrough();
        const output = new Writable({
            write(chunk: Buffer, _encoding, callback) {
                onText(chunk.toString("utf8"));
                callback();
            },
        });
        let end: (reason: string) => void = () => undefined;
        const ended = new Promise<string>((resolve) => (end = resolve));
        const socket = await inTimeOf(signal, (connecting) =>
            open(connecting).exec(
                namespace,
                pod,
                container,
                [...command],
                output,
                null,
                input,
                false,
                (status: V1Status) => end(`it ended with exit code ${exitCode(status)}`),
            ),
        );
        socket.onclose = () => end(`the connection to ${pod} was closed`);
        socket.onerror = () => end(`the connection to ${pod} broke`);
        void ended.then(() => {
            input.removeAllListeners("data");
            socket.close();
        });
        return {
            write: (text) => void input.write(text),
            close: () => end("it was closed"),
            ended,
        };
    };
}

/** Connects until the signal, and for as long as an answer may take: a paused node never says anything. */
async function inTimeOf<T>(
    signal: AbortSignal,
    connect: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), answerWithinMs);
    try {
        return await connect(AbortSignal.any([signal, patience.signal]));
    } catch (error) {
        throw patience.signal.aborted
            ? new Error(`no answer within ${answerWithinMs / 1000} s`)
            : error;
    } finally {
        clearTimeout(timer);
    }
}
