import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { parseJson, readText, writeWhole } from "./files";
import { stackFolder } from "./names";

/** Every step there is, in the order in which a run comes to them. */
export const stepNames = [
    "command",
    "tools",
    "stack",
    "program",
    "preflight",
    "kind",
    "images",
    "kubeconfig",
    "helm",
    "objects",
    "agent",
    "operator",
    "apiserver",
    "coredns",
    "rebelBase",
    "xWing",
    "peers",
    "proof",
] as const;

/** Name of a step; what each is and waits for is in `proof/timeline/steps`. */
export type StepName = (typeof stepNames)[number];

/** A step of a run of `npm run up`, or of a change on the board: something that began and ended. */
export interface Step {
    readonly name: StepName;
    /** The lab cluster it belongs to; undefined for what is done once. */
    readonly cluster?: string;
    /** What of it, where a step is told in parts, e.g. kind's own `Preparing nodes`. */
    readonly detail?: string;
    /** Milliseconds since the epoch. */
    readonly start: number;
    /** Milliseconds since the epoch. */
    readonly end: number;
}

/** Environment variable with the file that the programs of a run write their steps to. */
const variable = "LAB_TIMELINE";

/** Where the steps of a stack's last `npm run up` are, a line of JSON each. */
export function timelinePath(stack: string): string {
    return join(stackFolder(stack), "timeline.jsonl");
}

/** Empties the file of a run; returns the environment that names it to the programs of the run. */
export function emptyTimeline(stack: string): Readonly<Record<string, string>> {
    const path = timelinePath(stack);
    writeWhole(path, "");
    return { [variable]: path };
}

/** Begins the timeline of a run: empties the file and names it to all programs this one starts. */
export function startTimeline(stack: string): void {
    Object.assign(process.env, emptyTimeline(stack));
}

/** Appends a step to the run's timeline; does nothing outside of `npm run up`. */
export function recordStep(step: Step): void {
    append(step);
}

/** What a run has said: what it does or waits for, or why it failed. */
export interface News {
    readonly text: string;
    /** When it was said, milliseconds since the epoch. */
    readonly at: number;
    /** It is why the run came to its end. */
    readonly isFailure: boolean;
}

/** Appends what a run says to its timeline, for whoever looks from elsewhere; does nothing outside of `npm run up`. */
export function recordNews(text: string, { isFailure = false } = {}): void {
    append({ text, at: Date.now(), isFailure } satisfies News);
}

/** How what a program of a run throws is kept: as why the run failed. */
export function recordFailure(error: Error): void {
    recordNews(error.message, { isFailure: true });
}

/** Keeps why a stack's run came to nothing, unless a program of it has told the reason already. */
export function recordEnd(stack: string, why: string): void {
    if (!readNews(stack).some(({ isFailure }) => isFailure)) {
        recordNews(why, { isFailure: true });
    }
}

function append(line: Step | News): void {
    const path = process.env[variable];
    if (!path) {
        return;
    }
    try {
        // One short write to the end of the file: several programs may do so at the same time.
        appendFileSync(path, `${JSON.stringify(line)}\n`);
    } catch {
        // No run fails because its times cannot be kept.
    }
}

/** Does the work and records it as a step, also if it fails. */
export async function timed<T>(
    step: Omit<Step, "start" | "end">,
    work: () => Promise<T>,
): Promise<T> {
    const start = Date.now();
    try {
        return await work();
    } finally {
        recordStep({ ...step, start, end: Date.now() });
    }
}

/**
 * The steps of a stack's last `npm run up`, in the order in which they began; empty if there was none. Lines
 * that are no steps are left out, and so is what was ready before the run began.
 */
export function readTimeline(stack: string): Step[] {
    const steps = linesOf(stack).flatMap(parseStep);
    const began = steps.find(({ name }) => name === "command")?.start ?? 0;
    return steps.filter(({ end }) => end >= began).sort((a, b) => a.start - b.start);
}

/** All that a stack's last run has said, in the order in which it did; empty if there was none. */
export function readNews(stack: string): News[] {
    return linesOf(stack).flatMap((line) => {
        const news = parseJson(line) as Partial<News> | undefined | null;
        return typeof news?.text === "string" && Number.isFinite(news.at)
            ? [{ text: news.text, at: news.at!, isFailure: news.isFailure === true }]
            : [];
    });
}

function linesOf(stack: string): string[] {
    return (readText(timelinePath(stack)) ?? "").split("\n");
}

function parseStep(line: string): Step[] {
    try {
        const step = JSON.parse(line) as Step;
        const isStep =
            stepNames.includes(step.name) &&
            Number.isFinite(step.start) &&
            Number.isFinite(step.end) &&
            step.end >= step.start;
        return isStep ? [step] : [];
    } catch {
        return [];
    }
}
