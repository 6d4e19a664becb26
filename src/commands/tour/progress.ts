import { rmSync } from "node:fs";
import { join } from "node:path";
import { isMapping } from "../../config/mapping";
import { WrittenValues } from "../../lab/tourMemory";
import { readJson, writeWhole } from "../../machine/files";
import { stackFolder } from "../../machine/names";
import { ReportedStep } from "../../proof/verify/result";

/** What a tour remembers, so that it can be resumed and the stack's own settings come back. */
export interface TourProgress {
    /** The stack's own values of the lab's keys before the tour; undefined while the stack has them. */
    readonly original?: Readonly<Record<string, string>>;
    /** What the tour has set since; left out with `original`, and by tours of an earlier version. */
    readonly written?: WrittenValues;
    /** The steps done so far, in order. */
    readonly done: readonly ReportedStep[];
}

/** Where a tour remembers. Tests hand in their own. */
export interface ProgressStore {
    readonly read: () => TourProgress | undefined;
    readonly write: (progress: TourProgress) => void;
    readonly clear: () => void;
}

function isProgress(value: unknown): value is TourProgress {
    return isMapping(value) && Array.isArray(value.done);
}

/**
 * Progress of a stack's tour in the stack's folder.
 *
 * Reading it throws a FileError where it is damaged: a new beginning would take a step's settings for the stack's own.
 */
export function fileProgress(stack: string): ProgressStore {
    const path = join(stackFolder(stack), "tour.json");
    return {
        read: () =>
            readJson(
                path,
                isProgress,
                `the settings from before an earlier tour may be in it; once you have seen it, mv ${path} ${path}.old`,
            ),
        write: (progress) => writeWhole(path, `${JSON.stringify(progress)}\n`),
        clear: () => rmSync(path, { force: true }),
    };
}
