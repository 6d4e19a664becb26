import { Answer, dropping } from "../../lab/whoAnswers";
import { Outcome } from "./requests";
import { ClientResult, ClusterAnswers } from "./result";

/**
 * What one client's requests say: counts and latency of each cluster, and whether exactly those answered
 * that must. Where nobody must answer, every request has to fail; where a cluster drops what is balanced to it,
 * some have to; elsewhere none may.
 */
export function clientResult(
    expected: Answer,
    pod: string,
    outcomes: readonly Outcome[],
    clusters: readonly string[],
): ClientResult {
    const answers = clusters.map((cluster) => answersOf(cluster, outcomes));
    const answered = answers.filter(({ count }) => count > 0).map(({ cluster }) => cluster);
    const failed = answers.reduce((left, { count }) => left - count, outcomes.length);
    const nobody = expected.answering.length === 0;
    const mustFail = dropping(expected).length > 0;
    return {
        client: expected.client,
        pod,
        expected,
        requests: outcomes.length,
        answers,
        failed,
        agrees: isSame(answered, expected.answering) && (nobody || mustFail === failed > 0),
    };
}

function answersOf(cluster: string, outcomes: readonly Outcome[]): ClusterAnswers {
    const times = outcomes
        .filter((outcome) => outcome.cluster === cluster)
        .map(({ milliseconds }) => milliseconds)
        .sort((a, b) => a - b);
    return {
        cluster,
        count: times.length,
        share: outcomes.length === 0 ? 0 : times.length / outcomes.length,
        medianMs: percentile(times, 0.5),
        p95Ms: percentile(times, 0.95),
    };
}

/** Nearest-rank percentile of sorted numbers. */
export function percentile(sorted: readonly number[], part: number): number | undefined {
    return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
    return a.length === b.length && a.every((item) => b.includes(item));
}
