import { setTimeout as sleep } from "node:timers/promises";
import { ClusterName, LabConfig } from "../config/labConfig";
import { readStackConfig } from "../config/stackFile";
import { deriveKubeconfig } from "../existing/kubeconfig";
import { ensureKubeconfig, readKubeconfig } from "../kind/cluster";
import { writeWhole } from "../kind/record";
import { connect } from "../kube/clusterApi";
import { localMachine } from "../machine";
import { kubeconfigPath } from "../names";
import { engineProblem } from "../preflight/engine";
import { Verification } from "../verify/result";
import { CannotAskError, verify } from "../verify/verify";

/** Longest wait for a change to arrive in both clusters, in seconds. */
export const defaultWithinSeconds = 60;

/**
 * Proves the rule on a stack's live clusters.
 *
 * @throws CannotAskError if a cluster is not there or no requests could be sent.
 */
export async function verifyStack(stack: string, withinSeconds: number): Promise<Verification> {
    const config = readStackConfig(stack);
    const apis = await Promise.all(
        config.clusters.map(async ({ name }) => {
            const kubeconfig = await kubeconfigOf(stack, name, config).catch((error: Error) => {
                throw new CannotAskError(
                    `${name} of stack ${stack} is not there: ${error.message}`,
                );
            });
            return { cluster: name, api: connect(kubeconfig) };
        }),
    );
    const time = { now: Date.now, sleep };
    return verify({
        stack,
        config,
        apis,
        withinMs: withinSeconds * 1000,
        time,
        whyHopeless: config.clusterProvider === "kind" ? whyHopeless : undefined,
    });
}

/** The stack's kubeconfig of a cluster; where its file is lost, it is written anew. */
async function kubeconfigOf(stack: string, name: ClusterName, config: LabConfig): Promise<string> {
    if (config.clusterProvider === "kind") {
        return ensureKubeconfig(stack, name, localMachine);
    }
    const kept = readKubeconfig(stack, name);
    const kubeconfig = kept ?? deriveKubeconfig(config, name);
    if (kept === undefined) {
        writeWhole(kubeconfigPath(stack, name), kubeconfig);
    }
    return kubeconfig;
}

/** With the container engine down there is no cluster to wait for. */
async function whyHopeless(): Promise<string | undefined> {
    const problem = await engineProblem();
    return problem && `${problem.message} Fix: ${problem.fix}`;
}
