import { Load, NumberedBatch, lineReader, loopOf } from "../live/load";
import { outcomeOf } from "../verify/requests";
import { connectSeconds, requestSeconds } from "../verify/script";

/** Milliseconds from one request of a client to its next: ten a second. */
export const requestEveryMs = 100;

/** Milliseconds after which it is known of every request what came of it: the longest time of one, and the way back. */
export const outcomeWithinMs = requestSeconds * 1000 + 1_000;

/** Requests that may be without an answer at once: more than can be on their way while all of them time out. */
const mostUnanswered = (2 * outcomeWithinMs) / requestEveryMs;

/** Longest answer, in bytes: with its number it has to fit a pipe's buffer (4096), so that two never mix. */
const longestAnswer = 3_000;

/** One request, on a connection of its own: what was answered, then status, exit code and seconds. */
const oneRequest = [
    "curl --silent --no-progress-meter --http1.1 --header 'Connection: close'",
    `--connect-timeout ${connectSeconds} --max-time ${requestSeconds} --max-filesize ${longestAnswer}`,
    '--write-out " %{http_code} %{exitcode} %{time_total}" "http://rebel-base/?$n"',
].join(" ");

/** All of it as one line behind its number: a shell that writes line by line (Bash) would mix what has several. */
const script = loopOf(`set -f; set -- $(${oneRequest}); printf '#%s %s\\n' "$n" "$*"`);

/** curl's exit code where the time ran out. */
const timeRanOut = "28";

/** What came of a request, from its line; undefined of a line that is none. */
export function steadyOutcome(line: string): NumberedBatch | undefined {
    const [, number, body = "", status = "", code = "", seconds] =
        /^#(\d+) (.*?) ?(\d{3}) (\d+) ([\d.]+)$/.exec(line) ?? [];
    if (number === undefined) {
        return undefined;
    }
    const outcome = outcomeOf({ status, code, milliseconds: Number(seconds) * 1000 }, body);
    const isTimeout = outcome.kind === "failed" && code === timeRanOut;
    const outcomes = [isTimeout ? { ...outcome, timedOut: true as const } : outcome];
    return { batch: Number(number), outcomes };
}

/**
 * A request every 100 ms, one after the other but none waiting for the one before: of each it is known when it was sent, and
 * whether it was answered, refused or timed out.
 */
export const steadyLoad: Load = {
    script,
    reader: () => lineReader(steadyOutcome, 2 * longestAnswer),
    everyMs: requestEveryMs,
    mostUnanswered,
};
