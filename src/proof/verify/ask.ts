import { printable } from "../../config/problem";
import { namespace } from "../../lab/globalNamespace";
import { Answer } from "../../lab/whoAnswers";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { clientResult, isContradicted } from "./clientResult";
import { Asker } from "./liveMesh";
import { Outcome, parseOutcomes } from "./requests";
import { ClientResult } from "./result";
import { Batch, batchesOf, requestScript } from "./script";
import { Sample } from "./statistics";

/** Whose requests to send, and what must come of them. */
export interface Question {
    readonly api: ClusterApi;
    readonly asker: Asker;
    readonly expected: Answer;
    /** Every cluster of the mesh, in its order. */
    readonly clusters: readonly string[];
    readonly sample: Sample;
}

/**
 * Sends one client's requests and holds the answers against what is expected of them. Once they cannot agree any more,
 * the rest is not sent.
 *
 * @throws Error if the pod could not ask, or its answers prove nothing; the message is the end of a sentence about it.
 */
export async function askFrom(question: Question): Promise<ClientResult> {
    const { asker, expected, clusters, sample } = question;
    const outcomes: Outcome[] = [];
    const result = () => clientResult(expected, asker, outcomes, clusters, sample);
    for (const batch of batchesOf(sample.requests, sample.mostFailures > 0)) {
        outcomes.push(...(await askBatch(question, batch)));
        if (isContradicted(result())) {
            break;
        }
    }
    return result();
}

async function askBatch({ api, asker }: Question, batch: Batch): Promise<readonly Outcome[]> {
    const command = ["sh", "-c", requestScript(batch)];
    const { code, stdout, stderr } = await api.exec(namespace, asker.pod, "x-wing", command);
    if (code !== 0) {
        throw new Error(`its requests ended with exit code ${code}${reasonIn(stderr)}`);
    }
    const { outcomes, broken } = parseOutcomes(stdout, batch.requests);
    if (broken !== undefined) {
        throw new Error(`${broken}${reasonIn(stderr)}`);
    }
    return outcomes;
}

function reasonIn(stderr: string): string {
    const [line = ""] = stderr.trim().split("\n");
    return line === "" ? "" : `: ${printable(line)}`;
}
