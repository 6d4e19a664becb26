import { historyChart, numbersOf } from "../../../../src/proof/report/chart";

test("of the changes only the last can be on its way; one before that did not arrive was overtaken", () => {
    const now = 1_000_000;
    const mark = (seconds: number, text: string, arrivedMs?: number) => ({
        at: now - seconds * 1000,
        by: "kubectl",
        texts: [text],
        arrivedMs,
    });
    const marks = [mark(30, "a", 1_400), mark(20, "b"), mark(10, "c")];
    const chart = historyChart({ history: [], marks, clusters: ["cluster1"], now, minutes: 5 });
    const listed = [
        ...chart.toString().matchAll(/<b>kubectl<\/b> (\w)<span class="note">([^<]*)/g),
    ];
    expect(listed.map(([, text, arrival]) => [text, arrival])).toEqual([
        ["c", "not arrived yet"],
        ["b", "overtaken by the next change"],
        ["a", "arrived after 1.4 s"],
    ]);
});

test("of an event nothing is said to arrive, and the last change is the one before it", () => {
    const now = 1_000_000;
    const change = { at: now - 9_000, by: "kubectl", texts: ["a"] };
    const event = { at: now - 5_000, by: "Cilium", texts: ["b"], isEvent: true } as const;
    const marks = [change, event];
    const args = { history: [], marks, clusters: ["cluster1"], now, minutes: 5 };
    const items = historyChart(args)
        .toString()
        .match(/<li>.*<\/li>/g)!;
    expect(items[0]).not.toContain("note");
    expect(items[1]).toContain("not arrived yet");
});

describe("the numbers of marks", () => {
    const texts = (...percents: readonly number[]) =>
        numbersOf(percents.map((percent, i) => ({ number: i + 1, percent }))).map(
            ({ text }) => text,
        );

    test("are one range where they would touch, however many there are", () => {
        expect(texts(10, 50, 90)).toEqual(["1", "2", "3"]);
        expect(texts(10, 12, 50)).toEqual(["1–2", "3"]);
        expect(texts(50, 51, 52, 53, 54)).toEqual(["1–5"]);
    });

    test("join a range that has become wider, and are joined to it", () => {
        expect(texts(43, 49, 50)).toEqual(["1–3"]);
    });

    test("stay within the chart", () => {
        const [first, last] = numbersOf([
            { number: 1, percent: 0 },
            { number: 100, percent: 100 },
        ]);
        expect(first!.percent).toBeGreaterThan(1);
        expect(last!.percent).toBeLessThan(96);
    });
});
