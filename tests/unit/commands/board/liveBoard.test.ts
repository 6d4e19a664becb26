import { LiveBoard } from "../../../../src/commands/board/liveBoard";
import { Progress, beginning } from "../../../../src/commands/board/progress";
import { Change, changed } from "../../../../src/lab/exercise";
import { tourSteps } from "../../../../src/lab/tourSteps";
import { configWith } from "../../../support/defaultConfig";

/** A board of a stack with these values; a change of it ends when it is told to, with a code. */
function board(own: Record<string, string>, kept: Partial<Progress> = {}) {
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
        apply: (changes: readonly Change[]) => {
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
    return { live, settle, memory, own: () => values };
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
