import { Writable } from "node:stream";
import type { V1Status } from "@kubernetes/client-node";
import type { OpenExec } from "./client";

/** What a command in a pod left behind. */
export interface ExecResult {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/**
 * Runs a command in a pod. One that takes over {@link execWithinMs} is given up, and its connection closed.
 *
 * @throws Error if it cannot be started, takes too long or its connection is lost.
 */
export function execInPod(
    open: OpenExec,
    namespace: string,
    pod: string,
    container: string,
    command: readonly string[],
): Promise<ExecResult> {
    return new Promise((resolve, reject) => {
        const stdout = collector();
        const stderr = collector();
        const patience = new AbortController();
        const timer = setTimeout(() => {
            reject(new Error(`${command[0]} in ${pod} took over ${execWithinMs / 1000} s`));
            // Else the connection, and the command, would outlive whoever asked.
            patience.abort();
        }, execWithinMs);
        const done = (status: V1Status) => {
            clearTimeout(timer);
            resolve({ code: exitCode(status), stdout: stdout.text(), stderr: stderr.text() });
        };
        const exec = open(patience.signal);
        const opening = exec.exec(
            namespace,
            pod,
            container,
            [...command],
            stdout.stream,
            stderr.stream,
            null,
            false,
            done,
        );
        opening.then(
            (socket) => {
                endWith(socket, patience.signal);
                socket.onclose = () => {
                    clearTimeout(timer);
                    reject(new Error(`the connection to ${pod} was closed`));
                };
            },
            (error: unknown) => {
                clearTimeout(timer);
                reject(error instanceof Error ? error : new Error(`exec in ${pod} failed`));
            },
        );
    });
}

/** Ends a connection when the signal is aborted; it waits for no word of the other side, which may be silent. */
function endWith(socket: { readonly terminate: () => void }, signal: AbortSignal): void {
    const end = () => socket.terminate();
    if (signal.aborted) {
        end();
    }
    signal.addEventListener("abort", end, { once: true });
}

/** The exit code that an exec's status tells; 1 where it tells none. */
export function exitCode(status: V1Status): number {
    if (status.status === "Success") {
        return 0;
    }
    const cause = status.details?.causes?.find(({ reason }) => reason === "ExitCode");
    return Number(cause?.message ?? 1);
}

/** A stream that keeps what is written to it. */
function collector(): { readonly stream: Writable; readonly text: () => string } {
    const chunks: Buffer[] = [];
    const stream = new Writable({
        write(chunk: Buffer, _encoding, callback) {
            chunks.push(Buffer.from(chunk));
            callback();
        },
    });
    return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

/** Longest time a command in a pod may take. */
export const execWithinMs = 60000;
