import { textTable } from "../../machine/terminal";
import { Step } from "../../machine/timeline";
import { Chain, Link, longestChain } from "./chain";
import { isOverhead, placedTitle } from "./steps";

/** Width of the bars, in characters. */
const barWidth = 36;

/** A step of the chain that {@link timelineSummary} tells by name takes at least this long, in milliseconds. */
const longMs = 1000;

/** A gap, or a program's start, that is too short to be told, in milliseconds. */
const worthTellingMs = 100;

/** `12.3 s`. */
export function secondsOf(milliseconds: number): string {
    return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** How long the run took and how long its chain, in one sentence; one that failed at once has done no work. */
export function chainSentence({ wallMs, chainMs, ratio }: Chain): string {
    if (chainMs < worthTellingMs) {
        return `${secondsOf(wallMs)} from start to end; the run ended before any work on the lab began.`;
    }
    return `${secondsOf(wallMs)} from start to end; the longest chain of dependent steps takes ${secondsOf(chainMs)} (${ratio.toFixed(2)} times).`;
}

/**
 * The chain of a run in a few lines, kind's steps taken together and the short ones, too. Empty for a run that
 * made no cluster.
 */
export function timelineSummary(steps: readonly Step[]): string {
    const chain = longestChain(steps);
    if (chain === undefined || !steps.some(({ name }) => name === "kind")) {
        return "";
    }
    const works = worksOf(chain);
    const long = works.filter(([, ms]) => ms >= longMs);
    const short = works.filter(([, ms]) => ms < longMs).reduce((sum, [, ms]) => sum + ms, 0);
    const rows = [
        ...long,
        [`steps shorter than ${secondsOf(longMs)}`, short] as const,
        ["programs that start, and waiting", chain.wallMs - chain.chainMs] as const,
    ].map(([title, ms]) => [`  ${title}`, secondsOf(ms).padStart(7)]);
    return ["", chainSentence(chain), ...textTable(rows), ""].join("\n");
}

/** The chain's own work, one entry for each kind of step, with its milliseconds. */
function worksOf({ links }: Chain): [string, number][] {
    const works = new Map<string, number>();
    for (const { step, workMs } of links.filter((link) => !isOverhead(link.step))) {
        const title = placedTitle({ ...step, detail: undefined });
        works.set(title, (works.get(title) ?? 0) + workMs);
    }
    return [...works];
}

/** The whole timeline for a terminal, no wider than 100 columns: every step, the chain, its gaps. */
export function timelineText(steps: readonly Step[]): string {
    const chain = longestChain(steps);
    if (chain === undefined) {
        return "";
    }
    const began = Math.min(...steps.map(({ start }) => start));
    const inChain = new Set(chain.links.map(({ step }) => step));
    const rows = steps.map((step) => [
        `${inChain.has(step) ? "*" : " "} ${placedTitle(step)}`,
        secondsOf(step.start - began).padStart(7),
        secondsOf(step.end - step.start).padStart(7),
        bar(step, began, chain.wallMs, inChain.has(step)),
    ]);
    return [
        ...textTable([["  step", "     at", "  takes", ""], ...rows]),
        "",
        "* is in the chain. In it, but no work of the lab:",
        ...textTable(waits(chain).map(([what, ms]) => [`  ${what}`, secondsOf(ms).padStart(7)])),
        "",
        chainSentence(chain),
    ].join("\n");
}

/** What the chain lost, with its milliseconds: programs that start, and time in which nothing of it ran. */
export function waits({ links }: Chain): [string, number][] {
    return links
        .flatMap(({ step, workMs, gapMs }: Link): [string, number][] => [
            [`before ${placedTitle(step)}`, gapMs],
            ...(isOverhead(step) ? [[placedTitle(step), workMs] as [string, number]] : []),
        ])
        .filter(([, ms]) => ms >= worthTellingMs);
}

/** A bar over the run's whole time; full blocks are the chain's, light ones of the others. */
function bar(step: Step, began: number, wallMs: number, isInChain: boolean): string {
    const column = (time: number) => Math.round(((time - began) / wallMs) * barWidth);
    const from = Math.min(column(step.start), barWidth - 1);
    const length = Math.max(1, column(step.end) - from);
    return " ".repeat(from) + (isInChain ? "█" : "░").repeat(length);
}
