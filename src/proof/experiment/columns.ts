import { failed } from "../live/history";
import { Request, Span } from "./statistics";

/** Counts of one column: by client, then by the cluster that answered, or {@link failed}. */
export type ColumnCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A span of requests cut into columns of the same length, so that the change is where one begins. */
export interface Columns {
    /** Milliseconds of a column. */
    readonly stepMs: number;
    readonly counts: readonly ColumnCounts[];
    /** Columns before the change. */
    readonly before: number;
}

/** Lengths that a column may have, in milliseconds: of fewer than five requests a share says nothing. */
const stepsMs = [500, 1000, 2500, 5000, 10_000, 25_000, 50_000];

/** Most columns: fewer than would be too narrow for their patterns on a phone. */
const mostColumns = 90;

/** The requests of a span in columns. What is left at its end, shorter than a column, is not shown. */
export function columnsOf(requests: readonly Request[], { from, changedAt, to }: Span): Columns {
    const stepMs =
        stepsMs.find((ms) => (to - from) / ms <= mostColumns) ?? (to - from) / mostColumns;
    const before = Math.ceil((changedAt - from) / stepMs);
    const start = changedAt - before * stepMs;
    const count = Math.max(1, Math.floor((to - start) / stepMs));
    const counts = Array.from(
        { length: count },
        (): Record<string, Record<string, number>> => ({}),
    );
    for (const { client, at, cluster } of requests) {
        const column = counts[Math.floor((at - start) / stepMs)];
        if (column !== undefined) {
            const own = (column[client] ??= {});
            own[cluster ?? failed] = (own[cluster ?? failed] ?? 0) + 1;
        }
    }
    return { stepMs, counts, before };
}

/** Lengths between two ticks of a scale, in seconds. */
const tickSeconds = [1, 2, 5, 10, 20, 30, 60, 120, 300];

/** Most lengths between ticks: more would not fit a phone. */
const mostLengths = 4;

/** One tick of a scale of time. */
export interface Tick {
    /** Seconds after the change. */
    readonly seconds: number;
    /** Place on the scale. */
    readonly percent: number;
}

/** The ticks of the columns' scale, the change's own among them, in order. */
export function ticksOf({ stepMs, counts, before }: Columns): Tick[] {
    const whole = (counts.length * stepMs) / 1000;
    const early = (before * stepMs) / 1000;
    const every = tickSeconds.find((one) => whole / one <= mostLengths) ?? whole / mostLengths;
    const first = -Math.floor(early / every) * every;
    const count = Math.floor((whole - early - first) / every) + 1;
    return Array.from({ length: count }, (_, i) => {
        const seconds = first + i * every;
        return { seconds, percent: Number((((seconds + early) / whole) * 100).toFixed(2)) };
    });
}
