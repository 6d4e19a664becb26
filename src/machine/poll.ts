import { setTimeout as sleep } from "node:timers/promises";
import { awakeTime } from "./awake";

/**
 * Asks until the answer is not undefined or the time is up.
 *
 * @param time The clock of the wait; by default one that stands while this machine sleeps.
 * @returns The answer, or undefined if there was none within `withinMs` milliseconds. Asks at least once.
 */
export async function poll<T>(
    ask: () => Promise<T | undefined>,
    { withinMs, everyMs }: { readonly withinMs: number; readonly everyMs: number },
    time: Time = awakeTime(),
): Promise<T | undefined> {
    const end = time.now() + withinMs;
    for (;;) {
        const answer = await ask();
        if (answer !== undefined || time.now() + everyMs > end) {
            return answer;
        }
        await time.sleep(everyMs);
    }
}

/** Clock and bed, for tests. */
export interface Time {
    readonly now: () => number;
    readonly sleep: (ms: number) => Promise<void>;
}

/** The machine's {@link awakeTime}; the signal ends a sleep with its reason. */
export function interruptibleTime(signal: AbortSignal): Time {
    return awakeTime(undefined, (ms) => sleep(ms, undefined, { signal }));
}
