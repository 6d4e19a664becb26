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

/** @throws ProblemsError with all of the problems, if there are any. */
export function requireNone(problems: readonly Problem[]): void {
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
}

/** A problem in one line, with what puts it right. */
export function problemText({ message, fix }: Problem): string {
    return fix === undefined ? message : `${message} Fix: ${fix}`;
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
    const quoted = escapeUnprintable(JSON.stringify(hidden(value).slice(0, 61)));
    return quoted.length <= 62 ? quoted : `${quoted.slice(0, 58)}…"`;
}

/**
 * A text that somebody wrote in a script of their own, as {@link quote} has it but readable: letters and signs of any
 * script stay, and joiners after them; what is not seen is escaped.
 */
export function quoteReadable(value: string): string {
    const characters = [...hidden(value)];
    const isSeen = (sign = "") => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(sign);
    const shown = characters.slice(0, 60).map((sign, at) => {
        const isJoiner = /^[\u200c\u200d]$/.test(sign) && isSeen(characters[at - 1]);
        return isSeen(sign) || isJoiner ? sign : escapeUnprintable(sign);
    });
    return `"${shown.join("")}${characters.length > 60 ? "…" : ""}"`;
}

/** A password in a URL, which is none, as a URL has it, if it has a `/`; but a port with a path after it. */
const password = /(:\/\/[^/\s:@[]*:)(?:[^/\s]*|(?!\d{1,5}[/?#])[^\s"'<>]*?)@/g;

/** The user alone, which may be a token; of SSH it is part of the address. */
const user = /(?<!ssh)(:\/\/)[^/\s:@]+@/g;

/** The same before a host without a scheme, as some write a proxy or a registry; but an image's tag and digest. */
const withoutScheme = /((?:^|[\s"'(=])[\w.+-]+:)[^\s:/@"']+@(?!sha\d+:)(?=[\w.-]+[:/])/g;

/** Values in a query that let one in: signed addresses have such. */
const keysOfQuery =
    /([?&;](?:[\w-]*(?:token|secret|passw(?:or)?d|signature|credential|api[-_]?key|access[-_]?key)[\w-]*|sig|sas|key|auth)=)[^&\s"'#]+/gi;

/** A text whose URLs have lost their passwords, and names that may be tokens: it is for a screen or a log. */
export function withoutPassword(text: string): string {
    return withoutUser(text).replace(keysOfQuery, "$1***");
}

/** The same, but for what a URL has in its query: two addresses that differ in it stay different. */
export function withoutUser(text: string): string {
    return text.replace(password, "$1***@").replace(user, "$1***@");
}

/** Whether an address has a user name, a password or another key in it. */
export function hasPassword(url: string): boolean {
    return /:\/\/[^/\s]*@/.test(url) || hidden(url) !== url;
}

/** One value, of which is known that it is no sentence. */
function hidden(value: string): string {
    return withoutPassword(value).replace(withoutScheme, "$1***@");
}

/** What terminals take for commands, in 7 and in 8 bits: ECMA-48's control sequences and strings. */
const terminalCommands =
    /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|\u001b[@-Z\\^_]/g;

/** What is not seen or changes how the rest is seen: controls, bidirectional signs, what Unicode has not given out. */
const unseen = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu;

/** Nothing but what is seen, in ASCII, and the ends of lines and tabs. */
const plainAscii = /^[\n\t -~]*$/;

/**
 * What CI systems take for commands in the output of a step, which may set outputs of the job: GitHub at the beginning of a
 * line, it and others anywhere in it.
 *
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
const jobCommands = /^(?=[ \t]*::[a-z][\w-]*(?: [^\n]*?)?::)([ \t]*:)|#(?=#\w*\[)/gim;

/** A text as it is, of many lines perhaps and with its spaces, but what {@link printable} does not print. */
export function visible(given: string): string {
    const text = given.includes("##") || given.includes("::") ? withoutCommands(given) : given;
    // Nearly all texts are plain, and a page has thousands of them.
    if (plainAscii.test(text)) {
        return text;
    }
    return text
        .replace(terminalCommands, "")
        .replace(unseen, (sign) =>
            sign === "\n" || sign === "\t"
                ? sign
                : `\\u${sign.codePointAt(0)!.toString(16).padStart(4, "0")}`,
        );
}

/** With a space in each of what would be a command to a CI system. */
function withoutCommands(text: string): string {
    return text.replace(jobCommands, "$& ");
}

/** A value as JSON for a terminal or a file: what {@link visible} escapes is escaped, so that it says the same. */
export function jsonText(value: unknown, indent: number | undefined = 2): string {
    const units = (sign: string) =>
        Array.from({ length: sign.length }, (_, at) =>
            sign.charCodeAt(at).toString(16).padStart(4, "0"),
        );
    const escaped = (sign: string) =>
        units(sign)
            .map((unit) => `\\u${unit}`)
            .join("");
    return JSON.stringify(value, null, indent)
        .replace(unseen, (sign) => (sign === "\n" ? sign : escaped(sign)))
        .replace(jobCommands, escaped);
}

/**
 * A text that somebody else wrote (a pod, an event, a status, a file, a URL) as it goes to a terminal, a report or a
 * file: one line, without commands to the terminal, and with every sign that is not seen written as `\\uXXXX`.
 *
 * @param longest Most characters, 200 by default; of a longer text the beginning, and an ellipsis.
 */
export function printable(text: string, longest = 200): string {
    const line = visible(
        withoutPassword(text)
            .replace(terminalCommands, "")
            .replace(/[\s\u0085\u2028\u2029]+/g, " ")
            .trim(),
    );
    const characters = [...line];
    return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join("")}…`;
}

function escapeUnprintable(text: string): string {
    return text.replace(
        /[^ -~]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
