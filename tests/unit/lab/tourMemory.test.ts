import { changed } from "../../../src/lab/exercise";
import {
    changesBackFrom,
    isOfTour,
    memoryOf,
    settled,
    withOwn,
    withStep,
} from "../../../src/lab/tourMemory";

const begun = { original: { rebelBaseReplicas: "3" }, written: {} };

test("a tour that begins knows the lab's keys as they are, and has set nothing", () => {
    const own = { rebelBaseReplicas: "3", nodeImage: "x:1" };
    expect(memoryOf(undefined, own)).toEqual(begun);
    expect(memoryOf({}, own)).toEqual(begun);
});

test("one that goes on knows what it has set", () => {
    const written = { outage: [{ value: "cluster2", step: "Outage" }] };
    expect(memoryOf({ original: {}, written }, { outage: "none" })).toEqual({
        original: {},
        written,
    });
});

test("one of an earlier version is taken to have set what is gone, and what some step has", () => {
    const own = { rebelBaseReplicas: "0", cluster2RebelBaseReplicas: "7" };
    const { written } = memoryOf({ original: { serviceAffinity: "local" } }, own);
    expect(written).toEqual({
        serviceAffinity: [{ value: null, step: "" }],
        rebelBaseReplicas: [{ value: "0", step: "" }],
    });
});

test("killed at any moment of a step, it knows the values of this one and the one before", () => {
    const first = settled(withStep(begun, [["rebelBaseReplicas", "0"]], "a"));
    const second = withStep(first, [["rebelBaseReplicas", undefined]], "b");
    for (const value of ["0", undefined]) {
        const own = changed({}, [["rebelBaseReplicas", value]]);
        expect(changesBackFrom(second, own)).toEqual([["rebelBaseReplicas", "3"]]);
    }
    expect(isOfTour(settled(second).written, "rebelBaseReplicas", "0")).toBe(false);
    expect(changesBackFrom(settled(second), { rebelBaseReplicas: "0" })).toEqual([]);
});

test("what has its value from before the tour is not set again", () => {
    const memory = settled(withStep(begun, [["rebelBaseReplicas", "0"]], "a"));
    expect(changesBackFrom(memory, { rebelBaseReplicas: "3" })).toEqual([]);
});

test("somebody's own value that a step overwrites comes back with the others", () => {
    const memory = settled(withStep(begun, [["rebelBaseReplicas", "0"]], "a"));
    const own = { rebelBaseReplicas: "5", outage: "cluster2" };
    const changes = [
        ["rebelBaseReplicas", undefined],
        ["outage", undefined],
    ] as const;
    const { original } = withOwn(memory, changes, own);
    expect(original).toEqual({ rebelBaseReplicas: "5", outage: "cluster2" });
    // The tour's own is none of theirs, and neither is what no change touches.
    const ofTour = withOwn(memory, changes.slice(0, 1), { rebelBaseReplicas: "0", outage: "x" });
    expect(ofTour.original).toEqual({ rebelBaseReplicas: "3" });
});

test("a key that somebody has removed since, and that a step sets, is removed again", () => {
    const memory = settled(withStep(begun, [["rebelBaseReplicas", "0"]], "a"));
    const { original } = withOwn(memory, [["rebelBaseReplicas", "1"]], {});
    expect(original).toEqual({});
});
