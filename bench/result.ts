import { Fingerprint } from "./fingerprint";
import { Way } from "./ways";

/** What a value is measured in; `%` is of one processor, `times` a ratio. */
export type Unit = "s" | "MiB" | "%" | "times";

/** One measurement. */
export interface Sample {
    /** What was measured, e.g. `up` or `flip sharedService false`. */
    readonly measure: string;
    readonly way: Way;
    /** Pairs of clusters that ran, where that is what was varied. */
    readonly pairs?: number;
    readonly unit: Unit;
    readonly value: number;
    /** The value's parts in the same unit: steps of a duration, consumers of memory or processor time. */
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
    /** Versions of the programs of the ways by hand; on them, ours does not depend. */
    readonly tools: Readonly<Record<string, string>>;
    readonly samples: readonly Sample[];
    /** What was not measured, and why; sentences. */
    readonly leftOut: readonly string[];
}

/** Version of the JSON form. */
export const resultFormat = 2;

/** A result of format 1: the CLI's way was the only one by hand. */
type EarlierResult = Omit<BenchResult, "format" | "tools" | "samples"> & {
    readonly format: 1;
    readonly samples: readonly (Omit<Sample, "way"> & { readonly way: "ours" | "byHand" })[];
};

/**
 * A result from its JSON text.
 *
 * @throws Error if the text is no result of this format or the one before.
 */
export function parseResult(text: string): BenchResult {
    const result = parse(text) as Partial<BenchResult | EarlierResult> | null;
    if (
        !(result?.format === 1 || result?.format === resultFormat) ||
        !Array.isArray(result.samples) ||
        typeof result.fingerprint !== "object"
    ) {
        throw new Error(`it is no bench result of format ${resultFormat}`);
    }
    return result.format === 1 ? upgraded(result as EarlierResult) : (result as BenchResult);
}

function upgraded(earlier: EarlierResult): BenchResult {
    const samples = earlier.samples.map(({ way, ...sample }): Sample => ({
        ...sample,
        way: way === "byHand" ? "cli" : way,
    }));
    return { ...earlier, format: resultFormat, tools: {}, samples };
}

function parse(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

/** The name of the measure that is the kernel's part of another one. */
export function kernelOf(measure: string): string {
    return `${measure}, in the kernel`;
}
