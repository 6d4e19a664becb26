import { readTimeline } from "../machine/timeline";
import { longestChain } from "../proof/timeline/chain";
import { timelineText } from "../proof/timeline/text";
import { exitCodes, parseOptions, runCommand, stackName, stackOption } from "./command";

const usage = `npm run timeline -- [--stack NAME] [--json]

Shows the steps of the stack's last npm run up, and the longest chain of them that depend on each other.
  --json  the steps and the chain as JSON on standard output, times in milliseconds`;

runCommand(usage, (args) => {
    const { values } = parseOptions({
        args,
        options: { ...stackOption, json: { type: "boolean", default: false } },
    });
    const stack = stackName(values.stack);
    const steps = readTimeline(stack);
    if (steps.length === 0) {
        throw new Error(`There is no timeline of stack ${stack}; npm run up writes one.`);
    }
    const text = values.json
        ? JSON.stringify({ steps, chain: longestChain(steps) }, null, 2)
        : timelineText(steps);
    process.stdout.write(`${text}\n`);
    return Promise.resolve(exitCodes.ok);
});
