import { expectedText } from "../../lab/wording";
import { textTable } from "../../machine/terminal";
import { countText, millisecondsText, secondsText } from "../report/format";
import { Spread } from "../spread";
import { ClientSummary, ExperimentResult, Measurement, clientSummaries } from "./result";
import { mayFail } from "./statistics";

/** Headings of what is told of each client. */
export const headings = [
    "asked from",
    "requests",
    "failed",
    "timed out",
    "longest gap",
    "last wrong answer",
    "first new answer",
    "last failure",
] as const;

/** What an experiment came to, as lines. */
export function experimentLines(result: ExperimentResult): string[] {
    const { name, title, from, measurements, troubles } = result;
    const where = from.length === 0 ? "" : ` (with ${from.join(", ")})`;
    return [
        `${name}: ${title}${where}`,
        ...measurements.flatMap((measurement) => ["", ...measurementLines(measurement)]),
        ...troubles.map((trouble) => `\n${trouble}.`),
    ];
}

function measurementLines(measurement: Measurement): string[] {
    const clients = clientSummaries(measurement);
    return [
        `${measurement.change}: ${runsText(measurement)}`,
        ...textTable([[...headings], ...clients.map(cells)]),
        ...clients.map(({ client, after }) => `  ${client} in the end: ${expectedText(after)}`),
        ...clients.flatMap(remarks).map((remark) => `  ${remark}`),
    ];
}

/** How often a change was made, how long that took at most, and how long requests were watched after it. */
export function runsText({ runs }: Measurement): string {
    const unsettled = runs.filter(({ isSettled }) => !isSettled).length;
    return [
        countText(runs.length, "run"),
        `made in ${most(runs.map(({ changeMs }) => changeMs))}`,
        `watched for ${most(runs.map(({ span }) => span.to - span.changedAt))}`,
        ...(unsettled > 0 ? [`not right for good by then in ${countText(unsettled, "run")}`] : []),
    ].join(", ");
}

/** What of a client is told, in the order of {@link headings}. */
export function cells({ client, after, summary, runs }: ClientSummary): string[] {
    const number = (spread: Spread | null) =>
        spreadText(spread, runs.length, (value) => String(Math.round(value)));
    const time = (spread: Spread | null) =>
        spreadText(spread, runs.length, (value) => secondsText(value / 1000));
    return [
        client,
        number(summary.sent),
        number(summary.failed),
        number(summary.timedOut),
        time(summary.longestGapMs),
        time(summary.lastWrongMs),
        time(summary.firstNewMs),
        isFailingOn(after, runs) ? "goes on" : time(summary.lastFailedMs),
    ];
}

/** Whether requests fail for good: the rule says so, and they did. */
function isFailingOn(after: ClientSummary["after"], runs: ClientSummary["runs"]): boolean {
    return mayFail(after) && runs.every(({ failed }) => failed > 0);
}

/** What is not as it should be, a sentence each without its full stop. */
export function remarks({ client, runs }: ClientSummary): string[] {
    const missing = [...new Set(runs.flatMap((run) => run.missing))];
    const unclear = runs.reduce((sum, run) => sum + run.unclear, 0);
    return [
        ...missing.map((cluster) => `${client} got no answer of ${cluster} by the end`),
        ...(unclear === 0
            ? []
            : [
                  `${client}: ${countText(unclear, "request")} unclear: cut off, without a name, or answered by something else`,
              ]),
    ];
}

/** `1.2 s`; of several runs `1.2 s (1.1 s to 1.4 s)`, and in how many of them there was such a thing. */
function spreadText(spread: Spread | null, runs: number, text: (value: number) => string): string {
    if (spread === null) {
        return "-";
    }
    const { median, min, max, count } = spread;
    const range = text(min) === text(max) ? [] : [`${text(min)} to ${text(max)}`];
    const notes = [...range, ...(count < runs ? [`in ${count} of ${runs} runs`] : [])];
    return notes.length === 0 ? text(median) : `${text(median)} (${notes.join(", ")})`;
}

/** The longest of several times, in words. */
function most(times: readonly number[]): string {
    const longest = Math.max(...times);
    return longest < 1000 ? millisecondsText(longest) : secondsText(longest / 1000);
}
