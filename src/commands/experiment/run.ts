import { LabConfig } from "../../config/labConfig";
import { Change, changed, changesTo, resetKeys } from "../../lab/exercise";
import { outageSeconds, phasesOf } from "../../lab/outage";
import { sidesOf } from "../../lab/sides";
import { Answer, whoAnswers } from "../../lab/whoAnswers";
import { Time } from "../../machine/poll";
import { pausedCluster } from "../../mesh/kind/outage";
import { LiveStep, changeText, killAPod, liveSteps } from "../../proof/experiment/change";
import { BegunOutage, Trial, measure, watchTimes } from "../../proof/experiment/measure";
import { Recording } from "../../proof/experiment/record";
import { ExperimentResult, Measurement, Run } from "../../proof/experiment/result";
import { MemoryStore } from "../../stack/memory";
import { changeArgs } from "../../stack/stack";
import { SetValues, changesBack } from "../../stack/tourSettings";
import { ExperimentMemory } from "./memory";
import { Planned, Prepared, prepare } from "./prepare";

type Values = Readonly<Record<string, string>>;

/** What experiments do things with. */
export interface ExperimentGuide {
    /** The stack's own config values at this moment. */
    readonly ownValues: () => Values;
    /** The config that own values make. Throws ProblemsError if they are not legal. */
    readonly configOf: (own: Values) => LabConfig;
    /** Finds the clusters and Pulumi, once it is known that all can be made. Throws CannotAskError where one is not there. */
    readonly connect: () => Promise<void>;
    /** Sets values and reconciles the lab with its config, whatever was changed by hand. Rejects if that fails. */
    readonly apply: (changes: readonly Change[]) => Promise<void>;
    /** Begins to ask from these clusters. */
    readonly record: (clusters: readonly string[], config: LabConfig) => Promise<Recording>;
    /** Changes live objects. */
    readonly doSteps: (steps: readonly LiveStep[]) => Promise<void>;
    readonly memory: MemoryStore<ExperimentMemory>;
    readonly say: (line: string) => void;
    readonly time: Time;
    /** Gets every experiment that was measured at least once. */
    readonly onResult: (result: ExperimentResult) => void;
    /** Aborted by Ctrl-C. */
    readonly signal: AbortSignal;
}

/**
 * Makes the experiments, one after the other, each so many times, and gives the stack its own settings back at the end,
 * after a failure, and after Ctrl-C. After a kill the next one, or `down`, does.
 *
 * @returns Whether all were made.
 * @throws ProblemsError, before anything is changed, where a config would not be legal.
 */
export async function runExperiments(
    guide: ExperimentGuide,
    plan: readonly Planned[],
    runs: number,
): Promise<boolean> {
    const { connect, memory, ownValues, say, signal } = guide;
    const killed = memory.read();
    const own = ownValues();
    const base = killed ? changed(own, changesBack([killed], own)) : own;
    const set = setBy(plan, killed?.set);
    const keys = [...new Set([...resetKeys, ...Object.keys(set)])];
    const original = Object.fromEntries(Object.entries(base).filter(([key]) => keys.includes(key)));
    // All of it is checked before any of it is begun.
    plan.forEach((planned) => prepare(guide.configOf, planned, own, original, keys));
    await connect();
    memory.write({ original, set });
    const hands = new Hands(guide);
    try {
        if (killed !== undefined) {
            say("An earlier experiment was killed; the lab is reconciled first.");
            await guide.apply(changesTo(original, own, keys));
        }
        for (const planned of plan) {
            signal.throwIfAborted();
            await experiment(
                guide,
                prepare(guide.configOf, planned, ownValues(), original, keys),
                runs,
                hands,
            );
        }
        return true;
    } catch (error) {
        if (!signal.aborted) {
            throw error;
        }
        say("\nInterrupted.");
        return false;
    } finally {
        await restore(guide, original, keys, hands);
        memory.clear();
    }
}

/** The values that the experiments give to keys, and those that an earlier one, which was killed, did. */
function setBy(plan: readonly Planned[], before: SetValues = {}): SetValues {
    const pairs = plan.flatMap(({ from, to }) => [...Object.entries(from), ...Object.entries(to)]);
    const earlier = Object.entries(before).flatMap(([key, values]) =>
        values.map((value) => [key, value] as const),
    );
    const set: Record<string, string[]> = {};
    for (const [key, value] of [...earlier, ...pairs]) {
        set[key] = [...new Set([...(set[key] ?? []), value])];
    }
    return set;
}

/** What was done to live objects and has to be undone. */
class Hands {
    private undo: readonly LiveStep[] = [];

    constructor(private readonly guide: ExperimentGuide) {}

    /** Does steps; until others are done, `undo` is what leads back. */
    async do(steps: readonly LiveStep[], undo: readonly LiveStep[]): Promise<void> {
        this.undo = [...undo, ...this.undo];
        await this.guide.doSteps(steps);
        this.undo = undo;
    }

    /** Undoes what was done last. Returns whether nothing of it is left. */
    async undoAll(): Promise<boolean> {
        const steps = this.undo;
        if (steps.length === 0) {
            return true;
        }
        this.guide.say("\nUndoing the change:");
        this.undo = [];
        try {
            await this.guide.doSteps(steps);
            return true;
        } catch (error) {
            this.guide.say(`  ${(error as Error).message}`);
            return false;
        }
    }
}

async function experiment(
    guide: ExperimentGuide,
    prepared: Prepared,
    runs: number,
    hands: Hands,
): Promise<void> {
    const { planned, start, from, to } = prepared;
    const { apply, say, onResult } = guide;
    const { name, title } = planned;
    say(`\n${name}: ${title}`);
    if (start.length > 0) {
        start.forEach((change) => say(`  pulumi ${changeArgs(change).join(" ")}`));
        say("  pulumi up");
        await apply(start);
    }
    const dead = [from, to].flatMap((config) => pausedCluster(config) ?? []);
    const clients = from.clusters.map((one) => one.name).filter((one) => !dead.includes(one));
    const recording = await guide.record(clients, from);
    const found: { readonly change: string; readonly after: readonly Answer[]; runs: Run[] }[] = [];
    try {
        for (let run = 1; run <= runs; run++) {
            for (const [index, way] of waysOf(prepared).entries()) {
                const counted = runs === 1 ? "" : ` (run ${run} of ${runs})`;
                say(`  ${way.change}${counted}`);
                const trial = trialOf(way, clients, guide, hands);
                found[index] ??= { change: way.change, after: trial.after, runs: [] };
                const edges = { ...guide, requests: () => recording.requests };
                found[index].runs.push(await measure(edges, trial));
            }
        }
    } finally {
        await recording.stop();
        const measurements: Measurement[] = found.filter((one) => one.runs.length > 0);
        const before = Object.entries(planned.from).map(([key, value]) => `${key} ${value}`);
        if (measurements.length > 0) {
            onResult({ name, title, from: before, measurements, troubles: recording.troubles });
        }
    }
}

/** One direction of an experiment. */
interface Way {
    readonly change: string;
    readonly from: LabConfig;
    readonly to: LabConfig;
    /** What is done to live objects; undefined where Pulumi has to do it. */
    readonly steps: readonly LiveStep[] | undefined;
    readonly undo: readonly LiveStep[];
    /** What Pulumi does. */
    readonly changes: readonly Change[];
}

/** There and back; of a killed pod its Deployment makes up for by itself. */
function waysOf({ planned: { to: set }, values, from, to }: Prepared): Way[] {
    if (Object.keys(set).length === 0) {
        const change = "a rebel-base pod of cluster1 is killed";
        return [{ change, from, to, steps: killAPod, undo: [], changes: [] }];
    }
    const [there, back] = [liveSteps(from, to), liveSteps(to, from)];
    const changes = Object.entries(set);
    const changesHome = changes.map(([key]): Change => [key, values[key]]);
    return [
        { change: changeText(from, to), from, to, steps: there, undo: back ?? [], changes },
        {
            change: changeText(to, from),
            from: to,
            to: from,
            steps: back,
            undo: [],
            changes: changesHome,
        },
    ];
}

function trialOf(
    { from, to, steps, undo, changes }: Way,
    clients: readonly string[],
    { apply }: ExperimentGuide,
    hands: Hands,
): Trial {
    const answersOf = (config: LabConfig) => asked(whoAnswers(sidesOf(config)), clients);
    return {
        before: answersOf(from),
        after: answersOf(to),
        change: () => (steps === undefined ? apply(changes) : hands.do(steps, undo)),
        ...watchTimes(begunOutage(from, to, clients)),
    };
}

function asked(answers: readonly Answer[], clients: readonly string[]): Answer[] {
    return answers.filter(({ client }) => clients.includes(client));
}

function begunOutage(
    from: LabConfig,
    to: LabConfig,
    clients: readonly string[],
): BegunOutage | undefined {
    if (to.outage === "none" || from.outage === to.outage) {
        return undefined;
    }
    const { before, end } = phasesOf(sidesOf(to), to);
    return {
        seconds: outageSeconds(to),
        kept: asked((before ?? end).answers, clients),
        end: asked(end.answers, clients),
    };
}

/** The stack's own settings again, and what was done to live objects undone. */
async function restore(
    guide: ExperimentGuide,
    original: Values,
    keys: readonly string[],
    hands: Hands,
): Promise<void> {
    const { apply, ownValues, say } = guide;
    const isUndone = await hands.undoAll();
    const changes = changesTo(original, ownValues(), keys);
    if (changes.length > 0 || !isUndone) {
        say("\nRestoring the settings from before the experiment:");
        changes.forEach((change) => say(`  pulumi ${changeArgs(change).join(" ")}`));
        say("  pulumi up");
        await apply(changes);
    }
}
