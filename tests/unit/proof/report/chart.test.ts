import { historyChart } from "../../../../src/proof/report/chart";

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
