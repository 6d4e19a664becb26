import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readOutcome } from "../../../../src/commands/class/files";
import { ClassWork, runForAll } from "../../../../src/commands/class/run";
import { Student } from "../../../../src/commands/class/studentsFile";
import { ProblemsError } from "../../../../src/config/problem";
import { stackFolder } from "../../../../src/machine/names";
import { recordPath, writeRecord } from "../../../../src/mesh/kind/record";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

const students: readonly Student[] = ["Ada", "Bo", "Cy"].map((name) => ({
    name,
    stack: `class-${name.toLowerCase()}`,
    config: {},
}));

let written: string;
beforeEach(() => {
    written = "";
    Object.defineProperty(process.stdout, "isTTY", { value: false, configurable: true });
    jest.spyOn(process.stdout, "write").mockImplementation((text) => {
        written += String(text);
        return true;
    });
});
afterEach(() => jest.restoreAllMocks());

function run(workOn: ClassWork["workOn"], limit = 3): Promise<number> {
    return runForAll(students, { work: "up", limit, workOn });
}

test("a failure stops nobody; it is told with its reason, kept for status, and the exit code is 1", async () => {
    writeRecord(recordPath("class-bo", "cluster1"), { token: "t", identity: "i", phase: "ready" });
    const code = await run(({ name }) =>
        name === "Bo" ? Promise.reject(new Error("no room")) : Promise.resolve("agrees"),
    );
    expect(code).toBe(1);
    expect(written).toMatch(/^Bo: failed: no room$/m);
    expect(written).toMatch(/^Ada +class-ada +ok +\d+\.\d s +agrees$/m);
    expect(written).toMatch(/^Bo +class-bo +FAILED +\d+\.\d s +no room$/m);
    expect(written).toMatch(/^Cy +class-cy +ok +\d+\.\d s +agrees$/m);
    expect(readOutcome("class-bo")).toMatchObject({ work: "up", ok: false, reason: "no room" });
    expect(readOutcome("class-ada")).toBeUndefined();
});

test("problems are one line of the table, each with its fix", async () => {
    const problems = [{ message: "It is away.", fix: "bring it back" }, { message: "So is this." }];
    await run(() => Promise.reject(new ProblemsError(problems)));
    expect(written).toMatch(/FAILED +\d+\.\d s +It is away\. Fix: bring it back So is this\.$/m);
});

test("off a terminal everything new is a line, once", async () => {
    const code = await run(async (_, say) => {
        say("cluster1: waiting");
        say("cluster1: waiting");
        await Promise.resolve();
        return "agrees";
    });
    expect(code).toBe(0);
    const own = written.split("\n").filter((line) => line.startsWith("Ada: "));
    expect(own).toEqual(["Ada: working", "Ada: cluster1: waiting", "Ada: done: agrees"]);
});

test.each([
    ["SIGINT", false],
    ["SIGTERM", true],
] as const)(
    "%s begins no other lab and waits for those at work; handed on to Pulumi: %s",
    async (signal, handedOn) => {
        const before = process.listenerCount(signal);
        let told: boolean | undefined;
        const ending = run(async (_, __, toPulumi, isStopping) => {
            expect(isStopping()).toBe(false);
            await sleep(50);
            expect(isStopping()).toBe(true);
            told = toPulumi.aborted;
            throw new Error("update canceled");
        }, 1);
        await sleep(10);
        process.emit(signal);
        expect(await ending).toBe(130);
        expect(told).toBe(handedOn);
        expect(written).toMatch(/^Ada +class-ada +stopped +\d+\.\d s +update canceled$/m);
        expect(written).toMatch(/^Bo +class-bo +- +not begun$/m);
        expect(written).toContain("Run the same command again: it continues from here.");
        expect(process.listenerCount(signal)).toBe(before);
    },
);

test("a full disk on which an outcome is not to be kept ends nobody's work, and is told", async () => {
    const folder = stackFolder("class-bo");
    writeRecord(recordPath("class-bo", "cluster1"), { token: "t", identity: "i", phase: "ready" });
    rmSync(join(folder, "class.json"), { force: true });
    mkdirSync(join(folder, "class.json", "in the way"), { recursive: true });
    expect(await run(() => Promise.resolve("agrees"))).toBe(0);
    expect(written).toMatch(
        /^Bo +class-bo +ok +\d+\.\d s +agrees \(not kept for status: \S+class\.json cannot be written: .+\)$/m,
    );
    expect(written).toMatch(/^Cy +class-cy +ok/m);
});

test("what a lab's clusters have said goes to no terminal as it came", async () => {
    await run((_, say) => {
        say("cluster1: \u001b[31mwaiting\u009b2J\r\nfor \u202etxt");
        return Promise.reject(new Error("one\ntwo \u001b]0;title\u0007"));
    });
    expect(written).toContain("Ada: cluster1: waiting for \\u202etxt\n");
    expect(written).toContain("Ada: failed: one two \n");
});
