import { Answer, dropping } from "../../lab/whoAnswers";
import { ClientResult } from "../verify/result";
import { RequestFlow } from "./request";

/** How many of a client's requests went to the pods of one cluster, and what became of them there. */
export interface ClusterFlowCounts {
    readonly cluster: string;
    readonly arrived: number;
    readonly dropped: number;
    /** Why they were dropped, each reason once. */
    readonly reasons: readonly string[];
    /** Sent, and not seen to arrive. */
    readonly sent: number;
}

/** What the answers say, all clients of the cluster together. */
export interface AnswerCounts {
    readonly requests: number;
    readonly answers: readonly { readonly cluster: string; readonly count: number }[];
    readonly failed: number;
    readonly unclear: number;
}

/** What the data path did with the requests of one cluster's clients, beside the rule and the answers. */
export interface ClientFlows {
    /** The cluster whose x-wing pods asked. */
    readonly client: string;
    readonly expected: Answer;
    /** Every cluster of the mesh once, in its order. */
    readonly to: readonly ClusterFlowCounts[];
    /** Went to pods of which nobody knows the cluster. */
    readonly toUnknown: number;
    /** Dropped because the Service had no backend to pick. */
    readonly noBackend: number;
    /** The answers to the requests that were sent for it; left out where none were sent. */
    readonly answered?: AnswerCounts;
    /** Of the requests that were sent for it those that left no flow: it is lost, or the kernel refused them. */
    readonly unseen: number;
    /** Whether the flows fit the rule; undefined where nobody can say. */
    readonly agrees?: boolean;
}

/** What {@link summaryOf} is made of. */
export interface SummaryArgs {
    readonly clusters: readonly string[];
    readonly flows: readonly RequestFlow[];
    /** What the rule says of each cluster's clients. */
    readonly expected: readonly Answer[];
    /** What came of requests that were sent for it, of each pod that sent some. */
    readonly results: readonly ClientResult[];
    /** Whether the flows of a client may be held against the rule. */
    readonly isJudged: (client: string) => boolean;
}

/** Flows, answers and rule of each client side by side. */
export function summaryOf(args: SummaryArgs): ClientFlows[] {
    return args.expected.map((expected) => clientFlows(expected, args));
}

function clientFlows(
    expected: Answer,
    { clusters, flows, results, isJudged }: SummaryArgs,
): ClientFlows {
    const { client } = expected;
    const own = flows.filter((flow) => flow.client.cluster === client);
    const to = clusters.map((cluster) =>
        countsOf(
            cluster,
            own.filter(({ backend }) => backend?.cluster === cluster),
        ),
    );
    const noBackend = own.filter(({ backend }) => backend === undefined).length;
    const answered = answeredBy(results.filter((result) => result.client === client));
    const counts = {
        client,
        expected,
        to,
        toUnknown: own.filter(({ backend }) => backend && backend.cluster === undefined).length,
        noBackend,
        ...(answered === undefined ? {} : { answered }),
        unseen: Math.max(0, (answered?.requests ?? 0) - own.length),
    };
    return isJudged(client) ? { ...counts, agrees: !isContradicted(counts) } : counts;
}

function countsOf(cluster: string, flows: readonly RequestFlow[]): ClusterFlowCounts {
    const count = (outcome: RequestFlow["outcome"]) =>
        flows.filter((flow) => flow.outcome === outcome).length;
    return {
        cluster,
        arrived: count("arrived"),
        dropped: count("dropped"),
        reasons: [...new Set(flows.flatMap(({ reason }) => reason ?? []))],
        sent: count("sent"),
    };
}

function answeredBy(results: readonly ClientResult[]): AnswerCounts | undefined {
    const [first] = results;
    const sum = (of: (result: ClientResult) => number) =>
        results.reduce((total, result) => total + of(result), 0);
    return (
        first && {
            requests: sum(({ requests }) => requests),
            answers: first.answers.map(({ cluster }, index) => ({
                cluster,
                count: sum(({ answers }) => answers[index]!.count),
            })),
            failed: sum(({ failed }) => failed),
            unclear: sum(({ unclear }) => unclear),
        }
    );
}

/**
 * Whether something was seen that cannot be where the rule holds. What was not seen proves nothing: a buffer loses flows,
 * and few requests miss a cluster.
 */
function isContradicted({ expected, to, noBackend }: Omit<ClientFlows, "agrees">): boolean {
    const { answering } = expected;
    const drops = dropping(expected);
    const isPicked = (cluster: string) => [...answering, ...drops].includes(cluster);
    return (
        (noBackend > 0 && answering.length + drops.length > 0) ||
        to.some(
            ({ cluster, arrived, dropped, sent }) =>
                (arrived > 0 && !answering.includes(cluster)) ||
                (dropped > 0 && answering.includes(cluster)) ||
                (dropped + sent > 0 && !isPicked(cluster)),
        )
    );
}
