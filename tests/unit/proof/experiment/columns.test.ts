import { columnsOf, ticksOf } from "../../../../src/proof/experiment/columns";
import { Request } from "../../../../src/proof/experiment/statistics";

/** A span of five seconds before a change and so many after it. */
const spanOf = (seconds: number) => ({
    from: 10_000,
    changedAt: 15_000,
    to: 15_000 + seconds * 1000,
});

function request(at: number, cluster: string | undefined, client = "cluster1"): Request {
    return cluster === undefined
        ? { client, at, kind: "failed", milliseconds: 3000 }
        : { client, at, kind: "answered", cluster, milliseconds: 4 };
}

test("the change is where a column begins, and every request is in the column of its time", () => {
    const { stepMs, counts, before } = columnsOf(
        [
            request(10_000, "cluster1"),
            request(14_999, "cluster1"),
            request(15_000, "cluster2"),
            request(15_100, undefined),
            request(15_499, "cluster2", "cluster2"),
            request(15_500, "cluster2"),
        ],
        spanOf(10),
    );
    expect([stepMs, before, counts.length]).toEqual([500, 10, 30]);
    expect(counts[0]).toEqual({ cluster1: { cluster1: 1 } });
    expect(counts[9]).toEqual({ cluster1: { cluster1: 1 } });
    expect(counts[10]).toEqual({
        cluster1: { cluster2: 1, failed: 1 },
        cluster2: { cluster2: 1 },
    });
    expect(counts[11]).toEqual({ cluster1: { cluster2: 1 } });
});

test.each([
    [12, 500, 10],
    [40, 500, 10],
    [41, 1000, 5],
    [120, 2500, 2],
    [180, 2500, 2],
    [240, 5000, 1],
    [3600, 50_000, 1],
])("%i s after the change make columns of %i ms, %i of them before it", (seconds, ms, first) => {
    const { stepMs, before, counts } = columnsOf([request(15_000, "cluster1")], spanOf(seconds));
    expect(counts[before]).toEqual({ cluster1: { cluster1: 1 } });
    expect([stepMs, before]).toEqual([ms, first]);
    expect(counts.length).toBeLessThanOrEqual(90);
});

test("a scale has few ticks, one of them at the change, at their places", () => {
    expect(ticksOf(columnsOf([], spanOf(10)))).toEqual([
        { seconds: -5, percent: 0 },
        { seconds: 0, percent: 33.33 },
        { seconds: 5, percent: 66.67 },
        { seconds: 10, percent: 100 },
    ]);
    for (const seconds of [1, 11, 14, 63, 118, 180, 240, 3000]) {
        const ticks = ticksOf(columnsOf([], spanOf(seconds)));
        expect(ticks.map((tick) => tick.seconds)).toContain(0);
        expect(ticks.length).toBeLessThanOrEqual(6);
        expect(ticks.every(({ percent }) => percent >= 0 && percent <= 100)).toBe(true);
    }
});
