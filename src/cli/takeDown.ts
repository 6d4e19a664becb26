import { rmSync } from "node:fs";
import { possibleClusters } from "../config/labConfig";
import { existingClusters } from "../existing/record";
import { sweepCluster } from "../existing/sweep";
import { deleteLeftover } from "../kind/cluster";
import { Machine } from "../kind/machine";
import { stackFolder } from "../names";
import { lastLine } from "../runner";
import { PulumiCli, isInterruption } from "./pulumiCli";
import { clearDeadLock, dropSalt, forgetStack, stackExists } from "./stack";

/**
 * Deletes a stack's clusters, its state and its files; a cluster that this checkout did not make stays. The stack
 * must be locked.
 *
 * @param destroy Runs Pulumi's destroy of the stack and returns its exit code.
 * @returns 0, or the exit code of a `destroy` that was interrupted, after which the rest is not done. One that fails
 *   by itself, e.g. on a state of an earlier version of this project, is done without.
 * @throws Error if Pulumi, kind or the engine fails.
 */
export async function takeDown(
    stack: string,
    pulumi: PulumiCli,
    machine: Machine,
    destroy: () => Promise<number>,
): Promise<number> {
    if (await stackExists(pulumi, stack)) {
        await clearDeadLock(pulumi, stack, machine.say);
        const code = await destroy();
        if (isInterruption(code) || (code !== 0 && !pulumi.isOwnBackend)) {
            return code;
        }
        if (code !== 0) {
            machine.say("\nPulumi cannot delete the lab; its clusters are deleted without Pulumi.");
            await deleteLeftovers(stack, machine);
        }
        const force = code === 0 ? [] : ["--force"];
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
    await deleteLeftovers(stack, machine);
    rmSync(stackFolder(stack), { recursive: true, force: true });
    return 0;
}

/**
 * All that a stack has is in its clusters, so with them everything is gone; clusters that are not its own lose what
 * carries its mark.
 */
async function deleteLeftovers(stack: string, machine: Machine): Promise<void> {
    for (const cluster of existingClusters(stack)) {
        await sweepCluster(stack, cluster);
    }
    for (const cluster of possibleClusters) {
        await deleteLeftover(stack, cluster, machine);
    }
}
