import { dropping } from "../../lab/whoAnswers";
import { ExperimentReport, Measurement, clientSummaries } from "./result";

/** All numbers of a report, for other programs; times in milliseconds, of the requests only what was counted. */
export function reportJson(report: ExperimentReport): object {
    return {
        ...report,
        experiments: report.experiments.map((one) => ({
            ...one,
            measurements: one.measurements.map(measurementJson),
        })),
    };
}

function measurementJson(measurement: Measurement): object {
    const { change, runs } = measurement;
    return {
        change,
        runs: runs.map(({ span, changeMs, isSettled }) => ({
            changedAt: new Date(span.changedAt).toISOString(),
            changeMs,
            watchedMs: Math.round(span.to - span.changedAt),
            isSettled,
        })),
        clients: clientSummaries(measurement).map(({ client, after, summary, runs: own }) => ({
            client,
            mustAnswer: after.answering,
            timesOut: dropping(after),
            summary,
            runs: own,
        })),
    };
}
