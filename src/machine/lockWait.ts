import { awakeTime } from "./awake";
import { Holder, describeHolder, endingOf } from "./lockHolder";
import { Time } from "./poll";

/** How to wait for a lock. */
export interface Waiting {
    /** What the lock is for, as the end of "waits for …": `the image cache`. */
    readonly lockOf: string;
    /** Told who holds the lock, once it takes longer than {@link quietMs}, and then every half minute. */
    readonly say: (line: string) => void;
    /** Longest wait, in milliseconds. */
    readonly withinMs: number;
    /** Time that is not worth a word, in milliseconds. */
    readonly quietMs?: number;
    /** The clock of the wait; by default one that stands while this machine sleeps. */
    readonly time?: Time;
}

/** Thrown where somebody else holds a lock. */
export class LockedError extends Error {
    constructor(
        readonly holder: Holder,
        message: string,
    ) {
        super(message);
        this.name = "LockedError";
    }
}

/** Time between two tries, in milliseconds. */
const everyMs = 25;

/** Time between two words on what is waited for, in milliseconds. */
const sayEveryMs = 30_000;

/**
 * Waits a short time for who holds a lock, again and again: says so, and has an end.
 *
 * @returns What waits. @throws LockedError when all the time is over.
 */
export function patience(path: string, waiting: Waiting): (holder: Holder) => Promise<void> {
    const { lockOf, say, withinMs, quietMs = 2_000, time = awakeTime() } = waiting;
    const start = time.now();
    let nextWord = start + quietMs;
    return async (holder) => {
        const now = time.now();
        const left = start + withinMs - now;
        const who = `${describeHolder(holder)} works on it`;
        if (left <= 0) {
            throw new LockedError(
                holder,
                `${lockOf} was not to be had within ${Math.round(withinMs / 1000)} s: ${who}. Wait for its end, or end it: ${endingOf(holder, path)}`,
            );
        }
        if (now >= nextWord) {
            say(`waiting for ${lockOf}, for ${Math.round(left / 1000)} s at most: ${who}`);
            nextWord = now + sayEveryMs;
        }
        await time.sleep(everyMs);
    };
}
