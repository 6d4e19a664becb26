import { BatchOutcome, parseOutcomes } from "../verify/requests";
import { requestScript } from "../verify/script";

/** A steady load: what runs in an x-wing pod, and how it is fed and read. */
export interface Load {
    /** Shell script for the pod: for every number on its standard input a batch, whose outcome it prints with the number. */
    readonly script: string;
    /** Begins to read its output: what it returns is given each piece, and returns the batches complete with it. */
    readonly reader: () => (text: string) => NumberedBatch[];
    /** Milliseconds from one batch of a client to its next. */
    readonly everyMs: number;
    /** Batches that may be without an answer at once; no more are sent, so that nothing piles up in the pod. */
    readonly mostUnanswered: number;
}

/** Requests of one batch: one curl, all on their way at once. */
export const batchSize = 5;

/** Milliseconds from one batch of a client to its next: ten requests a second. */
export const batchEveryMs = 500;

/** Batches of the board that may be without an answer at once. */
const mostUnanswered = 8;

/**
 * Seconds without a line after which the loop in the pod ends by itself: whoever fed it is gone, or asleep. Only where
 * the shell's `read` has a time limit: BusyBox's and Bash's do, POSIX and dash know none, and end with their input.
 */
const patienceSeconds = 15;

/**
 * Shell script for an x-wing pod: for every number on its standard input a batch of requests, whose outcome it prints as
 * one line: `#number` and the lines of {@link requestScript}, with tabs between them. It is written at once, so that two
 * batches never mix: a shell that writes line by line (Bash) would mix several lines, and up to PIPE_BUF bytes (4096) of
 * one are whole (POSIX). The script ends when its input does.
 */
export const loadScript = loopOf(
    [
        `o=$(${requestScript({ requests: batchSize, concurrency: batchSize })})`,
        "set -f; IFS='\n'; set -- $o; IFS='\t'; printf '#%s\\t%s\\n' \"$n\" \"$*\"",
    ].join("; "),
);

/** Shell script that does something with each number `$n` on its standard input, and waits for none of them. */
export function loopOf(work: string): string {
    return [
        `t='-t ${patienceSeconds}'; (echo | read -r $t n) 2>/dev/null || t=;`,
        "while read -r $t n; do",
        `{ ${work}; } &`,
        "done; wait",
    ].join(" ");
}

/** What came of one batch of the loop. */
export interface NumberedBatch extends BatchOutcome {
    readonly batch: number;
}

/** Longest output without an end of a batch that is kept, in characters; what is longer is not of the script. */
const longestRest = 20_000;

/**
 * Takes the output of a loop in a pod apart as it comes, however it is cut.
 *
 * @param parse What a line says; undefined of one that is none of the loop's.
 * @param longest Longest line without an end that is kept, in characters.
 * @returns What to give each piece of output to; it returns the batches that are complete with it.
 */
export function lineReader(
    parse: (line: string) => NumberedBatch | undefined,
    longest: number,
): (text: string) => NumberedBatch[] {
    let rest = "";
    return (text) => {
        const lines = (rest + text).split("\n");
        rest = (lines.pop() ?? "").slice(-longest);
        return lines.flatMap((line) => parse(line) ?? []);
    };
}

/** Begins to read the output of {@link loadScript}. */
export function batchReader(): (text: string) => NumberedBatch[] {
    return lineReader(parseBatch, longestRest);
}

function parseBatch(line: string): NumberedBatch | undefined {
    const [, batch, output] = /^#(\d+)\t(.*)$/.exec(line) ?? [];
    return batch === undefined
        ? undefined
        : { batch: Number(batch), ...parseOutcomes(output!.replaceAll("\t", "\n"), batchSize) };
}

/** The board's: ten requests a second, five at once. */
export const boardLoad: Load = {
    script: loadScript,
    reader: batchReader,
    everyMs: batchEveryMs,
    mostUnanswered,
};
