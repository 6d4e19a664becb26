import { rmSync } from "node:fs";
import { clusterNames } from "../config/labConfig";
import { deleteLeftover } from "../kind/cluster";
import { Machine } from "../kind/machine";
import { stackFolder } from "../names";
import { lastLine } from "../runner";
import { PulumiCli } from "./pulumiCli";
import { clearDeadLock, dropSalt, forgetStack, stackExists } from "./stack";

/**
 * Deletes a stack's clusters, its state and its files; a cluster that this checkout did not make stays. The stack
 * must be locked.
 *
 * @param destroy Runs Pulumi's destroy of the stack and returns its exit code.
 * @returns Exit code of `destroy`; unless it is 0, the rest is not done.
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
        if (code !== 0) {
            return code;
        }
        const removed = await pulumi.ask(["stack", "rm", "--yes", "--preserve-config", stack]);
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
    for (const cluster of clusterNames) {
        await deleteLeftover(stack, cluster, machine);
    }
    rmSync(stackFolder(stack), { recursive: true, force: true });
    return 0;
}
