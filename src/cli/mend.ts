import { readStackConfig } from "../config/stackFile";
import { Drift, driftLine, findDrift, mendArgs, prepareMending } from "../drift/drift";
import { mayMend } from "../existing/ownership";
import { readKubeconfig } from "../kind/cluster";
import { isApiReady } from "../kind/kubeconfig";
import { connect } from "../kube/clusterApi";
import { PulumiCli } from "./pulumiCli";
import { upArgs } from "./stack";

/** What in a stack's clusters is not as the stack makes it; nothing of a cluster that does not answer. */
export async function driftOfStack(stack: string): Promise<Drift[]> {
    return findDrift(readStackConfig(stack), await connections(stack));
}

/**
 * An update of the stack that puts back what drifted. Pulumi alone would not: an update compares with the state,
 * not with the clusters.
 *
 * @returns Pulumi's exit code.
 */
export async function mend(
    pulumi: PulumiCli,
    stack: string,
    drifts: readonly Drift[],
    say: (line: string) => void,
): Promise<number> {
    say("Not as the stack makes it, and put back now:");
    drifts.forEach((drift) => say(`  ${driftLine(drift)}`));
    for (const { cluster, api } of await connections(stack)) {
        await prepareMending(drifts, { cluster, api });
    }
    return pulumi.show([...upArgs(stack), ...mendArgs]);
}

/** The API servers that answer; of clusters that are not the stack's own, those that it may mend. */
async function connections(stack: string) {
    const { clusters, clusterProvider } = readStackConfig(stack);
    const connected = clusters.map(async ({ name: cluster }) => {
        const kubeconfig = readKubeconfig(stack, cluster);
        if (kubeconfig === undefined) {
            return [];
        }
        const isUsable =
            clusterProvider === "kind" ? isApiReady(kubeconfig) : mayMend(stack, cluster);
        return (await isUsable) ? [{ cluster, api: connect(kubeconfig) }] : [];
    });
    return (await Promise.all(connected)).flat();
}
