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

/** As many problems as a text shows: more than there are keys, and still a text that one can read. */
const mostShown = 40;

/** Problems as one text: a line each, the fix below it; of very many, the first ones. */
export function formatProblems(problems: readonly Problem[]): string {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const lines = problems
        .slice(0, mostShown)
        .map(({ message, fix }) =>
            fix === undefined ? `  - ${message}` : `  - ${message}\n    Fix: ${fix}`,
        );
    const more = problems.length > mostShown ? [`  … ${problems.length - mostShown} more`] : [];
    return [`${count}; nothing was created or changed:`, ...lines, ...more].join("\n");
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

/**
 * A value as it goes into a message: quoted, on one line, at most 60 characters. All but printable ASCII is
 * escaped, so that it cannot write on the terminal and a letter that only looks like another can be seen.
 */
export function quote(value: string): string {
    const quoted = escapeUnprintable(JSON.stringify(value.slice(0, 61)));
    return quoted.length <= 62 ? quoted : `${quoted.slice(0, 58)}…"`;
}

/** A foreign text as it goes into a message: escaped like a quoted one, at most 200 characters. */
export function printable(text: string): string {
    const escaped = escapeUnprintable(text.slice(0, 201));
    return escaped.length <= 200 ? escaped : `${escaped.slice(0, 199)}…`;
}

function escapeUnprintable(text: string): string {
    return text.replace(
        /[^ -~]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
