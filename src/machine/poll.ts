import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks until the answer is not undefined or the time is up.
 *
 * @returns The answer, or undefined if there was none within `withinMs` milliseconds. Asks at least once.
 */
export async function poll<T>(
    ask: () => Promise<T | undefined>,
    { withinMs, everyMs }: { readonly withinMs: number; readonly everyMs: number },
): Promise<T | undefined> {
    const end = Date.now() + withinMs;
    for (;;) {
        const answer = await ask();
        if (answer !== undefined || Date.now() + everyMs > end) {
            return answer;
        }
        await sleep(everyMs);
    }
}

/** Clock and bed, for tests. */
export interface Time {
    readonly now: () => number;
    readonly sleep: (ms: number) => Promise<void>;
}

/** The machine's time, milliseconds since the epoch that never go back; the signal ends a sleep with its reason. */
export function interruptibleTime(signal: AbortSignal): Time {
    return {
        now: () => performance.timeOrigin + performance.now(),
        sleep: (ms) => sleep(ms, undefined, { signal }),
    };
}
