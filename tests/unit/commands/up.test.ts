import { ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProjectCopy, copyProject, fakeMachine, fakePulumi } from "../../support/projectCopy";

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
});

const at = (...path: string[]) => join(copy.folder, ...path);
const lock = () => at(".lab", "stacks", "dev", "lock.json");

function up(...args: string[]) {
    const { status, stderr } = copy.run("up", args);
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
            /^npm run tour \(process \d+\) is already working on stack dev;/,
        ) as string,
        isAsked: false,
    });
});

test("nor does a tour look at one", () => {
    brokenConfig();
    mkdirSync(lock());
    const holder = { what: "npm run up", pid: other.pid, token: "a" };
    writeFileSync(join(lock(), "holder.json"), JSON.stringify(holder));
    const { status, stderr } = copy.run("tour", ["--yes"]);
    expect(stderr).toMatch(/^npm run up \(process \d+\) is already working on stack dev;/);
    expect([status, existsSync(at("asked"))]).toEqual([1, false]);
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

test("a config that is wrong leaves neither a lock nor a folder of the stack behind", () => {
    brokenConfig();
    rmSync(at(".lab", "stacks", "dev"), { recursive: true });
    const { status, stderr, isAsked } = up();
    expect(stderr).toContain("is not valid YAML");
    expect([status, isAsked, existsSync(at(".lab", "stacks", "dev"))]).toEqual([2, false, false]);
});

test("what a stack's folder has stays in it when it is refused", () => {
    brokenConfig();
    writeFileSync(at(".lab", "stacks", "dev", "tour.json"), "{}");
    expect(up().status).toBe(2);
    expect(readdirSync(at(".lab", "stacks", "dev"))).toEqual(["tour.json"]);
});

test("an up that is refused for want of an engine is no run: the last one's timeline stays", () => {
    copy.program("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
    const kept = '{"name":"command","start":1,"end":2}\n';
    const timeline = at(".lab", "stacks", "dev", "timeline.jsonl");
    writeFileSync(timeline, kept);
    const { status, stderr } = up();
    expect(stderr).toContain("its engine is not running");
    expect([status, readFileSync(timeline, "utf8")]).toEqual([2, kept]);
});

describe("an update that fails", () => {
    function failing(pulumiUp: string): string[] {
        fakeMachine(copy);
        fakePulumi(copy, `up*) ${pulumiUp} ;;`);
        expect(up().status).toBe(1);
        const lines = readFileSync(at(".lab", "stacks", "dev", "timeline.jsonl"), "utf8");
        return lines.split("\n").filter((line) => line.includes('"isFailure":true'));
    }

    test("is kept as such for whoever looks from elsewhere", () => {
        expect(failing("exit 255")).toEqual([
            expect.stringContaining('"npm run up failed; its terminal says why"'),
        ]);
    });

    test("is kept with the reason that a program of the run has told, and with no other", () => {
        const told = '{"text":"cluster1 is stuck","at":1,"isFailure":true}';
        expect(failing(`echo '${told}' >> "$LAB_TIMELINE"; exit 255`)).toEqual([told]);
    });

    test("by an interruption is kept as one", () => {
        expect(failing("kill -INT $$")).toEqual([expect.stringContaining("was interrupted")]);
    });
});
