import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../../../src/config/declaration";

const folder = mkdtempSync(join(tmpdir(), "class-command-"));
writeFileSync(join(folder, "students.yaml"), "[Ada, {name: Bo, config: {sharedService: true}}]");
writeFileSync(join(folder, "bad.yaml"), "[Ada, {name: Bo, config: {sharedService: no, a: 1}}]");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

jest.setTimeout(60_000);

function run(...args: string[]) {
    const loader = join(projectRoot, "node_modules/sucrase/register/ts.js");
    const script = join(projectRoot, "src", "commands", "class", "class.ts");
    const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ["--require", loader, script, ...args],
        { cwd: folder, encoding: "utf8" },
    );
    return { code: status, stdout, stderr };
}

test.each([
    [[], "no command is given; it must be one of up, down, status, verify, set, reap (usage: "],
    [
        ["fly"],
        '"fly" is no command; it must be one of up, down, status, verify, set, reap (usage: ',
    ],
    [["down", "--yes"], "down has no option --yes (usage: "],
    [["up", "a.yaml", "b.yaml"], 'up does not take "b.yaml" (usage: '],
    [["reap", "students.yaml"], 'reap does not take "students.yaml" (usage: '],
    [
        ["up", "--parallel", "0"],
        '--parallel is "0"; it must be a whole number from 1 to 999 (usage: ',
    ],
    [["status", "none.yaml"], 'there is no file "none.yaml" with the students (usage: '],
    [["set"], "set needs at least one key=value (usage: "],
])("%j ends with code 2 and one line that says what is wrong", (args, message) => {
    const { code, stdout, stderr } = run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr.startsWith(message)).toBe(true);
});

test("a file with values that are not legal is refused with all of them, before anything is done", () => {
    expect(run("up", "bad.yaml")).toEqual({
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

test("a value that is not legal, or that the file gives to a student, is set for nobody", () => {
    expect(run("set", "sharedService=no")).toEqual({
        code: 2,
        stdout: "",
        stderr: `2 problems; nothing was created or changed:
  - sharedService is "no"; it must be one of true, false.
  - Bo: sharedService is in students.yaml, which the next up applies again.
    Fix: set it there
`,
    });
});
