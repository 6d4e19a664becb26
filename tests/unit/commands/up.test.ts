import { ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProjectCopy, copyProject } from "../../support/projectCopy";

let copy: ProjectCopy;
let other: ChildProcess;

beforeEach(() => {
    copy = copyProject();
    mkdirSync(join(copy.folder, "stacks"));
    mkdirSync(at(".lab", "stacks", "dev"), { recursive: true });
    ["docker", "kind", "pulumi"].forEach((name) => copy.program(name, `echo ${name} >>asked`));
    other = spawn("sh", ["-c", "read line"]);
});
afterEach(() => {
    other.kill("SIGKILL");
    rmSync(copy.folder, { recursive: true, force: true });
});

const at = (...path: string[]) => join(copy.folder, ...path);
const lock = () => at(".lab", "stacks", "dev", "lock.json");

function up(...args: string[]) {
    const [program, line, options] = copy.start("up", args);
    const env = { ...options.env, PULUMI_STACK: "", PULUMI_HOME: at("home") };
    const { status, stderr } = spawnSync(program, line, { ...options, env, encoding: "utf8" });
    return { status, stderr, isAsked: existsSync(at("asked")) };
}

const brokenConfig = () => writeFileSync(at("stacks", "Pulumi.dev.yaml"), "config: [\n");

test("nothing of a stack is looked at while another command works on it", () => {
    brokenConfig();
    mkdirSync(lock());
    const holder = { what: "npm run tour", pid: other.pid, token: "a" };
    writeFileSync(join(lock(), "holder.json"), JSON.stringify(holder));
    expect(up("--bundle", "nowhere", "--exercise", "nothing")).toEqual({
        status: 1,
        stderr: expect.stringMatching(
            /^npm run tour \(process \d+\) works on stack dev already;/,
        ) as string,
        isAsked: false,
    });
});

test("a stack of another backend is refused before its bundle or config is read, and anything is made", () => {
    brokenConfig();
    const backend = { id: "0123456789ab", address: "s3://team" };
    writeFileSync(at(".lab", "stacks", "dev", "origin.json"), JSON.stringify({ backend }));
    expect(up("--bundle", "nowhere")).toEqual({
        status: 2,
        stderr: expect.stringContaining("stack dev is kept in s3://team, but") as string,
        isAsked: false,
    });
    expect(existsSync(lock())).toBe(false);
});

test("a config that is wrong leaves no lock behind", () => {
    brokenConfig();
    const { status, stderr, isAsked } = up();
    expect(stderr).toContain("is not valid YAML");
    expect([status, isAsked, existsSync(lock())]).toEqual([2, false, false]);
});
