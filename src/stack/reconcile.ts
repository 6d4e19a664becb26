import { possibleClusters } from "../config/labConfig";
import { Machine, localMachine } from "../machine/machine";
import { pruneCluster } from "../mesh/existing/prune";
import { readExistingRecord, removeExistingRecord } from "../mesh/existing/record";
import { outagePath } from "../mesh/kind/outage";
import { removeRecord } from "../mesh/kind/record";
import { deleteLeftover } from "../mesh/kind/remove";
import { Drift, driftLine, findDrift, isRepaired } from "../proof/drift/drift";
import { prepareRepair, repairing } from "../proof/drift/repair";
import { forgetHalfReplaced, resourcesInState } from "./backend";
import { clearDeadLock } from "./backendLock";
import { connections } from "./connections";
import { LabStack } from "./home";
import { acceptOrigin, beginOrigin } from "./origin";
import { PulumiCli } from "./pulumi";
import { UpdateOptions } from "./stack";

/** Runs Pulumi's update of a stack and returns its exit code. */
export type Update = (options?: UpdateOptions) => Promise<number>;

/** How often a cluster whose API server leaves a question unanswered is asked what has drifted in it. */
const driftAttempts = 3;

/**
 * What in a stack's clusters is not as the stack makes it; nothing of a cluster that does not answer. One on a host that
 * is overloaded may be ready and still take longer than an answer may: it is asked again, and then passed over.
 *
 * @throws Error that names the cluster where its API server refuses.
 */
async function driftOfStack({ pulumi, say }: Tools, stack: LabStack): Promise<Drift[]> {
    const known = resourcesInState(pulumi, stack.name);
    const drifts = (await connections(stack)).map(async (one) => {
        const isReleaseKnown = known?.includes(`mesh-cilium-${one.cluster}`) ?? true;
        for (let attempt = 1; ; attempt++) {
            try {
                return await findDrift(stack.config, [{ ...one, isReleaseKnown }]);
            } catch (error) {
                const { code, message } = error as Error & { readonly code?: unknown };
                if (typeof code === "number") {
                    throw new Error(`${one.cluster}: ${message}`);
                }
                if (attempt === driftAttempts) {
                    say(`${one.cluster}: not compared with what the stack makes (${message})`);
                    return [];
                }
            }
        }
    });
    return (await Promise.all(drifts)).flat();
}

/** What {@link reconcile} works with. */
export interface Tools {
    readonly pulumi: PulumiCli;
    readonly update: Update;
    /** Tells the user what happens, one line at a time. */
    readonly say: (line: string) => void;
}

/**
 * Reconciles a stack with its config, also where an earlier update was killed or something was changed by hand.
 *
 * @param options What Pulumi's update does beyond the usual.
 * @returns Pulumi's exit code.
 * @throws Error if another Pulumi works on the stack.
 */
export async function reconcile(
    stack: LabStack,
    tools: Tools,
    options: UpdateOptions = {},
): Promise<number> {
    const { pulumi, update, say } = tools;
    await beginOrigin(stack.name);
    await clearDeadLock(pulumi, stack.name, say);
    await forgetHalfReplaced(pulumi, stack.name);
    // Neither Helm nor Pulumi goes on with a release that was cut off or taken away, so that goes first.
    const broken = (await driftOfStack(tools, stack)).filter(({ about }) => about === "release");
    let code =
        broken.length > 0 ? await repair(stack, broken, tools, options) : await update(options);
    const found = code === 0 ? await driftOfStack(tools, stack) : [];
    const drifts = found.filter(isRepaired);
    if (drifts.length > 0) {
        code = await repair(stack, drifts, tools);
    }
    if (code === 0) {
        await acceptOrigin(stack.name);
        await deleteUnwanted(stack, { ...localMachine, say });
    }
    return code;
}

/**
 * Deletes what an `up` that was killed made of clusters that the config has no more. Pulumi deletes those it knows; of
 * one that was there before it, the record goes, so that nobody asks for it any more.
 */
async function deleteUnwanted(
    { name: stack, clusters }: LabStack,
    machine: Machine,
): Promise<void> {
    for (const cluster of possibleClusters.filter((name) => !clusters.includes(name))) {
        await deleteLeftover(stack, cluster, machine);
        if (readExistingRecord(stack, cluster) !== undefined) {
            await pruneCluster(stack, cluster);
            removeExistingRecord(stack, cluster);
        }
    }
}

/**
 * An update of the stack that puts back what drifted, and replaces what is asked for besides. Pulumi alone would not: an
 * update compares with the state, not with the clusters.
 */
async function repair(
    stack: LabStack,
    drifts: readonly Drift[],
    { update, say }: Tools,
    { replace = [] }: UpdateOptions = {},
): Promise<number> {
    if (stack.config.outageOf === "clustermesh-apiserver") {
        // An apiserver that somebody has brought back is taken away only where it counts as another time.
        removeRecord(outagePath(stack.name));
    }
    say("Not as the stack makes it, and put back now:");
    drifts.forEach((drift) => say(`  ${driftLine(drift)}`));
    for (const { cluster, ...one } of await connections(stack)) {
        await prepareRepair(
            drifts.filter((drift) => drift.cluster === cluster),
            one,
        );
    }
    return update({ ...repairing, replace: [...repairing.replace, ...replace] });
}
