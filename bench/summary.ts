import { textTable } from "../src/machine/terminal";
import { Spread, spreadOf } from "../src/proof/spread";
import { whyNotComparable } from "./fingerprint";
import { Goal, Spreads, goalsOf, ratioOf } from "./goals";
import { numberText, valueText } from "./measurements";
import { BenchResult, Sample, Unit, kernelOf } from "./result";
import { Way, handWaysOf, wayNames, ways } from "./ways";

/** All measurements of one thing. */
export interface Row {
    readonly label: string;
    readonly unit: Unit;
    readonly spreads: Spreads;
    /** What ours is to reach; none where the number of pairs is varied. */
    readonly goals: readonly Goal[];
}

/** The measurements by what was measured, in the order in which each was first measured. */
export function summarise(samples: readonly Sample[]): Row[] {
    const labels = [...new Set(samples.map(labelOf))];
    return labels.map((label) => {
        const own = samples.filter((sample) => labelOf(sample) === label);
        const spreads = Object.fromEntries(
            ways.flatMap((way) => {
                const spread = spreadOf(valuesOf(own, way));
                return spread === undefined ? [] : [[way, spread]];
            }),
        ) as Spreads;
        const { unit, measure, pairs } = own[0]!;
        return {
            label,
            unit,
            spreads,
            goals: pairs === undefined ? goalsOf(measure, spreads) : [],
        };
    });
}

function valuesOf(samples: readonly Sample[], way: Way): number[] {
    return samples.filter((sample) => sample.way === way).map(({ value }) => value);
}

function labelOf({ measure, pairs }: Pick<Sample, "measure" | "pairs">): string {
    return pairs === undefined ? measure : `${measure}, ${pairs} ${pairs === 1 ? "pair" : "pairs"}`;
}

/** A result as text: a row for each thing, then what was left out. */
export function summaryText({
    samples,
    leftOut,
}: Pick<BenchResult, "samples" | "leftOut">): string {
    const byHand = handWaysOf(ways);
    const head = [
        ...["", ...ways.map((way) => wayNames[way])],
        ...[...byHand.map((way) => `ours / ${wayNames[way]}`), "goal"],
    ];
    const lines = summarise(samples).map(({ label, unit, spreads, goals }) => [
        ...[label, ...ways.map((way) => spreadText(spreads[way], unit))],
        ...byHand.map((way) => ratioOf(spreads.ours, spreads[way])?.toFixed(2) ?? ""),
        goals.map(goalText).join("; "),
    ]);
    return [
        ...textTable([head, ...lines]),
        ...(leftOut.length === 0 ? [] : ["", "Left out:", ...leftOut.map((line) => `  ${line}`)]),
    ].join("\n");
}

function goalText({ text, isMet }: Goal): string {
    return isMet === undefined ? text : `${text}: ${isMet ? "reached" : "missed"}`;
}

/** `12.3 s (11.9 to 13.0, 3 runs)`; of a single run, its value alone. */
export function spreadText(spread: Spread | undefined, unit: Unit): string {
    if (spread === undefined) {
        return "-";
    }
    const { median, min, max, count } = spread;
    const text = valueText(median, unit);
    return count === 1
        ? text
        : `${text} (${numberText(min, unit)} to ${numberText(max, unit)}, ${count} runs)`;
}

/** The parts of each duration and memory as text: their medians, largest first for memory, in order for durations. */
export function partsText(samples: readonly Sample[]): string {
    const inParts = samples.filter(({ parts, unit }) => parts && unit !== "%");
    const labels = [...new Set(inParts.map(keyOf))];
    return labels
        .map((label) => {
            const own = inParts.filter((sample) => keyOf(sample) === label);
            const { unit } = own[0]!;
            const rows = partSpreads(own);
            if (unit === "MiB") {
                rows.sort((a, b) => b.spread.median - a.spread.median);
            }
            const lines = rows.map(({ name, spread }) => [`  ${name}`, spreadText(spread, unit)]);
            return [label, ...textTable(lines)].join("\n");
        })
        .join("\n\n");
}

function keyOf(sample: Sample): string {
    return `${labelOf(sample)}, ${wayNames[sample.way]}`;
}

/** The spread of each part over those samples of one thing that have it. */
function partSpreads(samples: readonly Sample[]): { name: string; spread: Spread }[] {
    const names = [...new Set(samples.flatMap(({ parts = {} }) => Object.keys(parts)))];
    return names.map((name) => ({
        name,
        spread: spreadOf(samples.flatMap(({ parts = {} }) => parts[name] ?? []))!,
    }));
}

/** Processor time as text: for each consumer what it took and the kernel's part of that, of each way, largest first. */
export function processorText(samples: readonly Sample[]): string {
    const inParts = samples.filter(({ parts, unit }) => parts && unit === "%");
    const kernels = new Set(inParts.map(({ measure }) => kernelOf(measure)));
    const bases = inParts.filter(({ measure }) => !kernels.has(measure));
    const labels = [...new Set(bases.map(labelOf))];
    return labels
        .map((label) => {
            const base = bases.find((sample) => labelOf(sample) === label)!;
            return processorTable(label, base, inParts);
        })
        .join("\n\n");
}

function processorTable(label: string, base: Sample, samples: readonly Sample[]): string {
    const kernelLabel = labelOf({ ...base, measure: kernelOf(base.measure) });
    const measured = ways.filter((way) =>
        samples.some((sample) => sample.way === way && labelOf(sample) === label),
    );
    const columns = measured.flatMap((way) =>
        [label, kernelLabel].map((each) =>
            samples.filter((sample) => sample.way === way && labelOf(sample) === each),
        ),
    );
    const medians = columns.map((own) => ({
        all: spreadOf(own.map(({ value }) => value))?.median ?? 0,
        parts: new Map(partSpreads(own).map(({ name, spread }) => [name, spread.median])),
    }));
    const names = [...new Set(medians.flatMap(({ parts }) => [...parts.keys()]))];
    const most = (name: string) => Math.max(...medians.map(({ parts }) => parts.get(name) ?? 0));
    names.sort((a, b) => most(b) - most(a));
    const head = measured.flatMap((way) => [wayNames[way], "in the kernel"]);
    const cell = (value: number | undefined) => (value ?? 0).toFixed(1);
    return [
        `${label}, percent of one processor`,
        ...textTable([
            ["", ...head],
            ...names.map((name) => [
                `  ${name}`,
                ...medians.map(({ parts }) => cell(parts.get(name))),
            ]),
            ["  all", ...medians.map(({ all }) => cell(all))],
        ]),
    ].join("\n");
}

/** How ours has changed since an earlier result, or why that cannot be said. */
export function againstText(result: BenchResult, earlier: BenchResult): string {
    const reason = whyNotComparable(result.fingerprint, earlier.fingerprint);
    if (reason !== undefined) {
        return reason;
    }
    const before = oursOf(earlier.samples);
    const rows = oursOf(result.samples).flatMap(({ label, unit, ours }) => {
        const then = before.find((row) => row.label === label)?.ours;
        const ratio = ratioOf(ours, then);
        return ratio === undefined
            ? []
            : [[label, spreadText(ours, unit), spreadText(then, unit), ratio.toFixed(2)]];
    });
    const head = ["", `now (${result.project})`, `then (${earlier.project})`, "now / then"];
    return textTable([head, ...rows]).join("\n");
}

/** All that was measured of ours, with who takes how much of the processors. */
function oursOf(samples: readonly Sample[]): { label: string; unit: Unit; ours?: Spread }[] {
    const own = samples.filter(({ way }) => way === "ours");
    return summarise(own).flatMap(({ label, unit, spreads: { ours } }) => {
        const inParts = own.filter((one) => unit === "%" && one.parts && labelOf(one) === label);
        const parts = partSpreads(inParts).map(({ name, spread }) => ({
            label: `${label}: ${name}`,
            unit,
            ours: spread,
        }));
        return [{ label, unit, ours }, ...parts];
    });
}
