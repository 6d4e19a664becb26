import { requireEngine } from "../machine/checks";
import { localMachine } from "../machine/machine";
import { existingClusters } from "../mesh/existing/record";
import { lockStack } from "../stack/lock";
import { openPulumi } from "../stack/pulumi";
import { takeDown } from "../stack/takeDown";
import { chosenStack, currentStack } from "./chosenStack";
import { Declare, exitCodes } from "./command";

export const declare: Declare = (command) =>
    command
        .description(
            `Deletes the stack's clusters, its state and its files; clusters that were there before it only lose lab and Cilium.
The stack's config file stays, as do downloaded tools and images (npm run cache).`,
        )
        .ofStack()
        .does(down);

const { say } = localMachine;

async function down(options: { readonly stack?: string }): Promise<number> {
    const { name: stack } = chosenStack(options.stack);
    const isExisting = existingClusters(stack).length > 0;
    if (!isExisting) {
        await requireEngine();
    }
    await lockStack(stack, "down");
    const pulumi = await openPulumi();
    const code = await takeDown(stack, pulumi, localMachine, () =>
        pulumi.show(["destroy", "--yes", "--skip-preview", "--stack", stack]),
    );
    if (code !== 0) {
        say("\nThe lab is not down. Run the same command again: it goes on from here.");
        return exitCodes.failed;
    }
    say(
        isExisting
            ? `Stack ${stack} is down: lab and Cilium are out of your clusters, no state, no kubeconfig of it is left.`
            : `Stack ${stack} is down: no cluster, no state, no kubeconfig of it is left.`,
    );
    if (stack !== currentStack()) {
        say(`Its config stays: npm run up -- --stack ${stack} brings it up again.`);
    }
    return exitCodes.ok;
}
