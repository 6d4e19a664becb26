import { textTable } from "../../machine/terminal";
import { timeText } from "../../proof/report/format";

const hourMs = 3_600_000;

/** A lab and how long it may stay. */
export interface Aged {
    readonly stack: string;
    /** The stack's `ttlHours`; 0 is for ever. Undefined: its config cannot be read. */
    readonly ttlHours: number | undefined;
    /** End of its last `up`, in milliseconds since the epoch; undefined if unknown. */
    readonly lastUp: number | undefined;
}

/**
 * When a lab expires, in milliseconds since the epoch; undefined for never. The time runs from the last `up`, not
 * from the creation of the clusters: whoever works with a lab runs `up`, and can so keep it.
 */
export function expiresAt({ ttlHours, lastUp }: Omit<Aged, "stack">): number | undefined {
    return ttlHours && lastUp !== undefined ? lastUp + ttlHours * hourMs : undefined;
}

/** Whether a lab is past its time. */
export function isExpired(lab: Omit<Aged, "stack">, now: number): boolean {
    const end = expiresAt(lab);
    return end !== undefined && end <= now;
}

/** `in 3 h`, `12 min ago`. */
export function fromNow(time: number, now: number): string {
    const minutes = Math.round(Math.abs(time - now) / 60_000);
    const span = minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
    return time > now ? `in ${span}` : `${span} ago`;
}

/** A list of the labs that may expire, the oldest first, and how many may not. */
export function agedText(labs: readonly Aged[], now: number): string {
    const ending = labs
        .map((lab) => ({ ...lab, end: expiresAt(lab) }))
        .filter((lab): lab is typeof lab & { end: number } => lab.end !== undefined)
        .sort((a, b) => a.end - b.end);
    const rows = ending.map(({ stack, ttlHours, lastUp, end }) => [
        stack,
        String(ttlHours),
        timeText(new Date(lastUp!).toISOString()),
        `${end <= now ? "expired" : "expires"} ${fromNow(end, now)}`,
    ]);
    const staying = labs.filter(({ ttlHours }) => ttlHours === 0).length;
    const unknown = labs.filter((lab) => lab.ttlHours !== 0 && expiresAt(lab) === undefined);
    return [
        ...(rows.length > 0 ? textTable([["lab", "ttlHours", "last up", ""], ...rows]) : []),
        ...(staying > 0 ? [`Without ttlHours, and kept: ${staying}.`] : []),
        ...unknown.map(
            ({ stack, ttlHours }) =>
                `${stack} is kept: ${ttlHours === undefined ? "its config cannot be read" : "nobody knows when it was last up"}.`,
        ),
        ...(labs.length === 0 ? ["This checkout has created no lab."] : []),
    ].join("\n");
}
