import { Answer } from "../../lab/whoAnswers";
import { Asker } from "./liveMesh";
import { Outcome } from "./requests";
import { ClientResult, ClusterAnswers } from "./result";
import { Sample } from "./statistics";

/**
 * What one client's requests say: counts and latency of each cluster, and whether they fit the rule.
 *
 * @param sample How many requests there must be, and how many of them may fail.
 */
export function clientResult(
    expected: Answer,
    { pod, node }: Asker,
    outcomes: readonly Outcome[],
    clusters: readonly string[],
    sample: Sample,
): ClientResult {
    const answers = clusters.map((cluster) => answersOf(cluster, outcomes));
    const failed = outcomes.filter(({ kind }) => kind === "failed").length;
    const { leastFailures, mostFailures } = sample;
    const counts = {
        client: expected.client,
        pod,
        ...(node === undefined ? {} : { node }),
        expected,
        requests: outcomes.length,
        answers,
        failed,
        // A cluster outside of the mesh is none that could be expected.
        unclear: answers.reduce((left, { count }) => left - count, outcomes.length - failed),
        leastFailures,
        mostFailures,
    };
    return { ...counts, agrees: fits(counts, sample) };
}

/** What one client's requests came to. */
export type Counts = Omit<ClientResult, "agrees">;

/** Whether all requests were sent, and what came of them is what the rule says. */
export function fits(counts: Counts, sample: Sample): boolean {
    return !isContradicted(counts) && isComplete(counts, sample);
}

/** Whether something came of the requests that cannot be where the rule holds, whatever comes of more requests. */
export function isContradicted({
    answers,
    expected,
    failed,
    unclear,
    mostFailures,
}: Counts): boolean {
    const isIntruded = answers.some(
        ({ cluster, count }) => count > 0 && !expected.answering.includes(cluster),
    );
    return isIntruded || unclear > 0 || failed > mostFailures;
}

/** Whether all was sent, and all came of it that must. */
function isComplete(
    { answers, expected, requests, failed, leastFailures }: Counts,
    sample: Sample,
): boolean {
    const isSilent = answers.some(
        ({ cluster, count }) => count === 0 && expected.answering.includes(cluster),
    );
    return !isSilent && requests >= sample.requests && failed >= leastFailures;
}

function answersOf(cluster: string, outcomes: readonly Outcome[]): ClusterAnswers {
    const times = outcomes
        .filter((outcome) => outcome.kind === "answered" && outcome.cluster === cluster)
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
