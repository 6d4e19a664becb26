import { jsonText } from "../config/problem";
import { readTimeline } from "../machine/timeline";
import { longestChain } from "../proof/timeline/chain";
import { timelineText } from "../proof/timeline/text";
import { chosenStack } from "./chosenStack";
import { Declare, exitCodes } from "./command";

export const declare: Declare = (command) =>
    command
        .description(
            "Shows the steps of the stack's last npm run up, and the longest chain of them that depend on each other.",
        )
        .ofStack()
        .option(
            "--json",
            "print the steps and the chain as JSON on standard output, times in milliseconds",
        )
        .does(timeline);

interface Options {
    readonly stack?: string;
    readonly json?: boolean;
}

function timeline(options: Options): number {
    const { name: stack } = chosenStack(options.stack);
    const steps = readTimeline(stack);
    if (steps.length === 0) {
        throw new Error(`There is no timeline of stack ${stack}; npm run up writes one.`);
    }
    const text = options.json
        ? jsonText({ steps, chain: longestChain(steps) })
        : timelineText(steps);
    process.stdout.write(`${text}\n`);
    return exitCodes.ok;
}
