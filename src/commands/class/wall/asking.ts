import { setTimeout as sleep } from "node:timers/promises";

/** A lab in the row of those that are asked. Times are milliseconds since the epoch. */
export interface InRow {
    readonly stack: string;
    readonly isAskable: boolean;
    /** Undefined: not yet. */
    readonly askedAt: number | undefined;
}

/** Shortest time between two questions to the same lab, in milliseconds: a question is up to some hundred requests. */
export const sameLabMs = 15_000;

/** Shortest rest between two labs, in milliseconds. After a question that took longer it is as long as that. */
export const restMs = 1_000;

/** The lab whose turn it is: the one that was not asked for the longest time. Undefined while none may be asked. */
export function nextToAsk(row: readonly InRow[], now: number): string | undefined {
    const [first] = row
        .filter(({ isAskable }) => isAskable)
        .filter(({ askedAt = -Infinity }) => now - askedAt >= sameLabMs)
        .sort((a, b) => (a.askedAt ?? -Infinity) - (b.askedAt ?? -Infinity) || 0);
    return first?.stack;
}

/** What asks the labs in turn. */
export interface AskEdges {
    readonly row: () => readonly InRow[];
    /** Asks one lab; it has an end of its own. */
    readonly ask: (stack: string) => Promise<void>;
    readonly now: () => number;
    /** Rests; ends at once when the signal is aborted. */
    readonly rest?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Asks one lab after the other until the signal, never two at the same time, and rests at least as long as it asks: so
 * a class of thirty is no more load than `verify --watch` of one lab.
 */
export async function askInTurn(edges: AskEdges, signal: AbortSignal): Promise<void> {
    const { row, ask, now, rest = restUntil } = edges;
    while (!signal.aborted) {
        const start = now();
        const stack = nextToAsk(row(), start);
        if (stack !== undefined) {
            await ask(stack);
        }
        await rest(Math.max(restMs, now() - start), signal);
    }
}

async function restUntil(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
}
