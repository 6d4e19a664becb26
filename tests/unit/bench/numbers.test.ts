import * as fc from "fast-check";
import { whyNotComparable } from "../../../bench/fingerprint";
import { isOursFirst, pairRanges, planOf, requirePairs } from "../../../bench/plan";
import { parseResult } from "../../../bench/result";
import { ratioOf } from "../../../bench/summary";
import { overlappingPairs } from "../../../src/config/cidr";
import { spreadOf, median } from "../../../src/proof/spread";

test.each([
    [[3], 3],
    [[3, 1], 2],
    [[9, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
])("the median of %j is %d", (values, middle) => {
    expect(median(values)).toBe(middle);
});

test("a median lies between smallest and largest, whatever the order", () => {
    const numbers = fc.array(fc.integer(), { minLength: 1 });
    fc.assert(
        fc.property(numbers, (values) => {
            const spread = spreadOf(values)!;
            expect(spread.min).toBeLessThanOrEqual(spread.median);
            expect(spread.median).toBeLessThanOrEqual(spread.max);
            expect(spreadOf([...values].reverse())).toStrictEqual(spread);
        }),
    );
});

test("nothing measured has no spread, and no ratio to anything", () => {
    expect(spreadOf([])).toBeUndefined();
    expect(ratioOf(undefined, spreadOf([1]))).toBeUndefined();
    expect(ratioOf(spreadOf([1]), undefined)).toBeUndefined();
    expect(ratioOf(spreadOf([1]), spreadOf([0]))).toBeUndefined();
    expect(ratioOf(spreadOf([1, 3]), spreadOf([8]))).toBe(0.25);
});

test("the same machine and images are comparable; everything that differs is named", () => {
    const here = { kernel: "6.1", engine: "docker 28", "node image": "sha256:1" };
    expect(whyNotComparable(here, { ...here })).toBeUndefined();
    expect(whyNotComparable(here, { ...here, kernel: "6.2", "node image": "sha256:2" })).toBe(
        "The results are not compared: they differ in kernel (6.1, there 6.2), node image (sha256:1, there sha256:2).",
    );
    expect(whyNotComparable(here, { kernel: "6.1", engine: "docker 28" })).toContain(
        "node image (sha256:1, there unknown)",
    );
});

test("without options everything is measured three times, growth at 1, 2 and 4 pairs", () => {
    expect(planOf({})).toStrictEqual({
        rounds: 3,
        topics: ["up", "flip", "no-change", "down", "memory", "growth"],
        pairs: [1, 2, 4],
    });
});

test("topics keep their order, pairs are sorted and counted once", () => {
    expect(planOf({ rounds: "1", only: "down,up", pairs: "4,1,4" })).toStrictEqual({
        rounds: 1,
        topics: ["up", "down"],
        pairs: [1, 4],
    });
});

test("every wrong option is named with what is legal", () => {
    expect(() => planOf({ rounds: "0", only: "up,memroy", pairs: "1,21" })).toThrow(
        [
            "3 problems; nothing was created or changed:",
            '  - --rounds is "0"; it must be a whole number from 1 to 20.',
            '  - --only is "up,memroy"; it must be some of up,flip,no-change,down,memory,growth.',
            '  - --pairs is "1,21"; it must be whole numbers from 1 to 20.',
        ].join("\n"),
    );
});

test.each(["1.5", "-1", "", " 2", "1e1", "021"])("%j is no number of rounds", (rounds) => {
    expect(() => planOf({ rounds })).toThrow("--rounds is");
});

test("the ranges of twenty pairs do not overlap, and those of the first are the defaults", () => {
    const ranges = Array.from({ length: 20 }, (_, index) => pairRanges(index + 1)).flatMap(
        (pair, index) =>
            Object.entries(pair).map(([key, cidr]) => ({ owner: `${index} ${key}`, cidr })),
    );
    expect(overlappingPairs(ranges)).toEqual([]);
    expect(pairRanges(1)).toStrictEqual({
        podCidr: "10.1.0.0/16",
        cluster2PodCidr: "10.2.0.0/16",
        serviceCidr: "10.101.0.0/16",
        cluster2ServiceCidr: "10.102.0.0/16",
    });
});

test("the two ways take turns in going first", () => {
    expect([1, 2, 3, 4].map(isOursFirst)).toEqual([true, false, true, false]);
});

test("a result is read back as it was written; anything else is refused in a sentence", () => {
    const result = {
        format: 1,
        at: "2026-03-01T12:00:00.000Z",
        project: "0.1.0",
        fingerprint: { kernel: "6.1" },
        samples: [],
        leftOut: [],
    };
    expect(parseResult(JSON.stringify(result))).toStrictEqual(result);
    for (const text of ["", "null", "3", "{", "{}", JSON.stringify({ ...result, format: 2 })]) {
        expect(() => parseResult(text)).toThrow("it is no bench result of format 1");
    }
});

test("a stack config of more clusters than a pair is refused", () => {
    for (const values of [{}, { clusters: 2 }, { clusters: "2" }]) {
        expect(() => requirePairs(values)).not.toThrow();
    }
    expect(() => requirePairs({ clusters: 3 })).toThrow(
        '--stack-config sets clusters to "3"; the bench measures pairs.',
    );
});
