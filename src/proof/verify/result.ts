import { Difference } from "../../lab/sides";
import { Answer, Side } from "../../lab/whoAnswers";

/** What the clients of one cluster got. */
export interface ClientResult {
    /** The cluster whose x-wing asked. */
    readonly client: string;
    /** The pod that asked. */
    readonly pod: string;
    /** What the rule says of this client. */
    readonly expected: Answer;
    /** Requests sent in the last round. */
    readonly requests: number;
    /** What each cluster answered, every cluster of the mesh once, in its order. */
    readonly answers: readonly ClusterAnswers[];
    /** Requests without an answer: refused, timed out, or not from a rebel-base. */
    readonly failed: number;
    /** Whether exactly the expected clusters answered, and requests failed where and only where they must. */
    readonly agrees: boolean;
}

/** The answers of one cluster. */
export interface ClusterAnswers {
    readonly cluster: string;
    readonly count: number;
    /** Part of all requests, 0 to 1. */
    readonly share: number;
    /** Median time of an answer in milliseconds; undefined without answers. */
    readonly medianMs: number | undefined;
    /** 95th percentile in milliseconds; undefined without answers. */
    readonly p95Ms: number | undefined;
}

/** One proof: the rule over the live objects against real requests. */
export interface Verification {
    readonly stack: string;
    /** When it ended, ISO 8601. */
    readonly at: string;
    readonly ciliumVersion: string;
    /** The live settings of every cluster. */
    readonly sides: readonly Side[];
    readonly differences: readonly Difference[];
    /** What else is not as the stack made it, a line each, e.g. a deleted object or Cilium's release. */
    readonly drift: readonly string[];
    readonly clients: readonly ClientResult[];
    /** Whether every client agrees. */
    readonly agrees: boolean;
    /** Seconds from the start until requests and rule agreed, or until it was given up. */
    readonly seconds: number;
    /** Rounds of requests it took. */
    readonly rounds: number;
}

/** A titled proof, for a report of several. */
export interface ReportedStep {
    /** What was done, e.g. `Baseline`. Undefined for a single proof. */
    readonly title?: string;
    /** Why the expected clusters must answer, or what the step shows. */
    readonly lesson?: string;
    /** The commands that lead here. */
    readonly commands?: readonly string[];
    readonly verification: Verification;
}
