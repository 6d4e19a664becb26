import { kubeconfigVariable } from "../machine/names";
import { shellQuote } from "../machine/terminal";
import { prepareEnvironment, pulumiEnvironment } from "../stack/environment";
import { chosenStack } from "./chosenStack";
import { Declare, exitCodes } from "./command";

export const declare: Declare = (command) =>
    command
        .description(
            `Prints the variables with which plain pulumi and kubectl work on the stack that npm run up created:
eval "$(npm run -s env)"`,
        )
        .ofStack()
        .does(env);

function env(options: { readonly stack?: string }): number {
    const stack = chosenStack(options.stack);
    const pulumi = pulumiEnvironment();
    prepareEnvironment(pulumi);
    const variables = {
        ...pulumi,
        PULUMI_STACK: stack.name,
        KUBECONFIG: kubeconfigVariable(stack.name, stack.clusters),
    };
    for (const [name, value] of Object.entries(variables)) {
        process.stdout.write(`export ${name}=${shellQuote(String(value))}\n`);
    }
    return exitCodes.ok;
}
