import { Fingerprint } from "./fingerprint";

/** Whose way was measured: this project's, or the one that Cilium's documentation has for people. */
export type Way = "ours" | "byHand";

/** One measurement. */
export interface Sample {
    /** What was measured, e.g. `up` or `flip sharedService false`. */
    readonly measure: string;
    readonly way: Way;
    /** Pairs of clusters that ran, where that is what was varied. */
    readonly pairs?: number;
    readonly unit: "s" | "MiB";
    readonly value: number;
    /** The value's parts in the same unit: steps of a duration, consumers of memory. */
    readonly parts?: Readonly<Record<string, number>>;
}

/** One run of the bench; what its JSON file contains. */
export interface BenchResult {
    readonly format: typeof resultFormat;
    /** When it ended, ISO 8601. */
    readonly at: string;
    /** Version of this project. Not part of the fingerprint: versions are what one wants to compare. */
    readonly project: string;
    readonly fingerprint: Fingerprint;
    readonly samples: readonly Sample[];
    /** What was not measured, and why; sentences. */
    readonly leftOut: readonly string[];
}

/** Version of the JSON form. */
export const resultFormat = 1;

/**
 * A result from its JSON text.
 *
 * @throws Error if the text is no result of this format.
 */
export function parseResult(text: string): BenchResult {
    const result = parse(text) as Partial<BenchResult> | null;
    if (
        result?.format !== resultFormat ||
        !Array.isArray(result.samples) ||
        typeof result.fingerprint !== "object"
    ) {
        throw new Error(`it is no bench result of format ${resultFormat}`);
    }
    return result as BenchResult;
}

function parse(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}
