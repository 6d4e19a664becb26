import { Answer } from "../../lab/whoAnswers";
import { ClientNumbers, Request, Span, Summary, summaryOf } from "./statistics";

/** A change that was made once while every client asked, and what they got. */
export interface Run {
    readonly span: Span;
    /** Milliseconds that it took to make the change. */
    readonly changeMs: number;
    /** Whether all clients got what the rule says for good, before there was no time left. */
    readonly isSettled: boolean;
    /** One for each client, in the order of the clusters. */
    readonly clients: readonly (ClientNumbers & { readonly client: string })[];
    /** The requests of the span, for pictures; in the order in which they were sent. */
    readonly requests: readonly Request[];
}

/** One change, made once or several times. */
export interface Measurement {
    /** What changed: `rebelBaseReplicas 2 → 0`. */
    readonly change: string;
    /** Who must answer in the end, by client. */
    readonly after: readonly Answer[];
    readonly runs: readonly Run[];
}

/** What came of an experiment: the change, and the way back where there is one. */
export interface ExperimentResult {
    readonly name: string;
    readonly title: string;
    /** What the lab's keys were before, as far as they are not the defaults: `clusterMeshCacheTtl 30s`. */
    readonly from: readonly string[];
    readonly measurements: readonly Measurement[];
    /** What kept a client from asking meanwhile, a sentence each. */
    readonly troubles: readonly string[];
}

/** All experiments of one command. */
export interface ExperimentReport {
    readonly stack: string;
    readonly ciliumVersion: string;
    /** When the last one ended, ISO 8601. */
    readonly at: string;
    /** The clusters of the mesh, in its order. */
    readonly clusters: readonly string[];
    readonly experiments: readonly ExperimentResult[];
}

/** One client's numbers over all runs of a measurement. */
export interface ClientSummary {
    readonly client: string;
    readonly after: Answer;
    readonly runs: readonly ClientNumbers[];
    readonly summary: Summary;
}

/** The numbers of every client over all runs. */
export function clientSummaries({ after, runs }: Measurement): ClientSummary[] {
    return after.map((answer, index) => {
        const own = runs.map(({ clients }) => clients[index]!);
        return { client: answer.client, after: answer, runs: own, summary: summaryOf(own) };
    });
}
