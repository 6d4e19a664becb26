import { LiveBoard } from "../../../../src/commands/board/liveBoard";
import { Progress, beginning } from "../../../../src/commands/board/progress";
import { ProblemsError } from "../../../../src/config/problem";
import { Change, changed } from "../../../../src/lab/exercise";
import { tourSteps } from "../../../../src/lab/tourSteps";
import { LabWatch } from "../../../../src/proof/live/watch";
import { configWith } from "../../../support/defaultConfig";

/** A board of a stack with these values; a change of it ends when it is told to, with a code. */
function board(
    own: Record<string, string>,
    kept: Partial<Progress> = {},
    meanwhile: Record<string, string> = {},
) {
    let progress: Progress = { ...beginning, ...kept };
    let values = own;
    let end: (code: number) => void = () => undefined;
    const live = new LiveBoard({
        stack: "dev",
        isDefaultStack: true,
        isReadOnly: false,
        now: () => 0,
        read: () => ({ config: configWith(values), reaches: [] }),
        ownValues: () => values,
        configOf: configWith,
        apply: (changes: readonly Change[], { onLocked }) => {
            // Another command may have had the stack until now.
            values = { ...values, ...meanwhile };
            onLocked();
            values = changed(values, changes);
            return new Promise((resolve) => (end = resolve));
        },
        progress: { read: () => progress, write: (next) => void (progress = next) },
    });
    const settle = async (code: number) => {
        end(code);
        await new Promise((resolve) => setImmediate(resolve));
    };
    const memory = () => ({ original: progress.original, written: progress.written });
    return { live, settle, memory, progress: () => progress, own: () => values };
}

const failover = tourSteps.findIndex(({ title }) => title.startsWith("Failover"));
const { title } = tourSteps[failover]!;

test("a step is remembered before it is set, so that a killed board has the settings from before", async () => {
    const { live, settle, memory } = board({ rebelBaseReplicas: "3" });
    live.change({ kind: "step", index: failover }, undefined);
    const begun = {
        original: { rebelBaseReplicas: "3" },
        written: { rebelBaseReplicas: [{ value: "0", step: title }] },
    };
    expect(memory()).toEqual(begun);
    await settle(0);
    expect(memory()).toEqual(begun);
});

test("the settings from before are those that the stack has once nobody else can change it", () => {
    const { live, memory } = board({ rebelBaseReplicas: "3" }, {}, { rebelBaseReplicas: "5" });
    live.change({ kind: "step", index: failover }, undefined);
    expect(memory().original).toEqual({ rebelBaseReplicas: "5" });
});

test("a step that fails stays remembered with the one before", async () => {
    const { live, settle, memory } = board({});
    live.change({ kind: "step", index: failover }, undefined);
    await settle(0);
    live.change({ kind: "step", index: 0 }, undefined);
    await settle(255);
    expect(memory().written!.rebelBaseReplicas!.map(({ value }) => value)).toEqual(["0", null]);
});

test("what is set at the board beside the tour is not the tour's", async () => {
    const { live, settle, memory } = board({});
    live.change({ kind: "step", index: failover }, undefined);
    await settle(0);
    live.change({ kind: "set", values: { outage: "cluster2" } }, undefined);
    await settle(0);
    expect(Object.keys(memory().written!)).toEqual(["rebelBaseReplicas"]);
});

test("with the settings from before, the tour's are forgotten", async () => {
    const { live, settle, memory, own } = board({ rebelBaseReplicas: "3" });
    live.change({ kind: "step", index: failover }, undefined);
    await settle(0);
    live.change({ kind: "restore" }, undefined);
    await settle(0);
    expect(own()).toEqual({ rebelBaseReplicas: "3" });
    expect(memory()).toEqual({ original: undefined, written: undefined });
});

test("a change that cannot begin because of another changes no memory", () => {
    const { live, memory } = board({});
    live.change({ kind: "step", index: failover }, undefined);
    const before = memory();
    expect(() => live.change({ kind: "step", index: 0 }, undefined)).toThrow("another change");
    expect(memory()).toEqual(before);
});

test("what is not legal is told in a plan, without commands; any other error is none of the page's", () => {
    const { live } = board({});
    const wrong = live.plan({ kind: "set", values: { rebelBaseReplicas: "99" } });
    expect(wrong).toMatchObject({ commands: [], prediction: [] });
    expect(wrong.problems).toEqual([expect.stringContaining('rebelBaseReplicas is "99"')]);
    expect(() => live.plan({ kind: "set", values: { nodeImage: "x" } })).toThrow("no setting");
});

test("a plan predicts, but not where one is to guess first", () => {
    const wish = { kind: "set", values: { sharedService: "false" } } as const;
    const told = board({}).live.plan(wish);
    expect(told).toMatchObject({ problems: [], guess: [] });
    expect(told.prediction).not.toEqual([]);
    const guessed = board({}, { guessFirst: true }).live.plan(wish);
    expect(guessed).toMatchObject({ prediction: [], guess: ["cluster1", "cluster2"] });
});

test("guesses are counted, right where they name exactly who answers", async () => {
    const { live, settle, progress } = board({});
    const wish = { kind: "set", values: { sharedService: "false" } } as const;
    live.change(wish, { cluster1: ["cluster1", "cluster2"], cluster2: ["cluster1"] });
    await settle(0);
    expect(progress()).toMatchObject({ guesses: 2, right: 1 });
    live.change({ kind: "reconcile" }, { cluster1: ["cluster1"] });
    await settle(0);
    expect(progress()).toMatchObject({ guesses: 3, right: 1 });
});

test("before the config was read there are no clusters", () => {
    expect(board({}).live.clusters).toEqual([]);
});

test("the tour's steps are for two clusters, everything else for any number", () => {
    const { live } = board({ clusters: "3" });
    const step = () => live.change({ kind: "step", index: failover }, undefined);
    expect(step).toThrow("the tour is a story of two clusters");
    expect(live.plan({ kind: "set", values: { sharedService: "false" } }).problems).toEqual([]);
});

test("a config that cannot be read is told problem by problem, with what to do", async () => {
    const watch = new LabWatch({
        stack: "dev",
        read: () => {
            throw new ProblemsError([
                { message: "a is wrong.", fix: "set a" },
                { message: "b is wrong.", fix: "set b" },
            ]);
        },
        isOwnWork: () => false,
        now: () => 0,
    });
    watch.start();
    const problem = watch.configProblem;
    await watch.stop();
    expect(problem).toBe("a is wrong. Fix: set a\nb is wrong. Fix: set b");
});
