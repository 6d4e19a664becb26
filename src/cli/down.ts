import { rmSync } from "node:fs";
import { possibleClusters } from "../config/labConfig";
import { deleteLeftover } from "../kind/cluster";
import { localMachine } from "../machine";
import { stackFolder } from "../names";
import { requireEngine } from "../preflight/engine";
import { lastLine } from "../runner";
import { exitCodes, parseOptions, runCommand, stackName, stackOption } from "./command";
import { isInterruption, openPulumi } from "./pulumiCli";
import { clearDeadLock, dropSalt, forgetStack, stackExists } from "./stack";
import { lockStack } from "./stackLock";

const usage = `npm run down -- [--stack NAME]

Deletes the stack's clusters, its state and its files. The stack's config file stays, as do downloaded tools.`;

const { say } = localMachine;

runCommand(usage, async (args) => {
    const { values } = parseOptions({ args, options: stackOption });
    const stack = stackName(values.stack);
    await requireEngine();
    await lockStack(stack, "down");
    const pulumi = await openPulumi();
    if (await stackExists(pulumi, stack)) {
        await clearDeadLock(pulumi, stack, say);
        const code = await pulumi.show(["destroy", "--yes", "--skip-preview", "--stack", stack]);
        if (isInterruption(code) || (code !== 0 && !pulumi.isOwnBackend)) {
            say("\nThe lab is not down. Run the same command again: it goes on from here.");
            return exitCodes.failed;
        }
        if (code !== 0) {
            say("\nPulumi cannot delete the lab; its clusters are deleted without Pulumi.");
            await deleteLeftovers(stack);
        }
        const removed = await pulumi.ask([
            "stack",
            "rm",
            "--yes",
            "--preserve-config",
            ...(code === 0 ? [] : ["--force"]),
            stack,
        ]);
        if (removed.code !== 0) {
            say(`the clusters are gone, but Pulumi keeps the stack: ${lastLine(removed.stderr)}`);
            return exitCodes.failed;
        }
    }
    if (pulumi.isOwnBackend) {
        dropSalt(stack);
        forgetStack(stack);
    }
    await deleteLeftovers(stack);
    rmSync(stackFolder(stack), { recursive: true, force: true });
    say(`Stack ${stack} is down: no cluster, no state, no kubeconfig of it is left.`);
    return exitCodes.ok;
});

/** All that the stack has is in its clusters, so with them everything is gone. */
async function deleteLeftovers(stack: string): Promise<void> {
    for (const cluster of possibleClusters) {
        await deleteLeftover(stack, cluster, localMachine);
    }
}
