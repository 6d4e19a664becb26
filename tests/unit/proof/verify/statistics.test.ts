import * as fc from "fast-check";
import { Parts } from "../../../../src/lab/parts";
import {
    binomial,
    chanceWithin,
    errorChance,
    failingTolerance,
    judgementSample,
    leastFault,
    lookSample,
    missChanceOf,
} from "../../../../src/proof/verify/statistics";

/** Parts of a mesh's backends: those that answer, those that drop, the fewest that a silent cluster has. */
function partsOf(answering: readonly number[], dropping = 0, intruder?: number): Parts {
    const backends = answering.reduce((sum, count) => sum + count, dropping);
    return {
        answering: answering.map((count) => count / backends),
        failing: backends === 0 ? 1 : dropping / backends,
        leastIntruder: intruder === undefined ? 1 : intruder / (backends + intruder),
    };
}

const anyParts = fc
    .tuple(
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }),
        fc.constantFrom(0, 0, 1, 2, 7, 20, 40),
        fc.constantFrom(undefined, 1, 2, 20),
    )
    .map(([answering, dropping, intruder]) => partsOf(answering, dropping, intruder));

test.each<[string, Parts, number]>([
    ["2 and 2 backends", partsOf([2, 2]), 138],
    ["1 and 3", partsOf([1, 3]), 138],
    ["1 and 20", partsOf([1, 20]), 312],
    ["2, while the other's are gone", partsOf([2], 0, 1), 138],
    ["20, while the other was scaled from 1 to 0", partsOf([20], 0, 1), 298],
    ["20, while the other was scaled from 2 to 0", partsOf([20], 0, 2), 153],
    ["none", partsOf([]), 138],
    ["2, and 2 that drop", partsOf([2], 2), 365],
])("the first judgement of two clients: %s", (_, parts, requests) => {
    expect(judgementSample(parts, 2, 1).requests).toBe(requests);
});

test("where nothing may fail or nothing may be answered there is no leeway", () => {
    const open = judgementSample(partsOf([2, 2]), 2, 1);
    const closed = judgementSample(partsOf([]), 2, 1);
    expect([open.leastFailures, open.mostFailures]).toEqual([0, 0]);
    expect([closed.leastFailures, closed.mostFailures]).toEqual([closed.requests, closed.requests]);
});

test("1 of 20 failures, and 19 of 20, are far outside of what fits where half of the backends drop", () => {
    const { requests, leastFailures, mostFailures } = judgementSample(partsOf([2], 2), 2, 1);
    expect(leastFailures / requests).toBeGreaterThan(0.3);
    expect(mostFailures / requests).toBeLessThan(0.7);
    expect(leastFailures + mostFailures).toBe(requests);
});

/** Chance that a client of whom the rule holds does not fit it, not knowing how the sample was found. */
function falseAlarm(parts: Parts, sample: ReturnType<typeof judgementSample>): number {
    const unseen = parts.answering.reduce((sum, part) => sum + (1 - part) ** sample.requests, 0);
    return unseen + 1 - chanceWithin(sample, parts.failing);
}

test("where the rule holds the clients of a judgement together say otherwise less than once in a million", () => {
    fc.assert(
        fc.property(
            anyParts,
            fc.integer({ min: 1, max: 80 }),
            fc.integer({ min: 1, max: 500 }),
            (parts, clients, judgement) => {
                const sample = judgementSample(parts, clients, judgement);
                // 1 minus a sum of thousands of numbers is exact to about 1e-12.
                expect(clients * falseAlarm(parts, sample)).toBeLessThan(
                    errorChance + clients * 1e-11,
                );
            },
        ),
        { numRuns: 100 },
    );
});

/** Judgements of a verdict: the first ones, and late ones of a long wait. */
const anyJudgement = fc.constantFrom(1, 2, 3, 10, 100, 1000);

test("a fault that takes a tenth of one client's requests, or a silent cluster's part, is missed by a judgement less often than it may be", () => {
    fc.assert(
        fc.property(anyParts, fc.nat(79), anyJudgement, (parts, others, judgement) => {
            const fault = Math.min(leastFault, parts.leastIntruder);
            const { requests } = judgementSample(parts, 1 + others, judgement);
            expect((1 - fault) ** requests).toBeLessThan(missChanceOf(judgement) * (1 + 1e-9));
        }),
        { numRuns: 100 },
    );
});

test("a failing part that is a quarter off is missed by a judgement less often than it may be", () => {
    const anyBackends = fc.integer({ min: 1, max: 20 });
    fc.assert(
        fc.property(anyBackends, anyBackends, anyJudgement, (own, drop, judgement) => {
            const parts = partsOf([own], drop);
            const sample = judgementSample(parts, 2, judgement);
            for (const off of [-1, -failingTolerance, failingTolerance, 1]) {
                const failing = Math.min(1, Math.max(0, parts.failing + off));
                expect(chanceWithin(sample, failing)).toBeLessThan(missChanceOf(judgement));
            }
        }),
        { numRuns: 100 },
    );
});

test("the chances of all judgements, however many, are one in a million", () => {
    const chances = Array.from({ length: 100_000 }, (_, index) => missChanceOf(index + 1));
    const sum = chances.reduce((total, chance) => total + chance, 0);
    expect(sum).toBeLessThan(1e-6);
    expect(sum).toBeGreaterThan(0.99998e-6);
    expect(missChanceOf(1)).toBe(5e-7);
});

test("a sample where nothing or all must fail is hardly larger than it has to be", () => {
    fc.assert(
        fc.property(anyParts, (parts) => {
            fc.pre(parts.failing === 0 || parts.failing === 1);
            const { requests } = judgementSample(parts, 2, 1);
            const fault = Math.min(leastFault, parts.leastIntruder);
            const toSee = Math.log(missChanceOf(1)) / Math.log(1 - fault);
            const groups = parts.answering.length;
            const smallest = Math.min(...parts.answering);
            const toBeSeen =
                groups < 2 ? 0 : Math.log(errorChance / 4 / groups) / Math.log(1 - smallest);
            expect(requests).toBeGreaterThanOrEqual(toSee);
            expect(requests).toBeLessThan(1.02 * Math.max(toSee, toBeSeen) + 2);
        }),
        { numRuns: 50 },
    );
});

test.each<[string, Parts, ReturnType<typeof lookSample>]>([
    ["2 and 2 backends", partsOf([2, 2]), { requests: 20, leastFailures: 0, mostFailures: 0 }],
    ["none", partsOf([]), { requests: 20, leastFailures: 20, mostFailures: 20 }],
    ["1 and 20", partsOf([1, 20]), { requests: 142, leastFailures: 0, mostFailures: 0 }],
    [
        "20, and 1 that drops",
        partsOf([20], 1),
        { requests: 142, leastFailures: 1, mostFailures: 142 },
    ],
])("a look of %s is small, and lets fail what may", (_, parts, sample) => {
    expect(lookSample(parts)).toEqual(sample);
});

test("the chances of all numbers of successes are those of Pascal's triangle", () => {
    expect(binomial(3, 0.5).map((chance) => Math.round(chance * 8))).toEqual([1, 3, 3, 1]);
    expect(binomial(2, 0.25).map((chance) => Math.round(chance * 16))).toEqual([9, 6, 1]);
    expect(binomial(3, 0)).toEqual([1, 0, 0, 0]);
    expect(binomial(3, 1)).toEqual([0, 0, 0, 1]);
    const many = binomial(20_000, 0.05);
    expect(many.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
    expect(many.indexOf(Math.max(...many))).toBe(1000);
});
