/** What a command in a pod left behind. */

import { Writable } from "node:stream";
import type { Exec, V1Status } from "@kubernetes/client-node";

export interface ExecResult {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

export function execInPod(
    exec: Exec,
    namespace: string,
    pod: string,
    container: string,
    command: readonly string[],
): Promise<ExecResult> {
    return new Promise((resolve, reject) => {
        const stdout = collector();
        const stderr = collector();
        let socket: { onclose: unknown; readonly close: () => void } | undefined;
        let isGivenUp = false;
        const timer = setTimeout(() => {
            isGivenUp = true;
            reject(new Error(`${command[0]} in ${pod} took over ${execWithinMs / 1000} s`));
            // Else the connection, and the command, would outlive whoever asked.
            socket?.close();
        }, execWithinMs);
        const done = (status: V1Status) => {
            clearTimeout(timer);
            resolve({ code: exitCode(status), stdout: stdout.text(), stderr: stderr.text() });
        };
        exec.exec(
            namespace,
            pod,
            container,
            [...command],
            stdout.stream,
            stderr.stream,
            null,
            false,
            done,
        ).then(
            (opened: { onclose: unknown; readonly close: () => void }) => {
                socket = opened;
                if (isGivenUp) {
                    opened.close();
                }
                opened.onclose = () => {
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

export function exitCode(status: V1Status): number {
    if (status.status === "Success") {
        return 0;
    }
    const cause = status.details?.causes?.find(({ reason }) => reason === "ExitCode");
    return Number(cause?.message ?? 1);
}

export function collector(): { readonly stream: Writable; readonly text: () => string } {
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
