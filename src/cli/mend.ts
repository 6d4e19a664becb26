import { readStackConfig } from "../config/stackFile";
import { Drift, driftLine, findDrift, mending, prepareMending } from "../drift/drift";
import { readKubeconfig } from "../kind/cluster";
import { isApiReady } from "../kind/kubeconfig";
import { connect } from "../kube/clusterApi";
import { PulumiCli } from "./pulumiCli";
import { UpdateOptions, clearDeadLock } from "./stack";

/** Runs Pulumi's update of a stack and returns its exit code. */
export type Update = (options?: UpdateOptions) => Promise<number>;

/** What in a stack's clusters is not as the stack makes it; nothing of a cluster that does not answer. */
export async function driftOfStack(stack: string): Promise<Drift[]> {
    return findDrift(readStackConfig(stack), await connections(stack));
}

/** What {@link bringInLine} works with. */
export interface Tools {
    readonly pulumi: PulumiCli;
    readonly update: Update;
    /** Tells the user what happens, one line at a time. */
    readonly say: (line: string) => void;
}

/**
 * Brings a stack in line with its config, also where an earlier update was killed or something was changed by hand.
 *
 * @param options What Pulumi's update does beyond the usual.
 * @returns Pulumi's exit code.
 * @throws Error if another Pulumi works on the stack.
 */
export async function bringInLine(
    stack: string,
    tools: Tools,
    options: UpdateOptions = {},
): Promise<number> {
    await clearDeadLock(tools.pulumi, stack, tools.say);
    // Neither Helm nor Pulumi goes on with a release that was cut off or taken away, so that goes first.
    const broken = (await driftOfStack(stack)).filter(({ about }) => about === "release");
    const code = broken.length > 0 ? await mend(stack, broken, tools) : await tools.update(options);
    const drifts = code === 0 ? await driftOfStack(stack) : [];
    return drifts.length > 0 ? mend(stack, drifts, tools) : code;
}

/**
 * An update of the stack that puts back what drifted. Pulumi alone would not: an update compares with the state,
 * not with the clusters.
 */
async function mend(
    stack: string,
    drifts: readonly Drift[],
    { update, say }: Tools,
): Promise<number> {
    say("Not as the stack makes it, and put back now:");
    drifts.forEach((drift) => say(`  ${driftLine(drift)}`));
    for (const { cluster, api } of await connections(stack)) {
        await prepareMending(drifts, { cluster, api });
    }
    return update(mending);
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
