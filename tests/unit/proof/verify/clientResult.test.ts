import * as fc from "fast-check";
import { Answer } from "../../../../src/lab/whoAnswers";
import { clientResult, percentile } from "../../../../src/proof/verify/clientResult";
import { Outcome } from "../../../../src/proof/verify/requests";
import { Sample } from "../../../../src/proof/verify/statistics";

const clusters = ["cluster1", "cluster2"];

/** So many outcomes of a cluster, each one millisecond slower than the one before; undefined: failures. */
function outcomes(cluster: string | undefined, count: number, fastest = 1): Outcome[] {
    return Array.from({ length: count }, (_, i) => ({
        kind: cluster === undefined ? "failed" : "answered",
        cluster,
        milliseconds: fastest + i,
    }));
}

/** A request that was answered by something else. */
const unclear: Outcome = { kind: "unclear", milliseconds: 1 };

const asker = { pod: "x-wing-1", node: undefined };

/** So many requests, of which none may fail, or as many as given. */
function sampleOf(requests: number, leastFailures = 0, mostFailures = leastFailures): Sample {
    return { requests, leastFailures, mostFailures };
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

/** Whether a client's requests agree; where some must fail, between a third and two thirds of them fit. */
function agrees(expected: Answer, results: Outcome[]): boolean {
    const count = results.length;
    const isMixed = expected.silent.length > 0 && expected.answering.length > 0;
    const sample = isMixed
        ? sampleOf(count, Math.ceil(count / 3), Math.floor((2 * count) / 3))
        : sampleOf(count, expected.answering.length === 0 ? count : 0);
    return clientResult(expected, asker, results, clusters, sample).agrees;
}

test("counts, shares and times are those of each cluster, in the order of the mesh", () => {
    const expected = expecting("cluster1", "cluster2");
    const mixed = [
        ...outcomes("cluster2", 1, 7),
        ...outcomes("cluster1", 3, 4).reverse(),
        ...outcomes(undefined, 4, 3000),
    ];
    expect(
        clientResult(expected, { ...asker, node: "worker" }, mixed, clusters, sampleOf(8, 2, 3)),
    ).toStrictEqual({
        client: "cluster1",
        pod: "x-wing-1",
        node: "worker",
        expected,
        requests: 8,
        answers: [
            { cluster: "cluster1", count: 3, share: 3 / 8, medianMs: 5, p95Ms: 6 },
            { cluster: "cluster2", count: 1, share: 1 / 8, medianMs: 7, p95Ms: 7 },
        ],
        failed: 4,
        unclear: 0,
        leastFailures: 2,
        mostFailures: 3,
        agrees: false,
    });
});

test("a cluster that did not answer has no times; no requests are no share of anything", () => {
    const { answers } = clientResult(expecting(), asker, [], clusters, sampleOf(0));
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
        "fewer failures than fit",
        false,
        droppedByCluster1,
        [...outcomes("cluster2", 19), ...outcomes(undefined, 1)],
    ],
    [
        "more failures than fit",
        false,
        droppedByCluster1,
        [...outcomes("cluster2", 1), ...outcomes(undefined, 19)],
    ],
    [
        "something else that answers where somebody must",
        false,
        expecting("cluster1"),
        [...outcomes("cluster1", 9), unclear],
    ],
    [
        "something else that answers where nobody must",
        false,
        expecting(),
        [...outcomes(undefined, 9), unclear],
    ],
    [
        "something else that answers where some must fail",
        false,
        droppedByCluster1,
        [...outcomes("cluster2", 9), ...outcomes(undefined, 9), unclear],
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

test("an answer of a cluster outside of the mesh proves nothing", () => {
    const results = [...outcomes("cluster1", 2), ...outcomes("cluster3", 1)];
    const { failed, unclear: odd } = clientResult(
        expecting("cluster1"),
        asker,
        results,
        clusters,
        sampleOf(3),
    );
    expect([failed, odd]).toEqual([0, 1]);
});

test("fewer requests than there must be never agree, however well they came out", () => {
    const results = outcomes("cluster1", 9);
    const result = (requests: number) =>
        clientResult(expecting("cluster1"), asker, results, clusters, sampleOf(requests)).agrees;
    expect([result(9), result(10)]).toEqual([true, false]);
});

test("the order of the expected clusters does not matter", () => {
    const results = [...outcomes("cluster1", 5), ...outcomes("cluster2", 5)];
    expect(agrees(expecting("cluster2", "cluster1"), results)).toBe(true);
});

test("every request is counted once, and the shares with the failures are the whole", () => {
    const anyOutcome = fc.record(
        {
            kind: fc.constantFrom("answered" as const, "failed" as const, "unclear" as const),
            cluster: fc.constantFrom("cluster1", "cluster2", "cluster3"),
            milliseconds: fc.double({ min: 0, max: 3000, noNaN: true }),
        },
        { noNullPrototype: true },
    );
    fc.assert(
        fc.property(fc.array(anyOutcome, { minLength: 1 }), (results) => {
            const before = structuredClone(results);
            const {
                answers,
                failed,
                unclear: odd,
            } = clientResult(expecting(), asker, results, clusters, sampleOf(results.length));
            const counted = answers.reduce((sum, { count }) => sum + count, 0);
            const shared = answers.reduce((sum, { share }) => sum + share, 0);
            expect(counted + failed + odd).toBe(results.length);
            expect(failed).toBe(results.filter(({ kind }) => kind === "failed").length);
            expect(shared + (failed + odd) / results.length).toBeCloseTo(1, 10);
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
