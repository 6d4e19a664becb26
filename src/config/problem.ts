import { distance } from "fastest-levenshtein";

/** Something the user has to change before anything can be created. */
export interface Problem {
    /** One sentence: what was given and what is legal, or what is missing and why it is needed. */
    readonly message: string;
    /** The command, or the few words, that put it right. */
    readonly fix?: string;
}

/** Thrown with every problem found at once; its message is meant for the user and needs no stack trace. */
export class ProblemsError extends Error {
    constructor(readonly problems: readonly Problem[]) {
        super(formatProblems(problems));
        this.name = "ProblemsError";
    }
}

/** All problems as one text: a line each, the fix below it. */
export function formatProblems(problems: readonly Problem[]): string {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const lines = problems.map(({ message, fix }) =>
        fix === undefined ? `  - ${message}` : `  - ${message}\n    Fix: ${fix}`,
    );
    return [`${count}; nothing was created or changed:`, ...lines].join("\n");
}

/**
 * The candidate a typo most likely meant: the nearest by edit distance, if no more than a third of the
 * given text would have to change. Upper and lower case do not count.
 */
export function nearest(given: string, candidates: readonly string[]): string | undefined {
    const ranked = candidates
        .map((candidate) => ({
            candidate,
            edits: distance(given.toLowerCase(), candidate.toLowerCase()),
        }))
        .sort((a, b) => a.edits - b.edits);
    const [best] = ranked;
    return best && best.edits <= Math.max(2, Math.ceil(given.length / 3))
        ? best.candidate
        : undefined;
}

/** A value as it goes into a message: quoted, on one line, at most 60 characters. */
export function quote(value: string): string {
    const quoted = JSON.stringify(value);
    return quoted.length <= 62 ? quoted : `${quoted.slice(0, 58)}…"`;
}
