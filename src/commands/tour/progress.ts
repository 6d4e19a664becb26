import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../machine/files";
import { stackFolder } from "../../machine/names";
import { ReportedStep } from "../../proof/verify/result";

/** What a tour remembers, so that it can be resumed and the stack's own settings come back. */
export interface TourProgress {
    /** The stack's own values of the lab's keys before the tour; undefined while the stack has them. */
    readonly original?: Readonly<Record<string, string>>;
    /** The steps done so far, in order. */
    readonly done: readonly ReportedStep[];
}

/** Where a tour remembers. Tests hand in their own. */
export interface ProgressStore {
    readonly read: () => TourProgress | undefined;
    readonly write: (progress: TourProgress) => void;
    readonly clear: () => void;
}

/** Progress of a stack's tour in the stack's folder. */
export function fileProgress(stack: string): ProgressStore {
    const path = join(stackFolder(stack), "tour.json");
    return {
        read: () => {
            try {
                return existsSync(path)
                    ? (JSON.parse(readFileSync(path, "utf8")) as TourProgress)
                    : undefined;
            } catch {
                return undefined;
            }
        },
        write: (progress) => writeWhole(path, `${JSON.stringify(progress)}\n`),
        clear: () => rmSync(path, { force: true }),
    };
}
