import { Answer, dropping } from "../../lab/whoAnswers";
import { Spread, spreadOf } from "../spread";
import { Outcome } from "../verify/requests";

/** One request of a client, and what came of it. */
export interface Request extends Outcome {
    /** The cluster whose client sent it. */
    readonly client: string;
    /** When it was sent, milliseconds since the epoch. */
    readonly at: number;
}

/** A stretch of time around a change, all in milliseconds since the epoch. */
export interface Span {
    /** Where the requests begin that are told of. */
    readonly from: number;
    /** When the change was begun to be made; times are counted from here. */
    readonly changedAt: number;
    /** Where they end; it is known what came of every request that was sent before. */
    readonly to: number;
}

/** What one client got, counted from the change on; all times in milliseconds. */
export interface ClientNumbers {
    /** Requests sent. */
    readonly sent: number;
    /** Answers by cluster. */
    readonly answered: Readonly<Record<string, number>>;
    /** Requests that nobody answered: refused or timed out. */
    readonly failed: number;
    /** Of those the ones that waited in vain. */
    readonly timedOut: number;
    /** Requests of which nobody knows: answered by something else than a rebel-base, cut off, or without a name. */
    readonly unclear: number;
    /** Longest time without an answer, from one answer to the next or to the end. */
    readonly longestGapMs: number;
    /** The same before the change: what of a gap is the sender's own. */
    readonly gapBeforeMs: number;
    /** From the change to the last request that a cluster answered which must not any more; null if there was none. */
    readonly lastWrongMs: number | null;
    /** From the change to the first answer of every cluster that must answer now and did not before; null where there is none such. */
    readonly firstNewMs: number | null;
    /** The clusters of those that have not answered. */
    readonly missing: readonly string[];
    /** From the change to the last request that failed or is unclear; null if none did. */
    readonly lastFailedMs: number | null;
}

/** The numbers of one client. */
export function numbersOf(
    requests: readonly Request[],
    { from, changedAt, to }: Span,
    before: Answer,
    after: Answer,
): ClientNumbers {
    const own = requests
        .filter(({ client, at }) => client === after.client && at >= from && at < to)
        .sort((a, b) => a.at - b.at);
    const since = own.filter(({ at }) => at >= changedAt);
    const answers = since.filter(isAnswer);
    const failed = since.filter(({ kind }) => kind === "failed");
    const unclear = since.filter(({ kind }) => kind === "unclear");
    const wrong = answers.filter(({ cluster = "" }) => !after.answering.includes(cluster));
    const firsts = after.answering
        .filter((cluster) => !before.answering.includes(cluster))
        .map((name) => ({ name, at: answers.find(({ cluster }) => cluster === name)?.at }));
    const elapsed = (at: number | undefined) => (at === undefined ? null : at - changedAt);
    const met = firsts.flatMap(({ at }) => at ?? []);
    return {
        sent: since.length,
        answered: countsOf(answers),
        failed: failed.length,
        timedOut: failed.filter(({ timedOut }) => timedOut).length,
        unclear: unclear.length,
        longestGapMs: longestGap(own, changedAt, to),
        gapBeforeMs: longestGap(own, from, changedAt),
        lastWrongMs: elapsed(wrong.at(-1)?.at),
        firstNewMs: met.length === 0 ? null : Math.max(...met) - changedAt,
        missing: firsts.filter(({ at }) => at === undefined).map(({ name }) => name),
        lastFailedMs: elapsed(since.findLast((one) => !isAnswer(one))?.at),
    };
}

function isAnswer({ kind }: Outcome): boolean {
    return kind === "answered";
}

function countsOf(answers: readonly Request[]): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { cluster = "" } of answers) {
        counts[cluster] = (counts[cluster] ?? 0) + 1;
    }
    return counts;
}

/**
 * The longest time without an answer that ends in a stretch of time, in milliseconds: from one answer's arrival to the next,
 * or to the stretch's end. It may have begun before the stretch; where nothing was answered at all, it is the stretch.
 */
export function longestGap(requests: readonly Request[], from: number, to: number): number {
    const arrivals = requests
        .filter(isAnswer)
        .map(({ at, milliseconds }) => at + milliseconds)
        .filter((at) => at < to)
        .sort((a, b) => a - b);
    const first = arrivals.findLast((at) => at <= from) ?? from;
    const inside = [...arrivals.filter((at) => at > from), to];
    return Math.round(Math.max(...inside.map((at, i) => at - (inside[i - 1] ?? first))));
}

/** Whether requests of a client may fail for good, by the rule. */
export function mayFail(answer: Answer): boolean {
    return answer.answering.length === 0 || dropping(answer).length > 0;
}

/**
 * From the change until all that a client got was right for good, in milliseconds: the last wrong answer, the last failure
 * where none may be, and the first answers of those that are new.
 *
 * @returns Undefined where a cluster that must answer has not yet, or nothing was sent.
 */
export function settledMs(
    { sent, missing, lastWrongMs, lastFailedMs, firstNewMs }: ClientNumbers,
    after: Answer,
): number | undefined {
    return missing.length > 0 || sent === 0
        ? undefined
        : Math.max(0, lastWrongMs ?? 0, firstNewMs ?? 0, mayFail(after) ? 0 : (lastFailedMs ?? 0));
}

/** Whether a stretch of requests fits a rule: every cluster that must answer did, no other, and nothing failed that may not. */
export function isAsRuled(requests: readonly Request[], answer: Answer, fewest: number): boolean {
    const own = requests.filter(({ client }) => client === answer.client);
    const answered = Object.keys(countsOf(own.filter(isAnswer)));
    return (
        own.length >= fewest &&
        answer.answering.every((cluster) => answered.includes(cluster)) &&
        answered.every((cluster) => answer.answering.includes(cluster)) &&
        (mayFail(answer) || own.every(isAnswer))
    );
}

/** The numbers of a client that are put together over several runs. */
const summarised = [
    "sent",
    "failed",
    "timedOut",
    "longestGapMs",
    "gapBeforeMs",
    "lastWrongMs",
    "firstNewMs",
    "lastFailedMs",
] as const;

/** Medians of several runs; of a number that a run does not have, of the others'. */
export type Summary = Readonly<Record<(typeof summarised)[number], Spread | null>>;

/** Median, smallest and largest of each number over several runs. */
export function summaryOf(runs: readonly ClientNumbers[]): Summary {
    return Object.fromEntries(
        summarised.map((name) => [name, spreadOf(runs.flatMap((run) => run[name] ?? [])) ?? null]),
    ) as Summary;
}
