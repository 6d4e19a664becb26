import * as fc from "fast-check";
import { whyNotComparable } from "../../../bench/fingerprint";
import { ratioOf } from "../../../bench/goals";
import { pairRanges, planOf, requirePairs } from "../../../bench/plan";
import { parseResult } from "../../../bench/result";
import { turnsOf, ways } from "../../../bench/ways";
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

test("without options everything is measured three times of each way, growth at 1, 2 and 4 pairs", () => {
    expect(planOf({})).toStrictEqual({
        rounds: 3,
        topics: ["up", "flip", "no-change", "down", "memory", "idle", "growth"],
        ways: ["ours", "helm", "cli"],
        idleSeconds: 60,
        pairs: [1, 2, 4],
    });
});

test("topics and ways keep their order, pairs are sorted and counted once", () => {
    const options = { rounds: "1", only: "down,up", ways: "cli,ours", idleSeconds: "600" };
    expect(planOf({ ...options, pairs: "4,1,4" })).toStrictEqual({
        rounds: 1,
        topics: ["up", "down"],
        ways: ["ours", "cli"],
        idleSeconds: 600,
        pairs: [1, 4],
    });
});

test("every wrong option is named with what is legal", () => {
    const options = { rounds: "0", only: "up,memroy", ways: "hand", idleSeconds: "4" };
    expect(() => planOf({ ...options, pairs: "1,21" })).toThrow(
        [
            "5 problems; nothing was created or changed:",
            '  - --rounds is "0"; it must be a whole number from 1 to 20.',
            '  - --only is "up,memroy"; it must be some of up,flip,no-change,down,memory,idle,growth.',
            '  - --ways is "hand"; it must be some of ours,helm,cli.',
            '  - --idle-seconds is "4"; it must be a whole number from 5 to 3600.',
            '  - --pairs is "1,21"; it must be whole numbers from 1 to 20.',
        ].join("\n"),
    );
});

test.each(["1.5", "-1", "", " 2", "1e1", "021", "21", "20000"])(
    "%j is no number of rounds",
    (rounds) => {
        expect(() => planOf({ rounds })).toThrow("--rounds is");
    },
);

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

test("the ways take turns in going first, also where one is left out", () => {
    expect([1, 2, 3, 4].map((round) => turnsOf(round, ways).join(" "))).toEqual([
        "ours helm cli",
        "helm cli ours",
        "cli ours helm",
        "ours helm cli",
    ]);
    expect(turnsOf(2, ["ours", "helm"])).toEqual(["helm", "ours"]);
    expect(turnsOf(2, [])).toEqual([]);
});

const result = {
    format: 2,
    at: "2026-03-01T12:00:00.000Z",
    project: "0.1.0",
    fingerprint: { kernel: "6.1" },
    tools: { helm: "v4.3.0" },
    samples: [],
    leftOut: [],
};

test("a result is read back as it was written; anything else is refused in a sentence", () => {
    expect(parseResult(JSON.stringify(result))).toStrictEqual(result);
    for (const text of ["", "null", "3", "{", "{}", JSON.stringify({ ...result, format: 3 })]) {
        expect(() => parseResult(text)).toThrow("it is no bench result of format 2");
    }
});

test("of a result from before there were two ways by hand, the only one was the CLI's", () => {
    const sample = { measure: "up", unit: "s", value: 1 };
    const earlier = {
        ...result,
        format: 1,
        tools: undefined,
        samples: [
            { ...sample, way: "ours" },
            { ...sample, way: "byHand" },
        ],
    };
    const { format, tools, samples } = parseResult(JSON.stringify(earlier));
    expect({ format, tools }).toEqual({ format: 2, tools: {} });
    expect(samples.map(({ way }) => way)).toEqual(["ours", "cli"]);
});

test("a stack config of more clusters than a pair is refused", () => {
    for (const values of [{}, { clusters: 2 }, { clusters: "2" }]) {
        expect(() => requirePairs(values)).not.toThrow();
    }
    expect(() => requirePairs({ clusters: 3 })).toThrow(
        '--stack-config sets clusters to "3"; the bench measures pairs.',
    );
});
