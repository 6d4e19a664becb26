import {
    ProgressRow,
    countsText,
    newsOf,
    progressScreen,
    redraw,
} from "../../../../src/commands/class/progress";
import { displayWidth } from "../../../../src/machine/terminal";

const rows: readonly ProgressRow[] = [
    { name: "Ada", phase: "done", seconds: 96.2, news: "requests and rule agree" },
    { name: "李雷", phase: "working", seconds: 5, news: "cluster1: waiting for Cilium agent" },
    { name: "Bo", phase: "failed", seconds: 3, news: "x".repeat(200) },
    { name: "Cy", phase: "waiting", news: "" },
];

test("every student has a row, in columns also with wide letters, and the counts are below", () => {
    const screen = progressScreen(rows, { columns: 60, lines: 24 });
    expect(screen).toEqual([
        "Ada   done     1 min 36 s  requests and rule agree",
        "李雷  working  5 s         cluster1: waiting for Cilium ag…",
        `Bo    failed   3 s         ${"x".repeat(31)}…`,
        "Cy    waiting",
        "1 of 4 done, 1 failed, 1 working, 1 waiting",
    ]);
});

test("no line is as wide as the terminal, so that none is broken", () => {
    for (const columns of [20, 33, 80]) {
        const widths = progressScreen(rows, { columns, lines: 24 }).map(displayWidth);
        expect(Math.max(...widths)).toBeLessThan(columns);
    }
});

test("on a small terminal those at work and those that failed are shown, the others counted", () => {
    expect(progressScreen(rows, { columns: 40, lines: 5 })).toEqual([
        expect.stringContaining("李雷"),
        expect.stringContaining("Bo"),
        "… 2 more",
        "1 of 4 done, 1 failed, 1 working, 1 wa…",
    ]);
});

test("the counts name what there is and nothing else", () => {
    expect(countsText([{ phase: "done" }, { phase: "done" }])).toBe("2 of 2 done");
    expect(countsText([{ phase: "stopped" }])).toBe("0 of 1 done, 1 stopped");
});

test("a drawing goes over the one before, and the first over nothing", () => {
    expect(redraw(["a", "b"], 0)).toBe("a\nb\n");
    expect(redraw(["a"], 2)).toBe("\x1b[2A\x1b[0Ja\n");
});

const kindNames = { cluster1: "mesh-class-ada-cluster1", cluster2: "mesh-class-ada-cluster2" };
const command = "urn:pulumi:class-ada::lab::command:local:Command::cluster1-kind";

test("news of the lab's own programs are told in the lab's words, on one line", () => {
    const message = "mesh-class-ada-cluster1: Preparing nodes: done\nmore\n";
    expect(newsOf({ severity: "info", message, urn: command }, kindNames)).toBe(
        "cluster1: Preparing nodes: done",
    );
});

test.each([
    ["a warning", { severity: "warning", message: "using a plugin", urn: command }],
    ["a debug message", { severity: "debug", message: "RPC", urn: command }],
    ["an empty line", { severity: "info", message: "\n", urn: command }],
    [
        "a provider's",
        {
            severity: "info",
            message: "Skipping await logic",
            urn: "urn::kubernetes:core/v1:Service::a",
        },
    ],
    ["one without a resource", { severity: "info", message: "a" }],
])("%s is no news", (_, diagnostic) => {
    expect(newsOf(diagnostic, kindNames)).toBeUndefined();
});

test("a terminal that does not know its size has the usual one", () => {
    const wide = [{ name: "Ada", phase: "working", news: "x".repeat(200) }] as const;
    const usual = progressScreen(wide, { columns: 80, lines: 24 });
    expect(progressScreen(wide, { columns: 0, lines: 0 })).toEqual(usual);
    const unknown = { columns: undefined, lines: undefined } as unknown as {
        columns: number;
        lines: number;
    };
    expect(progressScreen(wide, unknown)).toEqual(usual);
});
