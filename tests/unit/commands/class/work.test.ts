import {
    copyFileSync,
    existsSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setValues } from "../../../../src/commands/class/files";
import { bringDown, bringUp, proof } from "../../../../src/commands/class/lab";
import { down, set, status, up, verify } from "../../../../src/commands/class/work";
import { projectRoot } from "../../../../src/config/declaration";
import { ProblemsError } from "../../../../src/config/problem";
import { checkMachine, requireEngine } from "../../../../src/machine/checks";
import { gatherFacts } from "../../../../src/machine/facts";
import { stackFolder } from "../../../../src/machine/names";
import { run } from "../../../../src/machine/run";
import { Automation, openAutomation } from "../../../../src/stack/automation";
import { createStack, listStacks } from "../../../../src/stack/stack";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);
jest.mock("../../../../src/commands/class/files", () => ({
    ...jest.requireActual<object>("../../../../src/commands/class/files"),
    setValues: jest.fn(),
}));
jest.mock("../../../../src/commands/class/lab");
jest.mock("../../../../src/machine/checks");
jest.mock("../../../../src/machine/facts");
jest.mock("../../../../src/machine/kindTool", () => ({
    ensureKind: () => Promise.resolve("kind"),
}));
jest.mock("../../../../src/machine/run", () => ({
    ...jest.requireActual<object>("../../../../src/machine/run"),
    run: jest.fn(),
}));
jest.mock("../../../../src/stack/automation");
jest.mock("../../../../src/stack/stack", () => ({
    ...jest.requireActual<object>("../../../../src/stack/stack"),
    listStacks: jest.fn(),
    createStack: jest.fn(),
}));

const folder = mkdtempSync(join(tmpdir(), "class-work-"));
const file = join(folder, "students.yaml");
const stacks = ["class-ada", "class-bo"];
const listening = process.listeners("exit");
let said: string;

beforeEach(() => {
    rmSync(join(projectRoot, ".lab"), { recursive: true, force: true });
    copyFileSync(join(__dirname, "../../../../Pulumi.yaml"), join(projectRoot, "Pulumi.yaml"));
    writeFileSync(file, "[Ada, Bo]");
    jest.resetAllMocks();
    const stack = (name: string) => Promise.resolve({ name });
    jest.mocked(openAutomation).mockResolvedValue({ pulumi: {}, stack } as unknown as Automation);
    jest.mocked(listStacks).mockResolvedValue([]);
    jest.mocked(checkMachine).mockReturnValue({ problems: [], warnings: [] });
    memoryIs(64);
    jest.mocked(run).mockResolvedValue({ code: 1, stdout: "", stderr: "No such container" });
    jest.mocked(bringUp).mockResolvedValue("done");
    jest.mocked(bringDown).mockResolvedValue("done");
    jest.mocked(proof).mockResolvedValue("done");
    said = "";
    for (const stream of [process.stdout, process.stderr]) {
        jest.spyOn(stream, "write").mockImplementation((text) => {
            said += String(text);
            return true;
        });
    }
});
afterEach(() => {
    process
        .listeners("exit")
        .filter((listener) => !listening.includes(listener))
        .forEach((listener) => process.off("exit", listener));
    jest.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The memory of machine and engine, in GiB. */
function memoryIs(gib: number): void {
    const bytes = gib * 2 ** 30;
    jest.mocked(gatherFacts).mockResolvedValue({
        engine: { state: "running", memoryBytes: bytes },
        availableMemoryBytes: bytes,
    } as never);
}

test("up brings up the lab of every student in the file, and says where their sheets are", async () => {
    expect(await up({}, [file])).toBe(0);
    expect(jest.mocked(bringUp).mock.calls.map(([{ stack }]) => stack)).toEqual(stacks);
    expect(requireEngine).toHaveBeenCalledTimes(1);
    expect(said).toContain("Each student's commands and kubeconfig:");
});

test("up begins nothing without an engine, nor with a file that is wrong", async () => {
    jest.mocked(requireEngine).mockRejectedValueOnce(new Error("no engine"));
    await expect(up({}, [file])).rejects.toThrow("no engine");
    writeFileSync(file, "[{name: Ada, config: {sharedService: no}}]");
    await expect(up({}, [file])).rejects.toThrow(ProblemsError);
    expect(bringUp).not.toHaveBeenCalled();
});

/** How many labs an `up` works on at the same time, while each leaves so much memory. */
async function atOnce(options: { parallel?: number }, leavingGib?: number): Promise<number> {
    let working = 0;
    let most = 0;
    jest.mocked(bringUp).mockImplementation(async () => {
        most = Math.max(most, ++working);
        if (leavingGib !== undefined) {
            memoryIs(leavingGib);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
        working -= 1;
        return "done";
    });
    await up(options, [file]);
    return most;
}

test("up says once what each up would warn of, where a lab is to be made", async () => {
    const warnings = [{ message: "Little memory.", fix: "close something" }];
    jest.mocked(checkMachine).mockReturnValue({ problems: [], warnings });
    await up({}, [file]);
    expect(said.match(/Little memory\. Fix: close something\n/g)).toHaveLength(1);
    said = "";
    jest.mocked(run).mockResolvedValue({ code: 0, stdout: "running", stderr: "" });
    await up({}, [file]);
    expect(said).not.toContain("Little memory");
});

test("up makes as many labs at a time as memory allows, or as it is told", async () => {
    writeFileSync(file, "[Ada, Bo, Cy, Dee]");
    memoryIs(1);
    expect(await atOnce({})).toBe(1);
    expect(await atOnce({ parallel: 3 })).toBe(3);
});

test("up begins no other lab where the first has taken the memory, but for one that is there already", async () => {
    expect(await atOnce({}, 1)).toBe(1);
    memoryIs(64);
    expect(await atOnce({ parallel: 2 }, 1)).toBe(2);
    memoryIs(64);
    jest.mocked(run).mockResolvedValue({ code: 0, stdout: "running", stderr: "" });
    expect(await atOnce({}, 1)).toBe(2);
});

test("down takes down every lab of the file, and needs the engine", async () => {
    expect(await down({}, [file])).toBe(0);
    expect(jest.mocked(bringDown).mock.calls.map(([stack]) => stack)).toEqual(stacks);
    jest.mocked(requireEngine).mockRejectedValueOnce(new Error("no engine"));
    await expect(down({}, [file])).rejects.toThrow("no engine");
    expect(bringDown).toHaveBeenCalledTimes(2);
});

test("verify asks in every lab, for as long as it is told or as the lab's outage takes", async () => {
    const waits = () => jest.mocked(proof).mock.calls.map(([{ name }, seconds]) => [name, seconds]);
    expect(await verify({}, [file])).toBe(0);
    expect(waits()).toEqual(stacks.map((stack) => [stack, 60]));
    jest.mocked(proof).mockClear();
    expect(await verify({ within: 0 }, [file])).toBe(0);
    expect(waits()).toEqual(stacks.map((stack) => [stack, 0]));
});

test("verify asks nobody without an engine", async () => {
    jest.mocked(requireEngine).mockRejectedValueOnce(new Error("no engine"));
    await expect(verify({}, [file])).rejects.toThrow("no engine");
    expect(proof).not.toHaveBeenCalled();
});

test("status shows every lab, and writes a page only where one is asked for", async () => {
    const page = join(folder, "pages", "status.html");
    expect(await status({}, [file])).toBe(0);
    expect(said).toMatch(/Ada[^]*Bo/);
    expect(said).not.toContain("Page: ");
    expect(await status({ report: page }, [file])).toBe(0);
    expect(said).toContain(`Page: ${page}\n`);
    expect(readFileSync(page, "utf8")).toContain("Ada");
});

test("a lab that disagrees fails the whole, and its reason is told", async () => {
    jest.mocked(proof).mockRejectedValueOnce(new Error("requests and rule disagree"));
    expect(await verify({}, [file])).toBe(1);
    expect(said).toContain("requests and rule disagree");
});

describe("set", () => {
    const isLocked = (stack: string) => existsSync(join(stackFolder(stack), "lock.json"));

    test("locks all stacks before it changes the first, and makes those that are not there", async () => {
        jest.mocked(listStacks).mockResolvedValue([{ name: "class-ada" }] as never);
        const locked: boolean[] = [];
        jest.mocked(setValues).mockImplementation(() => {
            locked.push(stacks.every(isLocked));
            return Promise.resolve();
        });
        expect(await set({}, ["sharedService=false", file])).toBe(0);
        expect(locked).toEqual([true, true]);
        const made = jest.mocked(createStack).mock.calls.map(([, stack]) => stack);
        expect(made).toEqual(["class-bo"]);
        const wanted = { sharedService: "false" };
        const values = jest.mocked(setValues).mock.calls.map(([opened, given]) => [opened, given]);
        expect(values).toEqual(stacks.map((name) => [{ name }, wanted]));
    });

    test("sets nothing for anybody where one value is wrong, or something else is given", async () => {
        await expect(set({}, ["sharedService=no", file])).rejects.toThrow(ProblemsError);
        await expect(set({}, ["sharedService=false", file, "more"])).rejects.toThrow(
            'set does not take "more"',
        );
        await expect(set({}, [file])).rejects.toThrow("set needs at least one key=value");
        expect(setValues).not.toHaveBeenCalled();
        expect(createStack).not.toHaveBeenCalled();
    });
});
