import { textTable } from "../src/machine/terminal";
import { Spread, spreadOf } from "../src/proof/spread";
import { whyNotComparable } from "./fingerprint";
import { BenchResult, Sample, Way } from "./result";

/** All measurements of one thing. */
export interface Row {
    readonly label: string;
    readonly unit: Sample["unit"];
    readonly ours: Spread | undefined;
    readonly byHand: Spread | undefined;
    /** Median of ours divided by that of the other; below 1 ours is quicker or smaller. */
    readonly ratio: number | undefined;
    readonly goal: Goal | undefined;
}

/** What a row is to reach. */
export interface Goal {
    readonly text: string;
    readonly isMet: boolean | undefined;
}

/** The measurements by what was measured, in the order in which each was first measured. */
export function summarise(samples: readonly Sample[]): Row[] {
    const labels = [...new Set(samples.map(labelOf))];
    return labels.map((label) => {
        const own = samples.filter((sample) => labelOf(sample) === label);
        const spread = (way: Way) =>
            spreadOf(own.filter((sample) => sample.way === way).map(({ value }) => value));
        const [ours, byHand] = [spread("ours"), spread("byHand")];
        const ratio = ratioOf(ours, byHand);
        const { unit, measure, pairs } = own[0]!;
        const goal = pairs === undefined ? goalOf(measure, ours, ratio) : undefined;
        return { label, unit, ours, byHand, ratio, goal };
    });
}

function labelOf({ measure, pairs }: Sample): string {
    return pairs === undefined ? measure : `${measure}, ${pairs} ${pairs === 1 ? "pair" : "pairs"}`;
}

function goalOf(
    measure: string,
    ours: Spread | undefined,
    ratio: number | undefined,
): Goal | undefined {
    const [name = ""] = measure.split(/[ :]/);
    const most = mostRatio[name];
    if (most !== undefined) {
        return { text: `at most ${most}`, isMet: ratio === undefined ? undefined : ratio <= most };
    }
    const seconds = measure in mostSeconds ? mostSeconds[measure] : mostSeconds[name];
    return seconds === undefined
        ? undefined
        : { text: `at most ${seconds} s`, isMet: ours && ours.median <= seconds };
}

/** Goals as a part of the way by hand. */
const mostRatio: Readonly<Record<string, number>> = { up: 0.5, down: 1.2 };

/** Goals in seconds, by measure or its first word. */
const mostSeconds: Readonly<Record<string, number>> = {
    flip: 4,
    "no change: pulumi up --skip-preview": 3,
};

/** A result as text: a row for each thing, then what was left out. */
export function summaryText({
    samples,
    leftOut,
}: Pick<BenchResult, "samples" | "leftOut">): string {
    const rows = summarise(samples);
    const head = ["", "ours", "by hand", "ours / by hand", "goal", ""];
    const lines = rows.map(({ label, unit, ours, byHand, ratio, goal }) => [
        label,
        spreadText(ours, unit),
        spreadText(byHand, unit),
        ratio?.toFixed(2) ?? "",
        goal?.text ?? "",
        goal?.isMet === undefined ? "" : goal.isMet ? "reached" : "missed",
    ]);
    return [
        ...textTable([head, ...lines]),
        ...(leftOut.length === 0 ? [] : ["", "Left out:", ...leftOut.map((line) => `  ${line}`)]),
    ].join("\n");
}

/** `12.3 s (11.9 to 13.0, 3 runs)`; of a single run, its value alone. */
export function spreadText(spread: Spread | undefined, unit: Sample["unit"]): string {
    if (spread === undefined) {
        return "-";
    }
    const number = (value: number) => value.toFixed(unit === "s" ? 1 : 0);
    const text = `${number(spread.median)} ${unit}`;
    return spread.count === 1
        ? text
        : `${text} (${number(spread.min)} to ${number(spread.max)}, ${spread.count} runs)`;
}

/** The parts of each measure as text: their medians, largest first for memory, in order for durations. */
export function partsText(samples: readonly Sample[]): string {
    const labels = [...new Set(samples.filter(({ parts }) => parts).map(keyOf))];
    return labels
        .map((label) => {
            const own = samples.filter((sample) => sample.parts && keyOf(sample) === label);
            const { unit } = own[0]!;
            const names = [...new Set(own.flatMap(({ parts }) => Object.keys(parts!)))];
            const rows = names.map((name) => {
                const values = own.flatMap(({ parts }) => parts![name] ?? []);
                return { name, spread: spreadOf(values)! };
            });
            if (unit === "MiB") {
                rows.sort((a, b) => b.spread.median - a.spread.median);
            }
            const lines = rows.map(({ name, spread }) => [`  ${name}`, spreadText(spread, unit)]);
            return [label, ...textTable(lines)].join("\n");
        })
        .join("\n\n");
}

function keyOf(sample: Sample): string {
    return `${labelOf(sample)}, ${sample.way === "ours" ? "ours" : "by hand"}`;
}

/** How ours has changed since an earlier result, or why that cannot be said. */
export function againstText(result: BenchResult, earlier: BenchResult): string {
    const reason = whyNotComparable(result.fingerprint, earlier.fingerprint);
    if (reason !== undefined) {
        return reason;
    }
    const before = summarise(earlier.samples);
    const rows = summarise(result.samples).flatMap(({ label, unit, ours }) => {
        const then = before.find((row) => row.label === label)?.ours;
        const ratio = ratioOf(ours, then);
        return ratio === undefined
            ? []
            : [[label, spreadText(ours, unit), spreadText(then, unit), ratio.toFixed(2)]];
    });
    const head = ["", `now (${result.project})`, `then (${earlier.project})`, "now / then"];
    return textTable([head, ...rows]).join("\n");
}

/** Ratio of two medians; undefined if one is missing or the second is 0. */
export function ratioOf(ours: Spread | undefined, other: Spread | undefined): number | undefined {
    return ours === undefined || other === undefined || other.median === 0
        ? undefined
        : ours.median / other.median;
}
