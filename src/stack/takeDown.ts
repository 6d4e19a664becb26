import { possibleClusters } from "../config/labConfig";
import { ProblemsError } from "../config/problem";
import { Machine } from "../machine/machine";
import { kindClusterName, nodeName } from "../machine/names";
import { lastLine } from "../machine/run";
import { teardownProblems } from "../mesh/existing/ownership";
import { pruneCluster } from "../mesh/existing/prune";
import { existingClusters } from "../mesh/existing/record";
import { kindNodes } from "../mesh/kind/observation";
import { deleteLeftover } from "../mesh/kind/remove";
import { forgetStack } from "./backend";
import { clearDeadLock } from "./backendLock";
import { PulumiCli, isInterruption } from "./pulumi";
import { dropSalt } from "./salt";
import { stackExists } from "./stack";
import { removeStackFolder, restoreSettings, settingsBefore } from "./tourSettings";

/**
 * Deletes a stack's clusters, its state and its files; a cluster that this checkout did not make stays. The stack
 * must be locked.
 *
 * All that a stack has is in its clusters. So where they are kind's and the state is this checkout's own, they are
 * deleted first and Pulumi forgets the rest, without its `destroy`, which would take as long again. It is run where
 * that is not all: for existing clusters, for a state that others may look at, and if a cluster is left that only the
 * state knows.
 *
 * @param destroy Runs Pulumi's destroy of the stack and returns its exit code.
 * @returns 0, or the exit code of a `destroy` that was interrupted, after which the rest is not done. One that fails
 *   by itself, e.g. on a state of an earlier version of this project, is done without.
 * @throws ProblemsError if what the stack made cannot be taken out of clusters that are not its own.
 * @throws Error if Pulumi, kind or the engine fails, or if another Pulumi works on the stack.
 */
export async function takeDown(
    stack: string,
    pulumi: PulumiCli,
    machine: Machine,
    destroy: () => Promise<number>,
): Promise<number> {
    await requireTeardown(stack);
    await clearDeadLock(pulumi, stack, machine.say);
    const [exists, isGone] = await Promise.all([
        stackExists(pulumi, stack),
        pulumi.isOwnBackend && deleteKindClusters(stack, machine),
    ]);
    let isRestored = settingsBefore(stack) === "nothing";
    if (exists) {
        const code = isGone ? 0 : await destroy();
        if (isInterruption(code) || (code !== 0 && !pulumi.isOwnBackend)) {
            return code;
        }
        if (code !== 0) {
            machine.say("\nPulumi cannot delete the lab; what it made is deleted without Pulumi.");
            await deleteLeftovers(stack, machine);
        }
        isRestored = await restoreSettings(pulumi, stack, machine);
        const force = isGone || code !== 0 ? ["--force"] : [];
        const removed = await pulumi.ask([
            ...["stack", "rm", "--yes", "--preserve-config", ...force, stack],
        ]);
        if (removed.code !== 0) {
            throw new Error(
                `the clusters are gone, but Pulumi keeps the stack: ${lastLine(removed.stderr)}`,
            );
        }
    }
    if (pulumi.isOwnBackend) {
        dropSalt(stack);
        forgetStack(stack);
    }
    if (!isGone) {
        await deleteLeftovers(stack, machine);
    }
    removeStackFolder(stack, { keepTour: !isRestored }, machine);
    return 0;
}

/**
 * Deletes the kind clusters that a stack's records tell of, all at the same time.
 *
 * @returns Whether with them everything of the stack is gone.
 */
async function deleteKindClusters(stack: string, machine: Machine): Promise<boolean> {
    if (existingClusters(stack).length > 0) {
        return false;
    }
    await Promise.all(possibleClusters.map((cluster) => deleteLeftover(stack, cluster, machine)));
    const left = await kindNodes(machine.run);
    return !possibleClusters.some((cluster) =>
        left.includes(nodeName(kindClusterName(stack, cluster))),
    );
}

/** Clusters that are not the stack's own lose what carries its mark. */
async function deleteLeftovers(stack: string, machine: Machine): Promise<void> {
    for (const cluster of existingClusters(stack)) {
        await pruneCluster(stack, cluster);
    }
    for (const cluster of possibleClusters) {
        await deleteLeftover(stack, cluster, machine);
    }
}

/** @throws ProblemsError if what the stack made cannot be taken out of clusters that are not its own. */
async function requireTeardown(stack: string): Promise<void> {
    const problems = await teardownProblems(stack);
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
}
