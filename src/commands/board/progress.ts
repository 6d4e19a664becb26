import { join } from "node:path";
import { isMapping } from "../../config/mapping";
import { WrittenValues } from "../../lab/tourMemory";
import { parseJson, putAside, readJson, readText, writeWhole } from "../../machine/files";
import { stackFolder } from "../../machine/names";

/** What became of a step of the tour: guessed right, guessed wrong, or done without a guess. */
export type StepResult = "right" | "wrong" | "seen";

/** How far somebody has come with a stack's board; kept, so that they can go on another day. */
export interface Progress {
    /** Guessing comes before every change. */
    readonly guessFirst: boolean;
    /** Guesses, one for each cluster that asked, and those that were right. */
    readonly guesses: number;
    readonly right: number;
    /** By the step's title. */
    readonly steps: Readonly<Record<string, StepResult>>;
    /** The stack's own values of the lab's keys before the first step; undefined while it has them. */
    readonly original?: Readonly<Record<string, string>>;
    /** What the tour's steps have set since. */
    readonly written?: WrittenValues;
}

/** Nobody was here yet. */
export const beginning: Progress = { guessFirst: false, guesses: 0, right: 0, steps: {} };

/** Where a board remembers; tests hand in their own. */
export interface ProgressStore {
    readonly read: () => Progress;
    readonly write: (progress: Progress) => void;
}

/**
 * Progress in the stack's folder, gone with `npm run down`. A damaged file is a new beginning, and a copy of it stays, also
 * after `down`: the stack's settings from before the tour may be nowhere else.
 */
export function fileProgress(stack: string): ProgressStore {
    const path = join(stackFolder(stack), "board.json");
    return {
        read: () => {
            try {
                return { ...beginning, ...readJson(path, isProgress) };
            } catch {
                return beginning;
            }
        },
        write: (progress) => {
            const before = readText(path);
            if (before !== undefined && !isProgress(parseJson(before))) {
                putAside(path, before);
            }
            writeWhole(path, `${JSON.stringify(progress)}\n`);
        },
    };
}

/** Whether a file says what it should; what it leaves out is as in the beginning. */
function isProgress(value: unknown): value is Partial<Progress> {
    if (!isMapping(value)) {
        return false;
    }
    const {
        guessFirst,
        guesses,
        right,
        steps,
        original = {},
        written = {},
    } = {
        ...beginning,
        ...value,
    } as Readonly<Record<string, unknown>>;
    return (
        typeof guessFirst === "boolean" &&
        [guesses, right].every((count) => typeof count === "number") &&
        [steps, original, written].every(isMapping)
    );
}

/** Progress after guesses: how many, how many right, and what that means for the step that they were about. */
export function withGuesses(
    progress: Progress,
    results: readonly boolean[],
    step: string | undefined,
): Progress {
    const right = results.filter((isRight) => isRight).length;
    const result: StepResult =
        results.length === 0 ? "seen" : right === results.length ? "right" : "wrong";
    return {
        ...progress,
        guesses: progress.guesses + results.length,
        right: progress.right + right,
        steps: step === undefined ? progress.steps : { ...progress.steps, [step]: result },
    };
}
