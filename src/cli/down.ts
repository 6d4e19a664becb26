import { rmSync } from "node:fs";
import { clusterNames } from "../config/labConfig";
import { ProblemsError } from "../config/problem";
import { farewellProblems } from "../existing/farewell";
import { existingClusters } from "../existing/record";
import { sweepCluster } from "../existing/sweep";
import { deleteLeftover } from "../kind/cluster";
import { localMachine } from "../machine";
import { stackFolder } from "../names";
import { requireEngine } from "../preflight/engine";
import { lastLine } from "../runner";
import { exitCodes, parseOptions, runCommand, stackName, stackOption } from "./command";
import { openPulumi } from "./pulumiCli";
import { clearDeadLock, dropSalt, forgetStack, stackExists } from "./stack";
import { lockStack } from "./stackLock";

const usage = `npm run down -- [--stack NAME]

Deletes the stack's clusters, its state and its files; clusters that were there before it only lose lab and Cilium. The stack's config file stays, as do downloaded tools.`;

const { say } = localMachine;

runCommand(usage, async (args) => {
    const { values } = parseOptions({ args, options: stackOption });
    const stack = stackName(values.stack);
    const isExisting = existingClusters(stack).length > 0;
    await (isExisting ? requireFarewell(stack) : requireEngine());
    await lockStack(stack, "down");
    const pulumi = await openPulumi();
    if (await stackExists(pulumi, stack)) {
        await clearDeadLock(pulumi, stack, say);
        const code = await pulumi.show(["destroy", "--yes", "--skip-preview", "--stack", stack]);
        if (code !== 0) {
            say("\nThe lab is not down. Run the same command again: it goes on from here.");
            return exitCodes.failed;
        }
        const removed = await pulumi.ask(["stack", "rm", "--yes", "--preserve-config", stack]);
        if (removed.code !== 0) {
            say(`all is deleted, but Pulumi keeps the stack: ${lastLine(removed.stderr)}`);
            return exitCodes.failed;
        }
    }
    if (pulumi.isOwnBackend) {
        dropSalt(stack);
        forgetStack(stack);
    }
    for (const cluster of clusterNames) {
        await (isExisting
            ? sweepCluster(stack, cluster)
            : deleteLeftover(stack, cluster, localMachine));
    }
    rmSync(stackFolder(stack), { recursive: true, force: true });
    say(
        isExisting
            ? `Stack ${stack} is down: lab and Cilium are out of your clusters, no state, no kubeconfig of it is left.`
            : `Stack ${stack} is down: no cluster, no state, no kubeconfig of it is left.`,
    );
    return exitCodes.ok;
});

/** @throws ProblemsError if what the stack made cannot be taken out of clusters that are not its own. */
async function requireFarewell(stack: string): Promise<void> {
    const problems = await farewellProblems(stack);
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
}
