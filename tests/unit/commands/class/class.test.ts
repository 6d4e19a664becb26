import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { declare } from "../../../../src/commands/class/class";
import { commandArgs } from "../../../../src/machine/interpreter";
import { Ended, runHere } from "../../../support/commandHere";

const folder = mkdtempSync(join(tmpdir(), "class-command-"));
writeFileSync(join(folder, "students.yaml"), "[Ada, {name: Bo, config: {sharedService: true}}]");
writeFileSync(join(folder, "bad.yaml"), "[Ada, {name: Bo, config: {sharedService: no, a: 1}}]");

const here = process.cwd();
beforeAll(() => process.chdir(folder));
afterAll(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true, force: true });
});

jest.setTimeout(60_000);

function run(...args: string[]): Promise<Ended> {
    return runHere("class", declare, args);
}

/** Runs it as `npm run class` does. */
function runApart(...args: string[]): Ended {
    const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [...commandArgs("class"), ...args],
        { cwd: folder, encoding: "utf8" },
    );
    return { code: status!, stdout, stderr };
}

test.each([
    [
        [],
        "no command is given; it must be one of up, down, status, board, verify, set, reap (help: npm run class -- --help)",
    ],
    [
        ["fly"],
        "unknown command 'fly'; it must be one of up, down, status, board, verify, set, reap (help: ",
    ],
    [["dwn"], "unknown command 'dwn' (Did you mean down?); it must be one of up, down, "],
    [["down", "--yes"], "unknown option '--yes' (help: npm run class -- down --help)"],
    [["up", "a.yaml", "b.yaml"], 'up does not take "b.yaml" (help: '],
    [["reap", "students.yaml"], 'reap does not take "students.yaml" (help: '],
    [
        ["up", "--parallel", "0"],
        '--parallel is "0"; it must be a whole number from 1 to 999 (help: ',
    ],
    [
        ["board", "--port", "65536"],
        '--port is "65536"; it must be a whole number from 0 to 65535 (help: ',
    ],
    [["board", "none.yaml"], 'there is no file "none.yaml" with the students (help: '],
    [["status", "none.yaml"], 'there is no file "none.yaml" with the students (help: '],
    [["verify", "/dev/zero"], '"/dev/zero" is a device; name the file with the students (help: '],
    [["set", "a=1", "a=2"], 'a is both "1" and "2"; it must be one of them (help: '],
    [["verify", "/tmp"], '"/tmp" is a folder; name the file with the students (help: '],
    [["set"], "set needs at least one key=value (help: "],
])("%j ends with code 2 and one line that says what is wrong", async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr.startsWith(message)).toBe(true);
});

test("a file with values that are not legal is refused with all of them, before anything is done", () => {
    expect(runApart("up", "bad.yaml")).toEqual({
        code: 2,
        stdout: "",
        stderr: `2 problems; nothing was created or changed:
  - Bo: a is not a config key of this project.
    Fix: correct it in bad.yaml
  - Bo: sharedService is "no"; it must be one of true, false.
    Fix: correct it in bad.yaml
`,
    });
});

test("a value that is not legal, or that the file gives to a student, is set for nobody", async () => {
    expect(await run("set", "sharedService=no")).toEqual({
        code: 2,
        stdout: "",
        stderr: `2 problems; nothing was created or changed:
  - sharedService is "no"; it must be one of true, false.
  - Bo: sharedService is in students.yaml, which the next up applies again.
    Fix: set it there
`,
    });
});
