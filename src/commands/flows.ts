import { once } from "node:events";
import { durationSeconds } from "../config/duration";
import { UsageError } from "../config/errors";
import { jsonText, quote, visible } from "../config/problem";
import { awakeTime } from "../machine/awake";
import { abortedBy, endings } from "../machine/signals";
import { textTable } from "../machine/terminal";
import { connectOnce } from "../mesh/kube/clusterApi";
import { followFlows } from "../proof/flows/follow";
import { RequestFlow } from "../proof/flows/request";
import { flowCells, flowsText } from "../proof/flows/text";
import { flowSources, flowsOfStack } from "../stack/flows";
import { LabStack } from "../stack/home";
import { chosenStack } from "./chosenStack";
import { Declare, exitCodes, numberOption } from "./command";

/** Requests that each asking pod sends, unless told otherwise. */
const usualRequests = 20;

/** Most requests that it may be told to send: what one command in a pod sends at once. */
const mostRequests = 200;

/** Single requests that are shown, unless told otherwise. */
const usualLast = 20;

/** How far back it looks where it sends no requests, in seconds. */
const usualSinceSeconds = 30;

export const declare: Declare = (command) =>
    command
        .description(
            "Shows which pod in which cluster single requests went to, and what was dropped and why, from Hubble in the agents. Needs the key hubble.",
        )
        .ofStack()
        .option(
            "--requests <n>",
            `requests that an x-wing pod on every node sends first, 0 to ${mostRequests} (default: ${usualRequests})`,
            numberOption("--requests", 0, mostRequests),
        )
        .option(
            "--no-requests",
            `send none, and look back ${usualSinceSeconds}s unless --since says otherwise`,
        )
        .option(
            "--last <n>",
            `how many requests to show one by one, 0 to 5000 (default: ${usualLast})`,
            numberOption("--last", 0, 5000),
        )
        .option(
            "--since <duration>",
            "how far back to look, 1s to 1h, e.g. 30s or 5m (default: since its own requests)",
            since,
        )
        .option("--follow", "keep showing new requests, until Ctrl-C")
        .option("--json", "print the result as JSON on standard output, times in milliseconds")
        .addHelpText(
            "after",
            "\nExit codes: 0 flows and rule agree, 1 they disagree, 2 wrong usage or config, or no Hubble, 3 no agent could be asked.",
        )
        .does(showFlows);

interface Options {
    readonly stack?: string;
    /** False by `--no-requests`. */
    readonly requests?: number | boolean;
    readonly last?: number;
    readonly since?: number;
    readonly follow?: boolean;
    readonly json?: boolean;
}

async function showFlows({ last = usualLast, json, follow, ...options }: Options): Promise<number> {
    if (json && follow) {
        throw new UsageError("--json and --follow do not go together");
    }
    const stack = chosenStack(options.stack);
    const requests = requestsOf(options.requests);
    const result = await flowsOfStack(stack, {
        requests,
        sinceSeconds: options.since ?? (requests === 0 ? usualSinceSeconds : undefined),
    });
    const text = json ? jsonText(result) : flowsText(result, last);
    process.stdout.write(`${text}\n`);
    if (follow) {
        await followStack(stack, result.flows);
        return exitCodes.interrupted;
    }
    const disagree = result.clients.some(({ agrees }) => agrees === false);
    return disagree ? exitCodes.failed : exitCodes.ok;
}

function requestsOf(given: number | boolean | undefined): number {
    return typeof given === "number" ? given : given === false ? 0 : usualRequests;
}

/** Prints what comes as it comes, until Ctrl-C. */
async function followStack(stack: LabStack, shown: readonly RequestFlow[]): Promise<void> {
    const signal = abortedBy(endings);
    process.stdout.write("\nWhat comes now (Ctrl-C ends):\n");
    const say = (text: string) => void process.stdout.write(`${visible(text)}\n`);
    const connectTo = connectOnce();
    const followed = followFlows(
        {
            shown,
            sources: () => flowSources(stack, { connectTo }),
            clusters: stack.config.clusters.map(({ name }) => name),
            time: awakeTime(),
            onFlows: (flows) => textTable(flows.map(flowCells)).forEach(say),
            onTrouble: (sentence) => say(`Not read: ${sentence}`),
        },
        signal,
    );
    // An API server that hangs keeps nobody here.
    await Promise.race([followed, once(signal, "abort")]);
}

/** Seconds of `--since`. */
function since(text: string): number {
    const value = durationSeconds(text);
    if (value === undefined || value < 1 || value > 3600) {
        throw new UsageError(`--since is ${quote(text)}; it must be 1s to 1h, e.g. 30s`);
    }
    return value;
}
