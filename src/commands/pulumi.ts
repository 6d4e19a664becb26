import { requireNone } from "../config/problem";
import { isStackName } from "../config/stackName";
import { teardownProblems } from "../mesh/existing/ownership";
import { requireOrigin } from "../stack/origin";
import { openPulumi } from "../stack/pulumi";
import { openStack } from "../stack/stack";
import { currentChoice } from "./chosenStack";
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
The stack is --stack, else PULUMI_STACK, else the selected one, else dev.`,
        )
        .usage("<arguments of pulumi>")
        .argument("[arguments...]")
        .allowUnknownOption()
        .passThroughOptions()
        .does(pulumi);
};

/** Pulumi's commands that work on one stack, and would ask which where none is selected. */
const ofOneStack = ["cancel", "config", "destroy", "import", "logs", "preview", "refresh", "up"];

/** Those of them that are of use before the first `npm run up`: they get the stack made. */
const makingStack = ["config", "preview", "up"];

async function pulumi(_: unknown, args: readonly string[]): Promise<number> {
    // Pulumi would take whatever PULUMI_STACK names.
    const { stack, isDefault } = currentChoice();
    const [command = ""] = args;
    const named = namedStack(args);
    const worksOn = named ?? stack;
    if (ofOneStack.includes(command) && isStackName(worksOn)) {
        await requireOrigin(worksOn);
        if (command === "destroy") {
            // Pulumi destroys by what its state knows of the way to a cluster, wherever that leads by now.
            requireNone(await teardownProblems(worksOn));
        }
    }
    if (!isDefault || named !== undefined || !ofOneStack.includes(command)) {
        return (await openPulumi()).show(args);
    }
    // Pulumi knows no default, and this command has to mean the same stack as `npm run up` beside it.
    process.env.PULUMI_STACK = stack;
    const cli = await openPulumi();
    if (makingStack.includes(command)) {
        await openStack(cli, stack);
    }
    return cli.show(args);
}

/** The stack that Pulumi's arguments name, without its owner; undefined where they name none. */
function namedStack(args: readonly string[]): string | undefined {
    const end = args.indexOf("--");
    const own = end === -1 ? args : args.slice(0, end);
    const at = own.findIndex((arg) => /^(-s|--stack)(=|$)|^-s[^-]/.test(arg));
    const [, joined] = /^(?:--stack=|-s=?)(.+)$/.exec(own[at] ?? "") ?? [];
    return at === -1 ? undefined : (joined ?? own[at + 1] ?? "").split("/").pop();
}
