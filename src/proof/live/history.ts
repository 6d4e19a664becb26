import { Outcome } from "../verify/requests";

/** Requests of one client that were sent at the same moment. */
export interface Sent {
    readonly client: string;
    /** When, milliseconds since the epoch. */
    readonly at: number;
    readonly outcomes: readonly Outcome[];
}

/** Stands for requests that nobody answered, among the names of clusters. */
export const failed = "failed";

/** What the clients got in a span of time: by client, then by the cluster that answered, or {@link failed}. */
export interface Bucket {
    /** Its start, milliseconds since the epoch; a multiple of its span. */
    readonly at: number;
    readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Milliseconds of a bucket. */
export const bucketMs = 2_000;

/** Minutes that are kept. */
export const historyMinutes = 60;

/** The history with one more batch; what is older than {@link historyMinutes} goes. Given and returned in time's order. */
export function withSent(history: readonly Bucket[], { client, at, outcomes }: Sent): Bucket[] {
    const start = Math.floor(at / bucketMs) * bucketMs;
    const own = history.find((bucket) => bucket.at === start) ?? { at: start, counts: {} };
    const counts = { ...own.counts[client] };
    for (const { cluster } of outcomes) {
        const answer = cluster ?? failed;
        counts[answer] = (counts[answer] ?? 0) + 1;
    }
    const oldest = start - historyMinutes * 60_000;
    return [
        ...history.filter((bucket) => bucket.at !== start && bucket.at > oldest),
        { at: start, counts: { ...own.counts, [client]: counts } },
    ].sort((a, b) => a.at - b.at);
}

/**
 * The history in columns for a chart: so many spans of equal length that end now; a span in which nothing was sent is
 * empty.
 */
export function columns(
    history: readonly Bucket[],
    {
        now,
        minutes,
        count,
    }: { readonly now: number; readonly minutes: number; readonly count: number },
): Bucket["counts"][] {
    const span = (minutes * 60_000) / count;
    const end = Math.ceil(now / bucketMs) * bucketMs;
    const sums = Array.from({ length: count }, (): Record<string, Record<string, number>> => ({}));
    for (const { at, counts } of history) {
        const sum = sums[count - Math.ceil((end - at) / span)];
        for (const [client, answers] of sum === undefined ? [] : Object.entries(counts)) {
            const own = (sum![client] ??= {});
            for (const [answer, number] of Object.entries(answers)) {
                own[answer] = (own[answer] ?? 0) + number;
            }
        }
    }
    return sums;
}
