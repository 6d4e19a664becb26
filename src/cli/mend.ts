import { readStackConfig } from "../config/stackFile";
import { Drift, driftLine, findDrift, mendArgs, prepareMending } from "../drift/drift";
import { readKubeconfig } from "../kind/cluster";
import { isApiReady } from "../kind/kubeconfig";
import { connect } from "../kube/clusterApi";
import { PulumiCli } from "./pulumiCli";
import { resourcesInState, upArgs } from "./stack";

/** What in a stack's clusters is not as the stack makes it; nothing of a cluster that does not answer. */
export async function driftOfStack(pulumi: PulumiCli, stack: string): Promise<Drift[]> {
    const known = resourcesInState(pulumi, stack);
    const asked = (await connections(stack)).map(({ cluster, api }) => ({
        cluster,
        api,
        isReleaseKnown: known?.includes(`mesh-cilium-${cluster}`) ?? true,
    }));
    return findDrift(readStackConfig(stack), asked);
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

/** The API servers that answer. */
async function connections(stack: string) {
    const { clusters } = readStackConfig(stack);
    const connected = clusters.map(async ({ name: cluster }) => {
        const kubeconfig = readKubeconfig(stack, cluster);
        return kubeconfig !== undefined && (await isApiReady(kubeconfig))
            ? [{ cluster, api: connect(kubeconfig) }]
            : [];
    });
    return (await Promise.all(connected)).flat();
}
