import { setTimeout as sleep } from "node:timers/promises";
import type { Time } from "./poll";

/** A pause this much longer than it was asked for is one of the machine, in milliseconds: it slept, or was stopped. */
const pausedMs = 30_000;

/**
 * A clock for what is waited for: it is not set, and it stands while this machine sleeps, so that no wait is over when a
 * laptop is opened again. On Linux the system's own monotonic clock stands by itself; elsewhere a sleep is noticed.
 *
 * @param raw Milliseconds of a clock that only goes forward.
 */
export function awakeTime(
    raw: () => number = () => performance.timeOrigin + performance.now(),
    rest: (ms: number) => Promise<unknown> = sleep,
): Time {
    let slept = 0;
    // Of several that rest at the same time, the first that wakes has counted the machine's sleep.
    let countedAt = -Infinity;
    return {
        now: () => raw() - slept,
        sleep: async (ms) => {
            const before = raw();
            await rest(ms);
            const over = raw() - Math.max(before, countedAt) - ms;
            if (over > pausedMs) {
                slept += over;
                countedAt = raw();
            }
        },
    };
}
