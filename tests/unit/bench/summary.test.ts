import { chartSvg } from "../../../bench/chart";
import { BenchResult, Sample } from "../../../bench/result";
import { againstText, partsText, summarise, summaryText } from "../../../bench/summary";

const sample = (measure: string, way: Sample["way"], value: number, more = {}): Sample => ({
    measure,
    way,
    unit: "s",
    value,
    ...more,
});
const ups = (...values: number[]) => values.map((value) => sample("up", "ours", value));
const upsByHand = (...values: number[]) => values.map((value) => sample("up", "byHand", value));

test("a row has medians, spread, the ratio of the medians and whether the goal is reached", () => {
    const samples = [...ups(70, 90, 80), ...upsByHand(200, 180)];
    expect(summaryText({ samples, leftOut: ["the way by hand: cilium is not on PATH"] })).toBe(
        [
            "    ours                           by hand                           ours / by hand  goal",
            "up  80.0 s (70.0 to 90.0, 3 runs)  190.0 s (180.0 to 200.0, 2 runs)  0.42            at most 0.5  reached",
            "",
            "Left out:",
            "  the way by hand: cilium is not on PATH",
        ].join("\n"),
    );
});

test.each([
    ["up", 100, 199, "missed"],
    ["up", 100, 200, "reached"],
    ["down", 12, 10, "reached"],
    ["down", 12.1, 10, "missed"],
    ["flip sharedService false", 4, 1, "reached"],
    ["flip sharedService false", 4.1, 1, "missed"],
    ["no change: pulumi up --skip-preview", 3, 1, "reached"],
    ["no change: pulumi up --skip-preview", 3.1, 1, "missed"],
    ["no change: pulumi up", 100, 1, undefined],
    ["memory of a pair", 100, 1, undefined],
])("%s in %d s against %d s by hand: the goal is %s", (measure, ours, hand, verdict) => {
    const [row] = summarise([sample(measure, "ours", ours), sample(measure, "byHand", hand)]);
    const words = { true: "reached", false: "missed", undefined: undefined };
    expect(words[String(row!.goal?.isMet) as keyof typeof words]).toBe(verdict);
});

test("without the way by hand there is no ratio, and a goal that needs it stays open", () => {
    const [row] = summarise(ups(1));
    expect(row).toMatchObject({ ratio: undefined, byHand: undefined });
    expect(row!.goal!.isMet).toBeUndefined();
});

test("growth has a row for each number of pairs and no goal", () => {
    const samples = [1, 2].map((pairs) => sample("up of the last of", "ours", pairs, { pairs }));
    expect(summarise(samples).map(({ label, goal }) => [label, goal])).toEqual([
        ["up of the last of, 1 pair", undefined],
        ["up of the last of, 2 pairs", undefined],
    ]);
});

test("parts of a duration are in order, parts of memory by size", () => {
    const samples = [
        sample("up", "byHand", 6, { parts: { kind: 2, cilium: 4 } }),
        sample("up", "byHand", 8, { parts: { kind: 4, cilium: 4 } }),
        sample("memory of a pair", "ours", 6, { unit: "MiB", parts: { etcd: 2, kubelet: 4 } }),
    ];
    expect(partsText(samples)).toBe(
        [
            "up, by hand",
            "  kind    3.0 s (2.0 to 4.0, 2 runs)",
            "  cilium  4.0 s (4.0 to 4.0, 2 runs)",
            "",
            "memory of a pair, ours",
            "  kubelet  4 MiB",
            "  etcd     2 MiB",
        ].join("\n"),
    );
});

const result = (samples: readonly Sample[], changes: Partial<BenchResult> = {}): BenchResult => ({
    format: 1,
    at: "2026-03-01T12:00:00.000Z",
    project: "0.1.0",
    fingerprint: { kernel: "6.1" },
    samples,
    leftOut: [],
    ...changes,
});

test("an earlier result of the same machine is compared, another project version included", () => {
    const earlier = result([...ups(100), sample("down", "ours", 9)], { project: "0.0.9" });
    expect(againstText(result(ups(80)), earlier)).toBe(
        ["    now (0.1.0)  then (0.0.9)  now / then", "up  80.0 s       100.0 s       0.80"].join(
            "\n",
        ),
    );
});

test("a result of another machine gets no ratio but one sentence", () => {
    const other = result(ups(100), { fingerprint: { kernel: "5.15" } });
    expect(againstText(result(ups(80)), other)).toBe(
        "The results are not compared: they differ in kernel (6.1, there 5.15).",
    );
});

test("the chart has a bar and a value for each way, each row on its own scale, and escapes texts", () => {
    const rows = summarise([
        ...ups(50),
        ...upsByHand(100),
        sample("memory <pair>", "ours", 2000, { unit: "MiB" }),
        sample("flip", "byHand", 0.2),
    ]);
    const svg = chartSvg(rows, "0.1.0 & more");
    expect(svg.match(/<rect class="ours"[^>]*width="150.0"/g)).toHaveLength(1);
    expect(svg.match(/<rect class="hand"[^>]*width="300.0"/g)).toHaveLength(2);
    expect(svg.match(/<rect class="ours"[^>]*width="300.0"/g)).toHaveLength(1);
    expect(svg).toContain(">100.0 s</text>");
    expect(svg).toContain("memory &lt;pair&gt;");
    expect(svg).toContain('aria-label="0.1.0 &amp; more"');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test("a chart of nothing is still a chart", () => {
    expect(chartSvg([], "empty")).not.toMatch(/NaN|Infinity|undefined/);
});
