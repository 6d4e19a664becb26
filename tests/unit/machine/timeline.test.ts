import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import {
    readNews,
    readTimeline,
    timed,
    recordFailure,
    recordNews,
    recordStep,
    startTimeline,
    timelinePath,
} from "../../../src/machine/timeline";
import { step } from "../../support/sampleRun";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const path = timelinePath("dev");

afterEach(() => {
    delete process.env.LAB_TIMELINE;
    rmSync(dirname(path), { recursive: true, force: true });
});

test("steps are lines of JSON in the stack's folder, read in the order in which they began", () => {
    startTimeline("dev");
    recordStep(step("command", 0, 1));
    recordStep(step("helm", 4, 5, "cluster1"));
    recordStep(step("kind", 2, 3, "cluster1", "Preparing nodes"));
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toHaveLength(3);
    expect(readTimeline("dev")).toEqual([
        step("command", 0, 1),
        step("kind", 2, 3, "cluster1", "Preparing nodes"),
        step("helm", 4, 5, "cluster1"),
    ]);
});

test("what a run says is kept between its steps, and is no step", () => {
    startTimeline("dev");
    recordStep(step("command", 0, 1));
    recordNews("cluster1: waiting for rebel-base");
    appendFileSync(path, 'half a line\n{"text":1,"at":2}\nnull\n');
    recordFailure(new Error("cluster1 is stuck"));
    expect(readNews("dev")).toMatchObject([
        { text: "cluster1: waiting for rebel-base", isFailure: false },
        { text: "cluster1 is stuck", isFailure: true },
    ]);
    expect(readTimeline("dev")).toEqual([step("command", 0, 1)]);
    startTimeline("dev");
    expect(readNews("dev")).toEqual([]);
    expect(readNews("another")).toEqual([]);
});

test("only the owner can read the file", () => {
    startTimeline("dev");
    recordStep(step("command", 0, 1));
    expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a run starts it anew, and its other programs find it in the environment", () => {
    startTimeline("dev");
    recordStep(step("command", 0, 1));
    startTimeline("dev");
    expect(readTimeline("dev")).toEqual([]);
    expect(process.env.LAB_TIMELINE).toBe(path);
});

test("outside of npm run up nothing is written", () => {
    recordStep(step("command", 0, 1));
    expect(existsSync(path)).toBe(false);
    expect(readTimeline("dev")).toEqual([]);
});

test("a file that cannot be written fails no run", () => {
    mkdirSync(path, { recursive: true });
    process.env.LAB_TIMELINE = path;
    expect(() => recordStep(step("command", 0, 1))).not.toThrow();
});

test("lines that are no steps are left out", () => {
    startTimeline("dev");
    recordStep(step("command", 0, 1));
    const backwards = JSON.stringify(step("helm", 3, 2, "cluster1"));
    appendFileSync(path, `{"name":"kind","sta\n[]\nnull\n{"name":"lunch"}\n${backwards}\n`);
    recordStep(step("tools", 1, 2));
    expect(readTimeline("dev")).toEqual([step("command", 0, 1), step("tools", 1, 2)]);
});

test("what was ready before the run began is no part of it", () => {
    startTimeline("dev");
    recordStep(step("command", 100, 101));
    recordStep(step("agent", 10, 20, "cluster1"));
    recordStep(step("xWing", 99, 105, "cluster1"));
    expect(readTimeline("dev").map(({ name }) => name)).toEqual(["xWing", "command"]);
});

test("work is timed with what it returns, and also if it fails", async () => {
    startTimeline("dev");
    expect(await timed({ name: "tools" }, () => Promise.resolve(7))).toBe(7);
    await expect(
        timed({ name: "kubeconfig", cluster: "cluster2" }, () => Promise.reject(new Error("no"))),
    ).rejects.toThrow("no");
    const steps = readTimeline("dev");
    expect(steps.map(({ name, cluster }) => [name, cluster])).toEqual([
        ["tools", undefined],
        ["kubeconfig", "cluster2"],
    ]);
    expect(Math.abs(steps[1]!.end - Date.now())).toBeLessThan(5000);
});
