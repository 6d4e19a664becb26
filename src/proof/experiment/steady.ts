import { Load, batchReader, loopOf } from "../live/load";
import { BatchOutcome, outcomeOf } from "../verify/requests";
import { connectSeconds, requestSeconds } from "../verify/script";

/** Milliseconds from one request of a client to its next: ten a second. */
export const requestEveryMs = 100;

/** Milliseconds after which it is known of every request what came of it: the longest time of one, and the way back. */
export const outcomeWithinMs = requestSeconds * 1000 + 1_000;

/** Requests that may be without an answer at once: more than can be on their way while all of them time out. */
const mostUnanswered = (2 * outcomeWithinMs) / requestEveryMs;

/** Longest answer, in bytes: with its number it has to fit a pipe's buffer, so that two never mix. */
const longestAnswer = 3_000;

/** One request, on a connection of its own: what was answered, then status, exit code and seconds. */
const oneRequest = [
    "curl --silent --no-progress-meter --http1.1 --header 'Connection: close'",
    `--connect-timeout ${connectSeconds} --max-time ${requestSeconds} --max-filesize ${longestAnswer}`,
    '--write-out "\\n%{http_code} %{exitcode} %{time_total}" "http://rebel-base/?$n"',
].join(" ");

/** curl's exit code where the time ran out. */
const timeRanOut = "28";

/** What came of the request, from the output of the script. */
export function steadyOutcome(output: string): BatchOutcome {
    const [, body = "", status = "", code = "", seconds] =
        /^([^]*)\n(\d{3}) (\d+) ([\d.]+)$/.exec(output) ?? [];
    if (seconds === undefined) {
        return { outcomes: [], broken: "its requests cannot be read" };
    }
    const outcome = outcomeOf({ status, code, milliseconds: Number(seconds) * 1000 }, body);
    const isTimeout = outcome.kind === "failed" && code === timeRanOut;
    return { outcomes: [isTimeout ? { ...outcome, timedOut: true } : outcome] };
}

/**
 * A request every 100 ms, one after the other but none waiting for the one before: of each it is known when it was sent, and
 * whether it was answered, refused or timed out.
 */
export const steadyLoad: Load = {
    script: loopOf(oneRequest),
    reader: () => batchReader(steadyOutcome),
    everyMs: requestEveryMs,
    mostUnanswered,
};
