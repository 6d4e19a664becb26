import * as fc from "fast-check";
import { Answer } from "../../../../src/lab/whoAnswers";
import { clientResult, percentile } from "../../../../src/proof/verify/clientResult";
import { Outcome } from "../../../../src/proof/verify/requests";

const clusters = ["cluster1", "cluster2"];

/** So many outcomes of a cluster, each one millisecond slower than the one before. */
function outcomes(cluster: string | undefined, count: number, fastest = 1): Outcome[] {
    return Array.from({ length: count }, (_, i) => ({ cluster, milliseconds: fastest + i }));
}

function expecting(...answering: string[]): Answer {
    return { client: "cluster1", answering, silent: [] };
}

/** That cluster2 answers, and cluster1 drops what is balanced to it. */
const droppedByCluster1: Answer = {
    client: "cluster2",
    answering: ["cluster2"],
    silent: [{ cluster: "cluster1", reasons: ["not-admitted"] }],
};

function agrees(expected: Answer, results: Outcome[]): boolean {
    return clientResult(expected, "x-wing-1", results, clusters).agrees;
}

test("counts, shares and times are those of each cluster, in the order of the mesh", () => {
    const expected = expecting("cluster1", "cluster2");
    const mixed = [
        ...outcomes("cluster2", 1, 7),
        ...outcomes("cluster1", 3, 4).reverse(),
        ...outcomes(undefined, 4, 3000),
    ];
    expect(clientResult(expected, "x-wing-1", mixed, clusters)).toStrictEqual({
        client: "cluster1",
        pod: "x-wing-1",
        expected,
        requests: 8,
        answers: [
            { cluster: "cluster1", count: 3, share: 3 / 8, medianMs: 5, p95Ms: 6 },
            { cluster: "cluster2", count: 1, share: 1 / 8, medianMs: 7, p95Ms: 7 },
        ],
        failed: 4,
        agrees: false,
    });
});

test("a cluster that did not answer has no times; no requests are no share of anything", () => {
    const { answers } = clientResult(expecting(), "x-wing-1", [], clusters);
    expect(answers[0]).toStrictEqual({
        cluster: "cluster1",
        count: 0,
        share: 0,
        medianMs: undefined,
        p95Ms: undefined,
    });
});

test.each<[string, boolean, Answer, Outcome[]]>([
    ["exactly the expected cluster", true, expecting("cluster2"), outcomes("cluster2", 9)],
    [
        "both expected clusters, however uneven",
        true,
        expecting("cluster1", "cluster2"),
        [...outcomes("cluster1", 1), ...outcomes("cluster2", 8)],
    ],
    [
        "one of two expected clusters",
        false,
        expecting("cluster1", "cluster2"),
        outcomes("cluster1", 9),
    ],
    ["the wrong cluster", false, expecting("cluster1"), outcomes("cluster2", 9)],
    [
        "one answer of a cluster that must be silent",
        false,
        expecting("cluster1"),
        [...outcomes("cluster1", 99), ...outcomes("cluster2", 1)],
    ],
    [
        "the expected cluster, but one request failed",
        false,
        expecting("cluster1"),
        [...outcomes("cluster1", 99), ...outcomes(undefined, 1)],
    ],
    ["failures alone where one must answer", false, expecting("cluster1"), outcomes(undefined, 9)],
    ["failures alone where nobody must answer", true, expecting(), outcomes(undefined, 9)],
    [
        "one answer where nobody must",
        false,
        expecting(),
        [...outcomes(undefined, 9), ...outcomes("cluster2", 1)],
    ],
    [
        "failures beside answers where a cluster drops requests",
        true,
        droppedByCluster1,
        [...outcomes("cluster2", 11), ...outcomes(undefined, 9)],
    ],
    [
        "no failure where a cluster drops requests",
        false,
        droppedByCluster1,
        outcomes("cluster2", 9),
    ],
    [
        "failures alone where one of two drops requests",
        false,
        droppedByCluster1,
        outcomes(undefined, 9),
    ],
    [
        "an answer of the cluster that drops requests",
        false,
        droppedByCluster1,
        [...outcomes("cluster2", 9), ...outcomes("cluster1", 1), ...outcomes(undefined, 9)],
    ],
    [
        "failures alone where all that get requests drop them",
        true,
        { ...droppedByCluster1, answering: [] },
        outcomes(undefined, 9),
    ],
    [
        "an answer of a cluster outside of the mesh",
        false,
        expecting("cluster1"),
        [...outcomes("cluster1", 9), ...outcomes("cluster3", 1)],
    ],
])("%s: agrees is %s", (_, agreement, expected, results) => {
    expect(agrees(expected, results)).toBe(agreement);
});

test("an answer of a cluster outside of the mesh counts as failed", () => {
    const results = [...outcomes("cluster1", 2), ...outcomes("cluster3", 1)];
    expect(clientResult(expecting("cluster1"), "x-wing-1", results, clusters).failed).toBe(1);
});

test("the order of the expected clusters does not matter", () => {
    const results = [...outcomes("cluster1", 5), ...outcomes("cluster2", 5)];
    expect(agrees(expecting("cluster2", "cluster1"), results)).toBe(true);
});

test("every request is counted once, and the shares with the failures are the whole", () => {
    const anyOutcome = fc.record(
        {
            cluster: fc.constantFrom(undefined, "cluster1", "cluster2", "cluster3"),
            milliseconds: fc.double({ min: 0, max: 3000, noNaN: true }),
        },
        { noNullPrototype: true },
    );
    fc.assert(
        fc.property(fc.array(anyOutcome, { minLength: 1 }), (results) => {
            const before = structuredClone(results);
            const { answers, failed } = clientResult(expecting(), "x-wing-1", results, clusters);
            const counted = answers.reduce((sum, { count }) => sum + count, 0);
            const shared = answers.reduce((sum, { share }) => sum + share, 0);
            expect(counted + failed).toBe(results.length);
            expect(shared + failed / results.length).toBeCloseTo(1, 10);
            for (const { count, medianMs, p95Ms } of answers.filter((answer) => answer.count > 0)) {
                expect(count).toBeGreaterThan(0);
                expect(medianMs!).toBeLessThanOrEqual(p95Ms!);
            }
            expect(results).toStrictEqual(before);
        }),
    );
});

test.each([
    [[], 0.5, undefined],
    [[3], 0.5, 3],
    [[3], 0.95, 3],
    [[1, 2], 0.5, 1],
    [[1, 2, 3], 0.5, 2],
    [[1, 2, 3, 4], 0.5, 2],
    [[1, 2, 3, 4], 0, 1],
    [[1, 2, 3, 4], 1, 4],
])("of %j the part %d is reached at %s", (sorted, part, value) => {
    expect(percentile(sorted, part)).toBe(value);
});

test("at the 95th percentile 19 of 20 are reached, at the median half", () => {
    for (const count of [1, 19, 20, 21, 40, 100, 132, 284, 1000]) {
        const numbers = Array.from({ length: count }, (_, index) => index + 1);
        expect(percentile(numbers, 0.95)).toBe(Math.ceil((count * 19) / 20));
        expect(percentile(numbers, 0.5)).toBe(Math.ceil(count / 2));
    }
});
