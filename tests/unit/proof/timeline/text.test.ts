import { timelineSummary, timelineText } from "../../../../src/proof/timeline/text";
import { firstRun, flip } from "../../../support/sampleRun";

test("up tells the chain in short, kind's steps and the short ones taken together", () => {
    expect(timelineSummary(firstRun)).toBe(
        [
            "",
            "60.0 s from start to end; the longest chain of dependent steps takes 52.5 s (1.14 times).",
            "  cluster2: kind                          22.0 s",
            "  cluster2: Cilium installed by Helm       4.0 s",
            "  cluster2: Cilium agent ready            10.0 s",
            "  cluster2: clustermesh-apiserver ready   10.0 s",
            "  cluster2: peers connected                3.5 s",
            "  requests and rule agree                  1.0 s",
            "  steps shorter than 1.0 s                 2.0 s",
            "  programs that start, and waiting         7.5 s",
            "",
        ].join("\n"),
    );
});

test("a run that made no cluster is not told about", () => {
    expect(timelineSummary(flip)).toBe("");
    expect(timelineSummary([])).toBe("");
});

test("a run that failed at once is not held against a chain of nothing", () => {
    const [start] = flip;
    expect(
        timelineText([start!, { name: "tools", start: start!.end, end: start!.end + 3 }]),
    ).toMatch(/^1\.0 s from start to end; the run ended before any work on the lab began\.$/m);
});

test("the whole timeline has a line for each step, the chain marked and its gaps named", () => {
    expect(timelineText(flip).split("\n")).toEqual([
        "  step                                     at    takes",
        "* command starts                        0.0 s    1.0 s  ████",
        "* kind and Pulumi found                 1.0 s    0.5 s      ██",
        "* stack selected                        1.5 s    0.5 s        ██",
        "* program loads                         3.0 s    1.5 s              ██████",
        "* machine checked                       4.5 s    0.5 s                    ██",
        "  cluster1: Cilium installed by Helm    6.0 s    0.5 s                          ░░",
        "* cluster1: lab's objects               6.0 s    1.5 s                          ██████",
        "  cluster2: Cilium installed by Helm    6.0 s    0.5 s                          ░░",
        "  cluster2: lab's objects               6.0 s    1.5 s                          ░░░░░░",
        "* requests and rule agree               8.0 s    1.0 s                                  ████",
        "",
        "* is in the chain. In it, but no work of the lab:",
        "  command starts                    1.0 s",
        "  before program loads              1.0 s",
        "  program loads                     1.5 s",
        "  before cluster1: lab's objects    1.0 s",
        "  before requests and rule agree    0.5 s",
        "",
        "9.0 s from start to end; the longest chain of dependent steps takes 4.0 s (2.25 times).",
    ]);
});

test("no line is wider than 100 columns", () => {
    const lines = timelineText(firstRun).split("\n");
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(lines).toHaveLength(firstRun.length + 12);
});

test("no steps are no text", () => {
    expect(timelineText([])).toBe("");
});
