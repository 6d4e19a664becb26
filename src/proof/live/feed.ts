import { setTimeout as sleep } from "node:timers/promises";
import { OpenSession, PodSession } from "../../mesh/kube/session";
import { Sent } from "./history";
import { Load, boardLoad } from "./load";

/** What a client's requests are sent with. */
export interface FeedEdges {
    readonly client: string;
    /** A pod that can ask at this moment; undefined if there is none. */
    readonly pod: () => string | undefined;
    readonly open: () => OpenSession | undefined;
    readonly onSent: (sent: Sent) => void;
    /** Gets why no requests are sent, and undefined when they are. */
    readonly onTrouble: (trouble: string | undefined) => void;
    readonly now: () => number;
    /** @default {@link boardLoad} */
    readonly load?: Load;
}

/** Milliseconds until a session that ended is opened again. */
const againMs = 1_000;

/**
 * Has a client's x-wing send requests at a steady pace until the signal, from another pod when one goes. Each session is
 * one exec, fed by lines: when nobody feeds it, it ends by itself ({@link loadScript}).
 */
export async function feed(edges: FeedEdges, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
        const [pod, open] = [edges.pod(), edges.open()];
        if (pod === undefined || open === undefined) {
            edges.onTrouble("no x-wing pod is ready");
        } else {
            await session(edges, open, pod, signal).catch((error: Error) => {
                // Who is told to end has no trouble.
                if (!signal.aborted) {
                    edges.onTrouble(error.message || "no session");
                }
            });
        }
        await sleep(againMs, undefined, { signal }).catch(() => undefined);
    }
}

async function session(
    edges: FeedEdges,
    open: OpenSession,
    pod: string,
    signal: AbortSignal,
): Promise<void> {
    const { client, onSent, onTrouble, load = boardLoad } = edges;
    const waiting = new Map<number, number>();
    const read = load.reader();
    const place = { namespace: "default", pod, container: "x-wing" };
    const onText = (text: string) => {
        for (const { batch, outcomes, broken } of read(text)) {
            const at = waiting.get(batch);
            waiting.delete(batch);
            onTrouble(broken);
            if (at !== undefined && broken === undefined) {
                onSent({ client, at, outcomes });
            }
        }
    };
    const opened = await open(place, ["sh", "-c", load.script], onText, signal);
    const reason = await write(opened, waiting, edges, signal);
    opened.close();
    if (!signal.aborted) {
        onTrouble(reason);
    }
}

/** Writes a line for each batch until the session ends or no more answers come; returns why. */
async function write(
    { write: send, ended }: PodSession,
    waiting: Map<number, number>,
    { pod, now, load: { everyMs, mostUnanswered } = boardLoad }: FeedEdges,
    signal: AbortSignal,
): Promise<string> {
    let reason: string | undefined;
    void ended.then((text) => (reason = text));
    for (let batch = 1; reason === undefined && !signal.aborted && pod() !== undefined; batch++) {
        if (waiting.size >= mostUnanswered) {
            return "its requests got no answer and no timeout: the connection hangs";
        }
        waiting.set(batch, now());
        send(`${batch}\n`);
        await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
    return reason ?? "no x-wing pod is ready";
}
