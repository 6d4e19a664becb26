import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { oldestVersion } from "../../lab/ciliumVersions";
import { Change } from "../../lab/exercise";
import { stepsFor } from "../../lab/tourSteps";
import { expectedText } from "../../lab/wording";
import { stackFolder } from "../../machine/names";
import { interruptibleTime } from "../../machine/poll";
import { onSignals } from "../../machine/signals";
import { textTable } from "../../machine/terminal";
import { Verification } from "../../proof/verify/result";
import { verdictOf, verdictWords } from "../../proof/verify/verdict";
import { LabStack } from "../../stack/home";
import { lockStack } from "../../stack/lock";
import { saveReport, verifyStack, withinSecondsOf } from "../../stack/prove";
import { PulumiCli, openPulumi } from "../../stack/pulumi";
import { setConfig, upArgs } from "../../stack/stack";
import { chosenStack } from "../chosenStack";
import { Declare, exitCodes } from "../command";
import { agentClues } from "./clues";
import { fileProgress } from "./progress";
import { TourEnd, requireTwoClusters, runTour } from "./walk";

export const declare: Declare = (command) =>
    command
        .description(
            `Walks you through the lab step by step, on a stack of two clusters that is up: what is set, what should happen and why, and what happened.
Restores the stack's own settings at the end, after a failure and after Ctrl-C.`,
        )
        .ofStack()
        .option("--yes", "ask nothing, for CI")
        .option("--restart", "start over where an earlier tour was interrupted")
        .addHelpText(
            "after",
            "\nExit codes: 0 every step agrees, 1 a step disagrees or failed, 2 wrong usage or config, 3 a cluster could not be asked.",
        )
        .does(tour);

interface Options {
    readonly stack?: string;
    readonly yes?: boolean;
    readonly restart?: boolean;
}

const say = (text: string) => void process.stdout.write(`${text}\n`);

async function tour(options: Options): Promise<number> {
    const home = chosenStack(options.stack);
    const { name: stack } = home;
    // Before it is looked at: another command may be about to change it.
    await lockStack(stack, "tour");
    requireTwoClusters(stack, home.config);
    const reportFile = join(stackFolder(stack), "tour.html");
    const interruption = new AbortController();
    onSignals(["SIGINT", "SIGTERM"], () => interruption.abort());
    const progress = fileProgress(stack);
    const pulumi = await openPulumi();
    const isAsking = !options.yes && process.stdin.isTTY;
    const terminal = isAsking
        ? createInterface({ input: process.stdin, output: process.stdout })
        : undefined;
    terminal?.on("SIGINT", () => interruption.abort());
    if (options.restart) {
        progress.write({ ...progress.read(), done: [] });
        rmSync(reportFile, { force: true });
    }
    try {
        const end = await runTour(
            {
                ownValues: () => home.reread().values,
                apply: (changes) => applyChanges(pulumi, stack, changes),
                verify: () => proof(home.reread(), interruption.signal),
                ask:
                    terminal &&
                    ((text) => terminal.question(text, { signal: interruption.signal })),
                say,
                clues: () => agentClues(home),
                report: (steps) => {
                    saveReport(reportFile, steps);
                    return reportFile;
                },
                progress,
                signal: interruption.signal,
            },
            stepsFor(oldestVersion(home.config)),
        );
        say(`\n${summary(end)}`);
        return exitCode(end);
    } finally {
        terminal?.close();
    }
}

/** Changes the stack's config and updates it. @throws Error with what Pulumi said, if it fails. */
async function applyChanges(pulumi: PulumiCli, stack: string, changes: readonly Change[]) {
    for (const change of changes) {
        await setConfig(pulumi, stack, change);
    }
    const { code, stdout, stderr } = await pulumi.ask(upArgs(stack));
    if (code !== 0) {
        throw new Error(`pulumi up failed:\n${stdout}${stderr}`);
    }
}

/** Proves the rule on the stack as it is now; it is not asked again after the signal. */
function proof(stack: LabStack, signal: AbortSignal): Promise<Verification> {
    return verifyStack(stack, withinSecondsOf(stack.config), { time: interruptibleTime(signal) });
}

function exitCode({ steps, finished }: TourEnd): number {
    if (!finished) {
        return exitCodes.interrupted;
    }
    return steps.every(({ verification }) => verification.agrees) ? exitCodes.ok : exitCodes.failed;
}

function summary({ steps }: TourEnd): string {
    const rows = steps.map(({ title = "", verification }, index) => [
        String(index + 1),
        title,
        ...verification.sides.map(({ cluster }) => mustAnswer(verification, cluster)),
        `${verification.seconds.toFixed(1)} s`,
        verdictWords[verdictOf(verification)],
    ]);
    const asked = steps[0]?.verification.sides.map(({ cluster }) => `asked from ${cluster}`) ?? [];
    const head = ["step", "", ...asked, "arrived after", "verdict"];
    return textTable([head, ...rows]).join("\n");
}

/** What a cluster's clients had to get, however many of them asked. */
function mustAnswer({ clients }: Verification, cluster: string): string {
    const asked = clients.find(({ client }) => client === cluster);
    return asked === undefined ? "not asked" : expectedText(asked.expected);
}
