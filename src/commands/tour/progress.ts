import { isMapping } from "../../config/mapping";
import { WrittenValues } from "../../lab/tourMemory";
import { ReportedStep } from "../../proof/verify/result";
import { MemoryStore, fileMemory } from "../../stack/memory";

/** What a tour remembers, so that it can be resumed and the stack's own settings come back. */
export interface TourProgress {
    /** The stack's own values of the lab's keys before the tour; undefined while the stack has them. */
    readonly original?: Readonly<Record<string, string>>;
    /** What the tour has set since; left out with `original`, and by tours of an earlier version. */
    readonly written?: WrittenValues;
    /** The steps done so far, in order. */
    readonly done: readonly ReportedStep[];
}

function isProgress(value: unknown): value is TourProgress {
    return isMapping(value) && Array.isArray(value.done);
}

/** Progress of a stack's tour in the stack's folder. */
export function fileProgress(stack: string): MemoryStore<TourProgress> {
    return fileMemory(stack, "tour.json", isProgress, "tour");
}
