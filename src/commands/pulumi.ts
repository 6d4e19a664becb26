import { openPulumi } from "../stack/pulumi";
import { currentStack } from "./chosenStack";
import { Declare } from "./command";

/** Options of Pulumi's that change what it does, and that npm would keep for itself. */
const options = ["secret", "plaintext", "path", "json", "yes", "force", "refresh", "remove", "all"];
const optionsWithValue = ["stack", "config-file", "target", "replace", "cwd"];

export const declare: Declare = (command) => {
    command.foreignOptions = [
        ...options.map((name) => ({ name })),
        ...optionsWithValue.map((name) => ({ name, value: name })),
    ];
    return command
        .description(
            `Runs the Pulumi CLI that npm run up uses, on the same backend, e.g. npm run pulumi -- config set sharedService false.
The stack is --stack, else PULUMI_STACK, else the selected one.`,
        )
        .usage("<arguments of pulumi>")
        .argument("[arguments...]")
        .allowUnknownOption()
        .passThroughOptions()
        .does(pulumi);
};

async function pulumi(_: unknown, args: readonly string[]): Promise<number> {
    // Pulumi would take whatever PULUMI_STACK names.
    currentStack();
    return (await openPulumi()).show(args);
}
