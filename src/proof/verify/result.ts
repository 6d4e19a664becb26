import { Difference } from "../../lab/sides";
import { Answer, Side } from "../../lab/whoAnswers";
import { EndingCertificate } from "../../mesh/cilium/certificates";

/** What the clients of one cluster got. */
export interface ClientResult {
    /** The cluster whose x-wing asked. */
    readonly client: string;
    /** The pod that asked. */
    readonly pod: string;
    /** The node that it runs on; left out where the API server does not say. */
    readonly node?: string;
    /** What the rule says of this client. */
    readonly expected: Answer;
    /** Requests that were judged. */
    readonly requests: number;
    /** What each cluster answered, every cluster of the mesh once, in its order. */
    readonly answers: readonly ClusterAnswers[];
    /** Requests without an answer: refused or timed out. */
    readonly failed: number;
    /** Fewest failures that fit the rule; the most are in {@link mostFailures}. */
    readonly leastFailures: number;
    readonly mostFailures: number;
    /**
     * Requests that prove nothing, neither that somebody answers nor that nobody does: answered, but not by a rebel-base
     * of the mesh, cut off, or for a name that did not resolve.
     */
    readonly unclear: number;
    /** Whether exactly the expected clusters answered, as many failed as must, and nothing was unclear. */
    readonly agrees: boolean;
}

/** A client that could not be asked, or whose answers prove nothing. */
export interface UnaskedClient {
    /** The cluster whose x-wing was to ask. */
    readonly client: string;
    /** Its pod, where it is about one. */
    readonly pod?: string;
    readonly reason: string;
    /** The cluster is meant to be away. */
    readonly isMeant: boolean;
    /** It stays so until somebody changes something, so there is nothing to wait for. */
    readonly isLasting?: boolean;
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
    /** To read: `1.20.2`, or which cluster has which version. The sides have each its own. */
    readonly ciliumVersion: string;
    /** The live settings of every cluster. */
    readonly sides: readonly Side[];
    readonly differences: readonly Difference[];
    /** What else is not as the stack made it, a line each, e.g. a deleted object or Cilium's release. */
    readonly drift: readonly string[];
    /** The mesh's certificates that end within 30 days or have ended, in the order of the clusters. */
    readonly certificates: readonly EndingCertificate[];
    /** One for each x-wing pod that asked, in the order of the clusters. */
    readonly clients: readonly ClientResult[];
    /** The clients that could not be asked. */
    readonly unasked: readonly UnaskedClient[];
    /** Whether every client agrees that could be asked, and those that could not are meant to be away. */
    readonly agrees: boolean;
    /** Seconds from the start until requests and rule agreed, or until it was given up. */
    readonly seconds: number;
    /** Rounds it took, each a look and, if that came out well, a judgement. */
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
