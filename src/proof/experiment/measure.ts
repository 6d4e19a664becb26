import { Answer } from "../../lab/whoAnswers";
import { expectedText } from "../../lab/wording";
import { Time } from "../../machine/poll";
import { Run } from "./result";
import { Request, isAsRuled, mayFail, numbersOf, settledMs } from "./statistics";
import { outcomeWithinMs, requestEveryMs } from "./steady";

/** What a measurement works with; tests hand in their own. */
export interface MeasureEdges {
    /** All requests whose outcome is known by now. */
    readonly requests: () => readonly Request[];
    readonly time: Time;
    readonly say: (line: string) => void;
    /** Aborted by Ctrl-C. */
    readonly signal: AbortSignal;
}

/** One change that is to be made and measured. */
export interface Trial {
    /** Who must answer before, and in the end; one each for every client that asks. */
    readonly before: readonly Answer[];
    readonly after: readonly Answer[];
    /** Makes the change. */
    readonly change: () => Promise<void>;
    /** Shortest time that requests are watched after the change, in milliseconds. */
    readonly leastMs: number;
    /** Longest time, in milliseconds: what is not settled by then is told as it is. */
    readonly withinMs: number;
}

/** Time before a change in which all must be as the rule says, in milliseconds. */
const steadyMs = 5_000;

/** Time after which what was right all the while counts as settled, in milliseconds. */
const quietMs = 10_000;

/** Longest wait for requests to be as the rule says before the change, in milliseconds. */
const steadyWithinMs = 300_000;

/** Time after which a wait is explained, in milliseconds. */
const patienceMs = 10_000;

/** Milliseconds from one look at what is known to the next. */
const lookEveryMs = 500;

/** Fewest requests of a client that say that all is as the rule says: most of those of {@link steadyMs}. */
const fewestSteady = (0.6 * steadyMs) / requestEveryMs;

/**
 * Waits until all is as the rule says, makes the change, and watches the requests until all is as the rule says again, or
 * the time is up.
 *
 * @throws Error if it never is before the change, or the change cannot be made; the signal's reason when it is aborted.
 */
export async function measure(edges: MeasureEdges, trial: Trial): Promise<Run> {
    const { time, requests } = edges;
    const { before, after, change } = trial;
    await untilSteady(edges, before);
    const changedAt = time.now();
    await change();
    const changeMs = time.now() - changedAt;
    const { to, isSettled } = await untilSettled(edges, trial, changedAt);
    const span = { from: changedAt - steadyMs, changedAt, to };
    return {
        span,
        changeMs: Math.round(changeMs),
        isSettled,
        clients: after.map((answer, index) => ({
            client: answer.client,
            ...numbersOf(requests(), span, before[index]!, answer),
        })),
        requests: requests()
            .filter(({ at }) => at >= span.from && at < span.to)
            .sort((a, b) => a.at - b.at),
    };
}

async function untilSteady(
    { requests, time, say, signal }: MeasureEdges,
    before: readonly Answer[],
): Promise<void> {
    const began = time.now();
    const open = () => {
        const to = time.now() - outcomeWithinMs;
        const last = requests().filter(({ at }) => at >= to - steadyMs && at < to);
        return before.filter((answer) => !isAsRuled(last, answer, fewestSteady));
    };
    let isExplained = false;
    for (;;) {
        signal.throwIfAborted();
        const wrong = open();
        const waited = time.now() - began;
        if (waited >= steadyMs + outcomeWithinMs && wrong.length === 0) {
            return;
        }
        const rule = wrong.map((one) => `${one.client} asks: ${expectedText(one)}`).join("; ");
        if (waited > steadyWithinMs) {
            throw new Error(
                `the answers are not what the rule says before the change (${rule}), after ${steadyWithinMs / 1000} s; npm run verify says more.`,
            );
        }
        if (!isExplained && waited > steadyMs + outcomeWithinMs + patienceMs) {
            isExplained = true;
            say(
                `  waiting until the answers are what the rule says before the change (${rule}), at most ${steadyWithinMs / 1000} s`,
            );
        }
        await time.sleep(lookEveryMs);
    }
}

/** Watches until all has been right for {@link quietMs}, or the time is up. */
async function untilSettled(
    { requests, time, signal }: MeasureEdges,
    { before, after, leastMs, withinMs }: Trial,
    changedAt: number,
): Promise<{ readonly to: number; readonly isSettled: boolean }> {
    const from = changedAt - steadyMs;
    const made = time.now();
    for (;;) {
        signal.throwIfAborted();
        // Of requests that were sent later nobody knows yet what came of them.
        const to = time.now() - outcomeWithinMs;
        const isSettled = after.every((answer, index) => {
            const numbers = numbersOf(requests(), { from, changedAt, to }, before[index]!, answer);
            const settled = settledMs(numbers, answer);
            const isQuiet = settled !== undefined && to - changedAt - settled >= quietMs;
            return isQuiet && isAsking(requests(), answer, to);
        });
        const isOver = to - made >= withinMs;
        if (isOver || (isSettled && to - made >= leastMs)) {
            return { to, isSettled };
        }
        await time.sleep(lookEveryMs);
    }
}

/** Whether a client has asked all the time until now: of one that does not, nothing wrong is known either. */
function isAsking(requests: readonly Request[], { client }: Answer, to: number): boolean {
    const last = requests.filter(
        (one) => one.client === client && one.at >= to - quietMs && one.at < to,
    );
    return last.length >= (0.6 * quietMs) / requestEveryMs;
}

/** Longest time that a change's effect is waited for, in milliseconds, apart from outages. */
const usualWithinMs = 240_000;

/** The longest time until a cluster's loss is noticed, and some; by then nothing ends an outage that nothing has ended. */
const neverMs = 180_000;

/** An outage that a change begins. */
export interface BegunOutage {
    /** Seconds by which it has come to its end; 0 where nothing ends it. */
    readonly seconds: number;
    /** Who answers until the others drop the lost cluster's backends, and in the end; one each for every client. */
    readonly kept: readonly Answer[];
    readonly end: readonly Answer[];
}

/** How long requests are watched after a change. */
export function watchTimes(outage: BegunOutage | undefined): Pick<Trial, "leastMs" | "withinMs"> {
    if (outage === undefined) {
        return { leastMs: quietMs, withinMs: usualWithinMs };
    }
    const { seconds, kept, end } = outage;
    if (seconds === 0) {
        return { leastMs: neverMs, withinMs: neverMs };
    }
    // Where the end looks like what was before it, only time tells.
    const isSeen = end.some((answer, index) => differs(answer, kept[index]!));
    const endMs = seconds * 1000;
    return { leastMs: isSeen ? quietMs : endMs, withinMs: endMs + steadyMs };
}

function differs(a: Answer, b: Answer): boolean {
    return a.answering.join() !== b.answering.join() || mayFail(a) !== mayFail(b);
}
