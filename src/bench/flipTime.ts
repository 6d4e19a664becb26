import { Time } from "../readiness/waitUntilReady";

/** One round of requests of one client. */
export interface AskedRound {
    /** When its last answer was there, in milliseconds. */
    readonly end: number;
    /** Whether exactly those answered that the new rule says. */
    readonly agrees: boolean;
}

/**
 * When the answers of a client were right for good: the end of the first round from which on all agree. An
 * upper bound: the change arrived between the round before and this one.
 *
 * @returns Undefined if the last round does not agree.
 */
export function settledAt(rounds: readonly AskedRound[]): number | undefined {
    const wrong = rounds.findLastIndex(({ agrees }) => !agrees);
    return rounds[wrong + 1]?.end;
}

/** Rounds of requests until the answers are right for good. */
export interface FlipArgs {
    /** One for each client: sends a round of requests and says whether the new rule holds. */
    readonly ask: readonly (() => Promise<boolean>)[];
    /** Makes the change; may return long before or after it has arrived. */
    readonly change: () => Promise<void>;
    readonly time: Time;
}

/** Pause between two rounds of a client, in milliseconds. */
const pauseMs = 100;

/** How long answers must stay right, in milliseconds. */
export const quietMs = 2000;

/** Longest wait for the change to arrive once it was made, in milliseconds. */
export const flipWithinMs = 60_000;

/**
 * Asks from every client all the time while a change is made, until the answers have been right for
 * {@link quietMs}.
 *
 * @returns Seconds from the start of the change to the last moment at which a client's answers were not known
 *   to be right. A client whose answers do not change counts from its first round.
 * @throws Error if the change fails, or does not arrive within {@link flipWithinMs}.
 */
export async function flipSeconds({ ask, change, time }: FlipArgs): Promise<number> {
    const start = time.now();
    let changedAt: number | undefined;
    const clients = ask.map(async (askOnce) => {
        const rounds: AskedRound[] = [];
        for (;;) {
            const agrees = await askOnce();
            rounds.push({ end: time.now(), agrees });
            const settled = settledAt(rounds);
            const quietSince = Math.max(settled ?? Infinity, changedAt ?? Infinity);
            if (settled !== undefined && time.now() - quietSince >= quietMs) {
                return settled;
            }
            if (changedAt !== undefined && time.now() - changedAt > flipWithinMs) {
                throw new Error(`answers are not right ${flipWithinMs / 1000} s after the change`);
            }
            await time.sleep(pauseMs);
        }
    });
    const changed = change().then(
        () => (changedAt = time.now()),
        (error: Error) => {
            changedAt = -Infinity;
            throw error;
        },
    );
    const [settled] = await Promise.all([Promise.all(clients), changed]);
    return (Math.max(...settled) - start) / 1000;
}
