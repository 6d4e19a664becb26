import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "./files";
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

/** A step of a run of `npm run up`: something that began and ended. */
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
export const variable = "LAB_TIMELINE";

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
    const path = process.env[variable];
    if (!path) {
        return;
    }
    try {
        // One short write to the end of the file: several programs may do so at the same time.
        appendFileSync(path, `${JSON.stringify(step)}\n`);
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
    const path = timelinePath(stack);
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
    const steps = lines.flatMap(parseStep);
    const began = steps.find(({ name }) => name === "command")?.start ?? 0;
    return steps.filter(({ end }) => end >= began).sort((a, b) => a.start - b.start);
}

export function parseStep(line: string): Step[] {
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
