/**
 * What an outage's `local.Command` runs: `begin` or `end` is its argument, the order comes as JSON on standard input;
 * news go to standard error.
 */
import { json } from "node:stream/consumers";
import { visible } from "../../config/problem";
import { sentenceOf } from "../../machine/fileErrors";
import { localMachine } from "../../machine/machine";
import { recordFailure } from "../../machine/timeline";
import { OutageOrder, beginOutage, endOutage } from "./outage";

const actions = { begin: beginOutage, end: endOutage };

async function main(): Promise<void> {
    const action = process.argv[2] as keyof typeof actions;
    await actions[action]((await json(process.stdin)) as OutageOrder, localMachine);
}

main().catch((error: Error) => {
    recordFailure(error);
    process.stderr.write(`${visible(sentenceOf(error) ?? error.message)}\n`);
    process.exit(1);
});
