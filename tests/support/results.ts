import { Answer, dropping } from "../../src/lab/whoAnswers";
import { clientResult } from "../../src/proof/verify/clientResult";
import { Asker } from "../../src/proof/verify/liveMesh";
import { Outcome } from "../../src/proof/verify/requests";
import { ClientResult } from "../../src/proof/verify/result";

/** The outcome of a request that a cluster answered; without one, of a request that failed. */
export function kindOf(cluster: string | undefined): Pick<Outcome, "kind" | "cluster"> {
    return cluster === undefined ? { kind: "failed" } : { kind: "answered", cluster };
}

/** What a client got, where as few requests were to be sent as were, and any number may fail where some must. */
export function resultOf(
    expected: Answer,
    outcomes: readonly Outcome[],
    clusters: readonly string[],
    asker: Partial<Asker> = {},
): ClientResult {
    const requests = outcomes.length;
    const isNobody = expected.answering.length === 0;
    const mustFail = isNobody || dropping(expected).length > 0;
    return clientResult(
        expected,
        { pod: "x-wing-1", node: undefined, ...asker },
        outcomes,
        clusters,
        {
            requests,
            leastFailures: isNobody ? requests : Number(mustFail),
            mostFailures: mustFail ? requests : 0,
        },
    );
}
