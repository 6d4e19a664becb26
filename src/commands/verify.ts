import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../config/errors";
import { visible } from "../config/problem";
import { onSignals } from "../machine/signals";
import { connectOnce } from "../mesh/kube/clusterApi";
import { verificationText } from "../proof/verify/text";
import { LabStack } from "../stack/home";
import { defaultWithinSeconds, verifyStack } from "../stack/prove";
import { chosenStack } from "./chosenStack";
import { Declare, exitCodes, seconds } from "./command";
import { callersPath } from "./npm";
import { told } from "./told";
import { verifyAndReport } from "./verifyAndReport";

export const declare: Declare = (command) =>
    command
        .description(
            "Sends real requests from an x-wing pod of each cluster and compares who answers with the rule.",
        )
        .ofStack()
        .option(
            "--within <seconds>",
            `longest wait for a change to arrive, 0 to 3600 (default: ${defaultWithinSeconds})`,
            seconds,
        )
        .option("--json", "print the result as JSON on standard output")
        .option("--watch", "ask again every second and redraw, until Ctrl-C")
        .option(
            "--report <file>",
            "where to write the report (default: .lab/stacks/NAME/report.html)",
        )
        .addHelpText(
            "after",
            "\nExit codes: 0 agrees, 1 disagrees, 2 wrong usage or config, 3 a cluster could not be asked.",
        )
        .does(verify);

interface Options {
    readonly stack?: string;
    readonly within?: number;
    readonly json?: boolean;
    readonly watch?: boolean;
    readonly report?: string;
}

async function verify({
    within,
    json,
    watch: isWatching,
    report,
    ...options
}: Options): Promise<number> {
    const unheeded = Object.entries({ within, json, report }).find(
        ([, value]) => value !== undefined,
    );
    if (isWatching && unheeded !== undefined) {
        throw new UsageError(`--watch and --${unheeded[0]} do not go together`);
    }
    const stack = chosenStack(options.stack);
    return isWatching
        ? watch(stack)
        : verifyAndReport(stack, {
              withinSeconds: within,
              report: report === undefined ? undefined : callersPath(report),
              json,
          });
}

/** Redraws once a second what one round of requests gets; the user changes things meanwhile. */
function watch(stack: LabStack): Promise<never> {
    onSignals(["SIGINT"], () => process.exit(exitCodes.interrupted));
    return redraw(stack, { prove: verifyStack, pause: () => sleep(1000) });
}

/** Proves in rounds that share their connections, each with the settings of its time; ends when `pause` rejects. */
export async function redraw(
    stack: LabStack,
    { prove, pause }: { readonly prove: typeof verifyStack; readonly pause: () => Promise<void> },
): Promise<never> {
    const connectTo = connectOnce();
    for (;;) {
        const text = await prove(stack.reread(), 0, { connectTo }).then(
            verificationText,
            (error: Error) => visible(told(error)),
        );
        const clear = process.stdout.isTTY ? "\x1b[H\x1b[2J" : "";
        const time = new Date().toLocaleTimeString();
        process.stdout.write(`${clear}${time}, stack ${stack.name} (Ctrl-C ends)\n\n${text}\n`);
        await pause();
    }
}
