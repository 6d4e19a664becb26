import { requireEngine } from "../machine/checks";
import { localMachine } from "../machine/machine";
import { lockStack } from "../stack/lock";
import { openPulumi } from "../stack/pulumi";
import { isInExisting, takeDown } from "../stack/takeDown";
import { chosenStack, currentStack } from "./chosenStack";
import { Declare, exitCodes } from "./command";

export const declare: Declare = (command) =>
    command
        .description(
            `Deletes the stack's clusters, its state and its files; from existing clusters it only removes the lab and Cilium.
The stack's config file stays, as do downloaded tools and images (npm run cache).`,
        )
        .ofStack()
        .does(down);

const { say } = localMachine;

async function down(options: { readonly stack?: string }): Promise<number> {
    const stack = chosenStack(options.stack);
    const { name } = stack;
    await lockStack(name, "down");
    const isExisting = isInExisting(stack);
    const [pulumi] = await Promise.all([openPulumi(), isExisting ? undefined : requireEngine()]);
    const { code, left } = await takeDown(stack, pulumi, localMachine, () =>
        pulumi.show(["destroy", "--yes", "--skip-preview", "--stack", name]),
    );
    if (code !== 0) {
        say("\nThe lab is not down. Run the same command again: it continues from here.");
        return exitCodes.failed;
    }
    left.forEach(say);
    say(downText(name, isExisting, left.length > 0));
    if (name !== currentStack()) {
        say(`Its config stays: npm run up -- --stack ${name} brings it up again.`);
    }
    return exitCodes.ok;
}

function downText(stack: string, isExisting: boolean, isLeft: boolean): string {
    if (isLeft) {
        return `Stack ${stack} is down but for what is named above: no state, no kubeconfig of it is left.`;
    }
    return isExisting
        ? `Stack ${stack} is down: lab and Cilium are out of your clusters, no state, no kubeconfig of it is left.`
        : `Stack ${stack} is down: no cluster, no state, no kubeconfig of it is left.`;
}
