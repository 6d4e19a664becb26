import { chartSvg } from "../../../bench/chart";
import { BenchResult, Sample } from "../../../bench/result";
import {
    againstText,
    partsText,
    processorText,
    summarise,
    summaryText,
} from "../../../bench/summary";

const sample = (measure: string, way: Sample["way"], value: number, more = {}): Sample => ({
    measure,
    way,
    unit: "s",
    value,
    ...more,
});
const ups = (...values: number[]) => values.map((value) => sample("up", "ours", value));
const upsOf = (way: Sample["way"], ...values: number[]) =>
    values.map((value) => sample("up", way, value));

test("a row has medians, spread, ours against each way and whether the goals are reached", () => {
    const samples = [...ups(70, 90, 80), ...upsOf("helm", 100, 98), ...upsOf("cli", 160)];
    expect(summaryText({ samples, leftOut: ["helm: helm is not on PATH"] })).toBe(
        [
            "    ours                           helm                            cilium CLI  ours / helm  ours / cilium CLI  goal",
            "up  80.0 s (70.0 to 90.0, 3 runs)  99.0 s (98.0 to 100.0, 2 runs)  160.0 s     0.81         0.50               at most 0.8 of helm: missed; at most 0.45 of cilium CLI: missed",
            "",
            "Left out:",
            "  helm: helm is not on PATH",
        ].join("\n"),
    );
});

test.each([
    ["up", 80, 100, 200, ["reached", "reached"]],
    ["up", 81, 100, 180, ["missed", "reached"]],
    ["up", 80, 100, 177, ["reached", "missed"]],
    ["down", 6, 4.5, 4.6, ["reached"]],
    ["down", 6.1, 4.6, 4.5, ["missed"]],
    ["flip sharedService false", 3.5, 1, 1, ["reached"]],
    ["flip globalService true", 3.6, 1, 1, ["missed"]],
    ["flip serviceAffinity none", 3.6, 1, 1, ["missed"]],
    ["flip rebelBaseReplicas 0", 5, 3, 4, ["reached"]],
    ["flip rebelBaseReplicas 2", 5.1, 4, 3, ["missed"]],
    ["no change: pulumi up --skip-preview", 3, 1, 1, ["reached"]],
    ["no change: pulumi up --skip-preview", 3.1, 1, 1, ["missed"]],
    ["no change: pulumi up", 100, 1, 1, []],
    ["memory of a pair", 100, 1, 1, []],
    ["processor of an idle pair", 100, 1, 1, []],
])("%s: %d against %d by helm and %d by the CLI is %j", (measure, ours, helm, cli, verdicts) => {
    const [row] = summarise([
        sample(measure, "ours", ours),
        sample(measure, "helm", helm),
        sample(measure, "cli", cli),
    ]);
    expect(row!.goals.map(({ isMet }) => (isMet ? "reached" : "missed"))).toEqual(verdicts);
});

test.each([
    [1.1, true],
    [1.11, false],
])("%d times the longest chain: the goal is reached is %s", (ratio, isMet) => {
    const times = sample("up against its longest chain", "ours", ratio, { unit: "times" });
    expect(summarise([times])[0]!.goals).toEqual([{ text: "at most 1.1", isMet }]);
});

test("a way that was not measured has no ratio, and the goals that need it stay open", () => {
    const samples = [...ups(1), ...upsOf("cli", 4), sample("down", "ours", 1)];
    const [up, down] = summarise(samples);
    expect(up!.goals.map(({ isMet }) => isMet)).toEqual([undefined, true]);
    expect(down!.goals.map(({ isMet }) => isMet)).toEqual([undefined]);
    expect(summaryText({ samples, leftOut: [] })).toMatch(
        /^up +1\.0 s +- +4\.0 s +0\.25 +at most 0\.8 of helm; at most 0\.45 of cilium CLI: reached$/m,
    );
});

test("growth has a row for each number of pairs and no goal", () => {
    const samples = [1, 2].map((pairs) => sample("up of the last of", "ours", pairs, { pairs }));
    expect(summarise(samples).map(({ label, goals }) => [label, goals])).toEqual([
        ["up of the last of, 1 pair", []],
        ["up of the last of, 2 pairs", []],
    ]);
});

test("parts of a duration are in order, parts of memory by size", () => {
    const samples = [
        sample("up", "cli", 6, { parts: { kind: 2, cilium: 4 } }),
        sample("up", "cli", 8, { parts: { kind: 4, cilium: 4 } }),
        sample("memory of a pair", "ours", 6, { unit: "MiB", parts: { etcd: 2, kubelet: 4 } }),
    ];
    expect(partsText(samples)).toBe(
        [
            "up, cilium CLI",
            "  kind    3.0 s (2.0 to 4.0, 2 runs)",
            "  cilium  4.0 s (4.0 to 4.0, 2 runs)",
            "",
            "memory of a pair, ours",
            "  kubelet  4 MiB",
            "  etcd     2 MiB",
        ].join("\n"),
    );
});

const idle = (way: Sample["way"], all: Record<string, number>, kernel: Record<string, number>) => {
    const sum = (parts: Record<string, number>) =>
        Object.values(parts).reduce((total, value) => total + value, 0);
    const measures = {
        "processor of an idle pair": all,
        "processor of an idle pair, in the kernel": kernel,
    };
    return Object.entries(measures).map(([measure, parts]) =>
        sample(measure, way, sum(parts), { unit: "%", parts }),
    );
};

test("processor time is a table: each way and the kernel's part of it, the largest consumer first", () => {
    const samples = [
        ...idle("ours", { etcd: 2, kubelet: 10 }, { etcd: 1, kubelet: 6 }),
        ...idle("ours", { etcd: 4, kubelet: 12 }, { etcd: 2, kubelet: 7 }),
        ...idle("helm", { kubelet: 9, CoreDNS: 1 }, { kubelet: 5, CoreDNS: 0.5 }),
    ];
    expect(processorText(samples)).toBe(
        [
            "processor of an idle pair, percent of one processor",
            "           ours  in the kernel  helm  in the kernel",
            "  kubelet  11.0  6.5            9.0   5.0",
            "  etcd     3.0   1.5            0.0   0.0",
            "  CoreDNS  0.0   0.0            1.0   0.5",
            "  all      14.0  8.0            10.0  5.5",
        ].join("\n"),
    );
    expect(partsText(samples)).toBe("");
    expect(processorText(ups(1))).toBe("");
});

const result = (samples: readonly Sample[], changes: Partial<BenchResult> = {}): BenchResult => ({
    format: 2,
    at: "2026-03-01T12:00:00.000Z",
    project: "0.1.0",
    fingerprint: { kernel: "6.1" },
    tools: {},
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

test("the processor time of each consumer is compared, too", () => {
    const now = result([
        ...idle("ours", { kubelet: 5, etcd: 1 }, { kubelet: 2, etcd: 1 }),
        ...idle("helm", { kubelet: 50 }, { kubelet: 20 }),
    ]);
    const then = result(idle("ours", { kubelet: 10 }, { kubelet: 8 }));
    expect(againstText(now, then).split("\n").slice(1)).toEqual([
        "processor of an idle pair                          6.0 %        10.0 %        0.60",
        "processor of an idle pair: kubelet                 5.0 %        10.0 %        0.50",
        "processor of an idle pair, in the kernel           3.0 %        8.0 %         0.38",
        "processor of an idle pair, in the kernel: kubelet  2.0 %        8.0 %         0.25",
    ]);
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
        ...upsOf("helm", 80),
        ...upsOf("cli", 100),
        sample("memory <pair>", "ours", 2000, { unit: "MiB" }),
        sample("flip", "cli", 0.2),
    ]);
    const svg = chartSvg(rows, "0.1.0 & more");
    expect(svg.match(/<rect class="ours"[^>]*width="150.0"/g)).toHaveLength(1);
    expect(svg.match(/<rect class="helm"[^>]*width="240.0"/g)).toHaveLength(1);
    expect(svg.match(/<rect class="cli"[^>]*width="300.0"/g)).toHaveLength(2);
    expect(svg.match(/<rect class="ours"[^>]*width="300.0"/g)).toHaveLength(1);
    expect(svg).toContain(">100.0 s</text>");
    expect(svg).toContain("memory &lt;pair&gt;");
    expect(svg).toContain('aria-label="0.1.0 &amp; more"');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test("a chart of nothing is still a chart", () => {
    expect(chartSvg([], "empty")).not.toMatch(/NaN|Infinity|undefined/);
});
