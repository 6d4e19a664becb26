import { LabConfig, clusterNames } from "../../config/labConfig";
import { ProblemsError, printable } from "../../config/problem";
import { Change, changesTo } from "../../lab/exercise";
import {
    TourMemory,
    changesBackFrom,
    memoryOf,
    settled,
    withOwn,
    withStep,
} from "../../lab/tourMemory";
import { TourStep, tourSteps } from "../../lab/tourSteps";
import { ReportedStep, Verification } from "../../proof/verify/result";
import { verificationText } from "../../proof/verify/text";
import { MemoryStore } from "../../stack/memory";
import { changeArgs } from "../../stack/stack";
import { choiceOf, feedback, question } from "./guess";
import { TourProgress } from "./progress";

/** What a tour does things with. */
export interface TourGuide {
    /** The stack's own config values at this moment. */
    readonly ownValues: () => Readonly<Record<string, string>>;
    /** Sets values and runs `pulumi up`. Rejects if that fails. */
    readonly apply: (changes: readonly Change[]) => Promise<void>;
    /** Sends the requests. */
    readonly verify: () => Promise<Verification>;
    /** Asks the student; undefined if nobody is there to be asked. */
    readonly ask: ((question: string) => Promise<string>) | undefined;
    readonly say: (text: string) => void;
    /** What helps to see why requests and rule disagree. */
    readonly clues: () => Promise<string>;
    /** Writes the report of the steps done so far and returns its path. */
    readonly report: (steps: readonly ReportedStep[]) => string;
    readonly progress: MemoryStore<TourProgress>;
    /** Aborted by Ctrl-C. */
    readonly signal: AbortSignal;
}

/** How a tour ended. */
export interface TourEnd {
    readonly steps: readonly ReportedStep[];
    /** Every step is done. */
    readonly finished: boolean;
}

/**
 * Says that the tour is of two clusters where a stack has more: its lessons name the one and the other.
 *
 * @throws ProblemsError if it has.
 */
export function requireTwoClusters(stack: string, { clusters }: LabConfig): void {
    if (clusters.length > clusterNames.length) {
        throw new ProblemsError([
            {
                message: `the tour is a story of two clusters, and stack ${stack} has ${clusters.length}.`,
                fix: "take it on another stack: npm run up -- --stack two && npm run tour -- --stack two",
            },
        ]);
    }
}

/**
 * Walks the steps that are not done yet, one after the other, and gives the stack its own settings back at the
 * end, after a failure, and after Ctrl-C. A tour that was killed goes on where it was, and still knows the
 * settings from before.
 */
export async function runTour(
    guide: TourGuide,
    steps: readonly TourStep[] = tourSteps,
): Promise<TourEnd> {
    const resumed = guide.progress.read();
    const done = [...(resumed?.done ?? [])];
    let memory = memoryOf(resumed, guide.ownValues());
    const remember = (next: TourMemory) => {
        memory = next;
        guide.progress.write({ ...memory, done });
    };
    if (done.length > 0) {
        guide.say(`Going on after step ${done.length} (npm run tour -- --restart starts over).`);
    }
    try {
        for (const step of steps.slice(done.length)) {
            remember(memory);
            guide.signal.throwIfAborted();
            const apply = async (changes: readonly Change[]) => {
                remember(
                    withStep(withOwn(memory, changes, guide.ownValues()), changes, step.title),
                );
                await guide.apply(changes);
                remember(settled(memory));
            };
            done.push(await walk({ ...guide, apply }, step, done.length + 1, steps.length));
        }
    } catch (error) {
        if (!guide.signal.aborted) {
            throw error;
        }
        guide.say("\nInterrupted; the next npm run tour continues here.");
    } finally {
        remember(memory);
        await restore(guide, memory);
        guide.progress.write({ done });
    }
    const finished = done.length === steps.length;
    if (finished) {
        guide.progress.clear();
    }
    if (done.length > 0) {
        guide.say(`Report of ${done.length} steps: ${guide.report(done)}`);
    }
    return { steps: done, finished };
}

async function walk(
    guide: TourGuide,
    step: TourStep,
    number: number,
    count: number,
): Promise<ReportedStep> {
    const changes = changesTo(step.settings, guide.ownValues());
    const commands = changes.map((change) => `pulumi ${changeArgs(change).join(" ")}`);
    guide.say(`\nStep ${number} of ${count}: ${step.title}`);
    commands.forEach((command) => guide.say(`  ${command}`));
    const guesses = await askGuesses(guide);
    if (changes.length > 0) {
        guide.say("  pulumi up");
        await guide.apply(changes);
    }
    guide.signal.throwIfAborted();
    const proof = await orAborted(guide.verify(), guide.signal);
    // What was changed by hand meanwhile makes it another step than the one that was announced.
    const verification = { ...proof, agrees: proof.agrees && proof.differences.length === 0 };
    guide.say(`\n${verificationText(verification)}`);
    guesses.forEach((guess, client) => {
        const actual = verification.clients.find((result) => result.client === client);
        guide.say(
            `Your guess for ${client} is ${feedback(guess, actual?.expected.answering ?? [])}.`,
        );
    });
    if (!verification.agrees) {
        const clues = await guide
            .clues()
            .catch((error: Error) => `the agents cannot be asked: ${printable(error.message)}`);
        guide.say(`\nWhat to look at:\n${clues}`);
    }
    guide.say(step.lesson);
    return { title: step.title, lesson: step.lesson, commands, verification };
}

async function askGuesses(guide: TourGuide): Promise<Map<string, string[]>> {
    const guesses = new Map<string, string[]>();
    if (guide.ask) {
        for (const client of clusterNames) {
            const choice = choiceOf(await guide.ask(question(client, clusterNames)), clusterNames);
            if (choice) {
                guesses.set(client, choice);
            }
        }
    }
    return guesses;
}

/** The promise, or a rejection as soon as the signal is aborted. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
        const abort = () => reject(new Error("interrupted"));
        if (signal.aborted) {
            abort();
        }
        signal.addEventListener("abort", abort, { once: true });
        promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
}

/** The stack's own settings again; nothing to do where they are as they were. */
async function restore(guide: TourGuide, memory: TourMemory): Promise<void> {
    const changes = changesBackFrom(memory, guide.ownValues());
    if (changes.length > 0) {
        guide.say("\nRestoring the settings from before the tour:");
        changes.forEach((change) => guide.say(`  pulumi ${changeArgs(change).join(" ")}`));
        await guide.apply(changes);
    }
}
