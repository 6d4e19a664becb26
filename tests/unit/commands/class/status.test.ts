import {
    Outcome,
    outcomeText,
    parseOutcome,
    summaryText,
} from "../../../../src/commands/class/outcome";
import {
    LabStatus,
    isUp,
    labState,
    statusHtml,
    statusText,
} from "../../../../src/commands/class/status";
import { Student } from "../../../../src/commands/class/studentsFile";

const now = Date.UTC(2026, 2, 1, 12);
const outcome: Outcome = {
    work: "up",
    ok: false,
    reason: "cluster1 is stuck: <pod>",
    seconds: 71.4,
    at: "2026-03-01T11:30:00.000Z",
};
const labs: readonly LabStatus[] = [
    {
        name: "Ada",
        stack: "class-ada",
        clusters: ["running", "running"],
        ttlHours: 8,
        lastUp: now - 3_600_000,
        outcome: undefined,
    },
    {
        name: "李 <b>",
        stack: "class-1a2b3c",
        clusters: ["running", "stopped"],
        ttlHours: 0,
        lastUp: undefined,
        outcome,
    },
];

test.each([
    [["running", "running"], "up"],
    [["missing", "missing"], "down"],
    [["stopped", "stopped"], "stopped"],
    [["running", "missing"], "cluster2 missing"],
    [["foreign", "stopped"], "cluster1 foreign, cluster2 stopped"],
] as const)("clusters that are %j are a lab that is %s", (clusters, state) => {
    expect(labState(clusters)).toBe(state);
    expect(isUp({ clusters })).toBe(state === "up");
});

test("status is a table: what is there, since when, how long, and what came last", () => {
    expect(statusText(labs, now).split("\n")).toEqual([
        "student  stack         lab               last up                  expires  last result",
        "Ada      class-ada     up                2026-03-01 11:00:00 UTC  in 7 h",
        "李 <b>   class-1a2b3c  cluster2 stopped  unknown                  never    up failed at 2026-03-01 11:30:00 UTC: cluster1 is stuck: <pod>",
        "",
        "1 of 2 labs up.",
    ]);
});

test("a lab past its time is called expired", () => {
    expect(statusText([{ ...labs[0]!, lastUp: now - 9 * 3_600_000 }], now)).toContain("  expired");
});

test("the page says the same, nothing of it can be taken for HTML, and it loads nothing", () => {
    const html = statusHtml(labs, now);
    const text = html
        .replace(/<style>[^]*<\/style>/, "")
        .replace(/<[^>]*>/g, " ")
        .replace(/\s+/g, " ");
    expect(text).toContain("1 of 2 labs up.");
    expect(text).toContain("Ada class-ada ✓ up 2026-03-01 11:00:00 UTC in 7 h");
    expect(text).toContain("李 &lt;b&gt; class-1a2b3c ✗ cluster2 stopped unknown never up failed");
    expect(html).not.toMatch(/<script|src=|<b>/);
});

const students: readonly Student[] = ["Ada", "Bo", "Cy"].map((name) => ({
    name,
    stack: `class-${name.toLowerCase()}`,
    config: {},
}));
const well: Outcome = { ...outcome, ok: true, reason: "requests and rule agree after 1.0 s" };

test("the summary has time and reason of every lab, and what to do next", () => {
    const text = summaryText(students.slice(0, 2), [well, outcome], "up", 130);
    expect(text.split("\n")).toEqual([
        "student  stack      result  took",
        "Ada      class-ada  ok      1 min 11 s  requests and rule agree after 1.0 s",
        "Bo       class-bo   FAILED  1 min 11 s  cluster1 is stuck: <pod>",
        "",
        "Up and proven: 1 of 2 labs (2 min 10 s).",
        "Repair what is named above and run the same command again: it continues from here.",
    ]);
});

test("where all are well there is nothing to do", () => {
    expect(summaryText(students.slice(0, 1), [well], "down", 4)).toMatch(
        /\nDown: 1 of 1 lab \(4\.0 s\)\.$/,
    );
});

test("after Ctrl-C it says who was stopped, who was not begun, and how to go on", () => {
    const stopped = { ...outcome, isStopped: true, reason: "update canceled" };
    const lines = summaryText(students, [well, stopped, undefined], "up", 60).split("\n");
    expect(lines[2]).toMatch(/stopped .*update canceled$/);
    expect(lines[3]).toMatch(/^Cy +class-cy +- +not begun$/);
    expect(lines.at(-1)).toBe("Stopped. Run the same command again: it continues from here.");
});

test("an outcome is kept and read again; what is none is left out", () => {
    expect(parseOutcome(JSON.stringify(outcome))).toEqual(outcome);
    expect(["", "{}", "null", '{"work":"up"}'].map(parseOutcome)).toEqual(Array(4).fill(undefined));
    expect(outcomeText({ ...outcome, work: "verify", ok: true, reason: "all agree" })).toBe(
        "verify was well at 2026-03-01 11:30:00 UTC: all agree",
    );
});

test("only a lab without clusters is said never to have been up", () => {
    const down: LabStatus = { ...labs[1]!, clusters: ["missing", "missing"], outcome: undefined };
    expect(statusText([down], now)).toMatch(/down +never +never$/m);
});
