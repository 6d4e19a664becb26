/**
 * Asks the API server of the kubeconfig on standard input what is asked of an existing cluster, by the name of the
 * question and a stack, and prints as JSON what came of it. A program of its own, because jest cannot load the
 * Kubernetes client.
 */
import { text } from "node:stream/consumers";
import { readClusterFacts, readClusterUid } from "../../src/mesh/existing/facts";
import { mayRepair } from "../../src/mesh/existing/ownership";
import { forgetRelease, pruneCluster } from "../../src/mesh/existing/prune";

/** The questions, by their names. */
const questions = {
    facts: (_stack: string, kubeconfig: string) => readClusterFacts(kubeconfig),
    uid: (_stack: string, kubeconfig: string) => readClusterUid(kubeconfig),
    mayRepair: (stack: string) => mayRepair(stack, "cluster1"),
    prune: (stack: string) => pruneCluster(stack, "cluster1"),
    forget: (stack: string) => forgetRelease(stack, "cluster1"),
};

export type Question = keyof typeof questions;

async function main(): Promise<void> {
    const [, , question, stack = ""] = process.argv;
    const kubeconfig = await text(process.stdin);
    const outcome = await questions[question as Question](stack, kubeconfig).then(
        (answer) => ({ answer }),
        (error: Error) => ({ error: error.message }),
    );
    process.stdout.write(JSON.stringify(outcome));
}

void main();
