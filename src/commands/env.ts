import { readStackClusters } from "../config/stackFile";
import { kubeconfigVariable } from "../machine/names";
import { shellQuote } from "../machine/terminal";
import { prepareEnvironment, pulumiEnvironment } from "../stack/environment";
import { exitCodes, parseOptions, runCommand, stackName, stackOption } from "./command";

const usage = `eval "$(npm run -s env -- [--stack NAME])"

Prints what makes plain pulumi and kubectl in this shell work on the stack that npm run up made.`;

runCommand(usage, (args) => {
    const { values } = parseOptions({ args, options: stackOption });
    const stack = stackName(values.stack);
    const pulumi = pulumiEnvironment();
    prepareEnvironment(pulumi);
    const variables = {
        ...pulumi,
        PULUMI_STACK: stack,
        KUBECONFIG: kubeconfigVariable(stack, readStackClusters(stack)),
    };
    for (const [name, value] of Object.entries(variables)) {
        process.stdout.write(`export ${name}=${shellQuote(String(value))}\n`);
    }
    return Promise.resolve(exitCodes.ok);
});
