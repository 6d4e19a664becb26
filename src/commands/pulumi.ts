import { openPulumi } from "../stack/pulumi";
import { runCommand, stackName } from "./command";

const usage = `npm run pulumi -- ARGUMENTS

Runs the Pulumi CLI that npm run up uses, on the same backend, e.g. npm run pulumi -- config set sharedService false.
The stack is --stack, else PULUMI_STACK, else the selected one.`;

runCommand(usage, async (args) => {
    if (process.env.PULUMI_STACK) {
        stackName(undefined);
    }
    const pulumi = await openPulumi();
    return pulumi.show(args);
});
