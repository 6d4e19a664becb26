import { LabConfig } from "../../config/labConfig";
import { ProblemsError } from "../../config/problem";
import { changed } from "../../lab/exercise";
import { sidesOf } from "../../lab/sides";
import { TourMemory, memoryOf, settled, withStep } from "../../lab/tourMemory";
import { tourSteps } from "../../lab/tourSteps";
import { Answer, whoAnswers } from "../../lab/whoAnswers";
import { expectationLines } from "../../lab/wording";
import { WatchEdges } from "../../proof/live/edges";
import { labView } from "../../proof/live/labView";
import { LabWatch } from "../../proof/live/watch";
import { keptChart } from "../../proof/report/chart";
import { feedback } from "../tour/guess";
import { requireTwoClusters } from "../tour/walk";
import { Plan } from "./controls";
import type { View } from "./pages";
import { Progress, ProgressStore, withGuesses } from "./progress";
import { Regions, regions } from "./regions";
import { Guesses, Wish, changesFor, commandsFor } from "./wish";
import { Apply, Work } from "./work";

/** What a board works with; tests hand in their own. */
export interface BoardEdges extends Pick<WatchEdges, "read" | "now"> {
    readonly stack: string;
    /** Whether commands without `--stack` mean this stack. */
    readonly isDefaultStack: boolean;
    readonly isReadOnly: boolean;
    /** The stack's own config values now. */
    readonly ownValues: () => Readonly<Record<string, string>>;
    /** The config that own values make. Throws ProblemsError if they are not legal. */
    readonly configOf: (own: Readonly<Record<string, string>>) => LabConfig;
    readonly apply: Apply;
    readonly progress: ProgressStore;
}

/** One lab, as its pages show it and change it: what its pages show, and what can be done at them. */
export class LiveBoard implements View {
    readonly watch: LabWatch;
    private readonly work: Work;
    private readonly chartOf = keptChart();

    constructor(private readonly edges: BoardEdges) {
        this.work = new Work(edges.apply, edges.now);
        this.watch = new LabWatch({ ...edges, isOwnWork: (since) => this.work.hasRunSince(since) });
    }

    /** The names of the lab's clusters; none before its config was read. */
    get clusters(): readonly string[] {
        return this.watch.facts()?.config.clusters.map(({ name }) => name) ?? [];
    }

    /** What the pages show now. */
    regions(minutes: number): Regions {
        const { edges, watch, work } = this;
        const facts = watch.facts();
        return regions({
            watch,
            view: facts && labView(facts),
            marks: facts?.marks ?? [],
            config: facts?.config,
            work: work.view,
            progress: edges.progress.read(),
            minutes,
            chartOf: this.chartOf,
            now: edges.now(),
            isReadOnly: edges.isReadOnly,
        });
    }

    /** Begins to look at the lab and to have its clusters ask each other. */
    start(): void {
        this.watch.start();
    }

    /** Ends that, and leaves a change that is on its way. */
    stop(): Promise<void> {
        return this.watch.stop();
    }

    /** What a wish would do. */
    plan(wish: Wish): Plan {
        const { guessFirst } = this.edges.progress.read();
        try {
            const { commands, config, answers } = this.prepare(wish);
            const clusters = config.clusters.map(({ name }) => name);
            return {
                commands,
                problems: [],
                prediction: guessFirst ? [] : expectationLines(answers),
                guess: guessFirst ? clusters : [],
            };
        } catch (error) {
            if (error instanceof ProblemsError) {
                const problems = error.problems.map(({ message }) => message);
                return { commands: [], problems, prediction: [], guess: [] };
            }
            throw error;
        }
    }

    /**
     * Begins what a wish is about.
     *
     * @throws ProblemsError if the config would not be legal, UsageError while another change is on its way.
     */
    change(wish: Wish, guesses: Guesses | undefined): void {
        const { progress, ownValues } = this.edges;
        const { changes, commands, answers } = this.prepare(wish);
        const step = wish.kind === "step" ? tourSteps[wish.index] : undefined;
        const whenBegun = () => {
            if (step !== undefined) {
                const before = progress.read();
                const memory = withStep(memoryOf(before, ownValues()), changes, step.title);
                progress.write({ ...before, ...memory });
            }
        };
        const whenDone = () => {
            const given = answers.filter(({ client }) => guesses?.[client] !== undefined);
            const results = given.map((answer) => isRight(guesses![answer.client]!, answer));
            const guessed = withGuesses(progress.read(), results, step?.title);
            progress.write({ ...guessed, ...memoryAfter(wish, guessed) });
            return [
                ...given.map(
                    ({ client, answering }) =>
                        `Your guess for ${client} is ${feedback(guesses![client]!, answering)}.`,
                ),
                ...(step === undefined ? [] : [step.lesson]),
            ];
        };
        this.work.start(changes, commands, { whenBegun, whenDone });
    }

    /** Ends a change that is on its way. Resolves when it has ended. */
    cancel(): Promise<void> {
        return this.work.cancel();
    }

    /** Whether guessing comes before every change. */
    setGuessFirst(guessFirst: boolean): void {
        const { progress } = this.edges;
        progress.write({ ...progress.read(), guessFirst });
    }

    /** Ends everything that this board has begun. */
    async close(): Promise<void> {
        await Promise.all([this.work.cancel(), this.watch.stop()]);
    }

    private prepare(wish: Wish) {
        const { ownValues, configOf, progress, stack, isDefaultStack } = this.edges;
        const own = ownValues();
        if (wish.kind === "step") {
            requireTwoClusters(stack, configOf(own));
        }
        const { original } = progress.read();
        const changes = changesFor(wish, { config: configOf(own), own, original });
        const config = configOf(changed(own, changes));
        return {
            changes,
            config,
            commands: commandsFor(changes, stack, isDefaultStack),
            answers: whoAnswers(sidesOf(config)),
        };
    }
}

function isRight(guess: readonly string[], { answering }: Answer): boolean {
    return guess.length === answering.length && guess.every((name) => answering.includes(name));
}

/** What is remembered of the settings from before the tour after a wish. */
function memoryAfter({ kind }: Wish, { original, written }: Progress): Partial<TourMemory> {
    return kind === "restore" || original === undefined || written === undefined
        ? { original: undefined, written: undefined }
        : settled({ original, written });
}
