import { Step } from "../../machine/timeline";
import { isOverhead, predecessors } from "./steps";

/** A step of the chain. */
export interface Link {
    readonly step: Step;
    /** Milliseconds it kept the chain waiting: from its predecessor's end, or its own later start, to its end. */
    readonly workMs: number;
    /** Milliseconds between its predecessor's end and its start, in which nothing of the chain ran. */
    readonly gapMs: number;
}

/** The longest chain of steps of a run that really depend on each other. */
export interface Chain {
    /** From the first to the last. */
    readonly links: readonly Link[];
    /** Sum of the steps' work, without gaps and without the start of programs, in milliseconds. */
    readonly chainMs: number;
    /** From the start of the run to the end of its last step, in milliseconds. */
    readonly wallMs: number;
    /** How many times as long as its chain the run took. */
    readonly ratio: number;
}

/**
 * Goes back from the step that ended last to the one, of those it waits for, that ended last, and so on to a
 * step that waits for nothing.
 *
 * @returns undefined if there are no steps.
 */
export function longestChain(steps: readonly Step[]): Chain | undefined {
    if (steps.length === 0) {
        return undefined;
    }
    const path = pathTo(latest(steps), steps);
    const links = path.map((step, index) => linkOf(step, path[index - 1]?.end ?? step.start));
    const chainMs = links
        .filter(({ step }) => !isOverhead(step))
        .reduce((sum, { workMs }) => sum + workMs, 0);
    const wallMs = path.at(-1)!.end - Math.min(...steps.map(({ start }) => start));
    return { links, chainMs, wallMs, ratio: chainMs === 0 ? Infinity : wallMs / chainMs };
}

function pathTo(step: Step, steps: readonly Step[]): Step[] {
    const before = predecessors(step, steps);
    if (before.length === 0) {
        return [step];
    }
    // Each step is taken once: two that ended at the same moment must not wait for each other.
    const others = steps.filter((one) => one !== step);
    return [...pathTo(latest(before), others), step];
}

function linkOf(step: Step, since: number): Link {
    const start = Math.max(step.start, since);
    return { step, workMs: step.end - start, gapMs: start - since };
}

/** The step that ended last; of several, the one that started last. */
function latest(steps: readonly Step[]): Step {
    return steps.reduce((last, step) =>
        step.end > last.end || (step.end === last.end && step.start > last.start) ? step : last,
    );
}
