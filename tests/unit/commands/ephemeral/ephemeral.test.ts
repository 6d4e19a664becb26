import { ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
    ProjectCopy,
    copyProject,
    fakeKind,
    fakeMachine,
    fakePulumi,
} from "../../../support/projectCopy";

let copy: ProjectCopy;
let other: ChildProcess;

beforeEach(() => {
    copy = copyProject();
    mkdirSync(join(copy.folder, "stacks"));
    copy.program("docker", "exit 1");
    other = spawn("sh", ["-c", "read line"]);
});
afterEach(() => {
    other.kill("SIGKILL");
});

/** Runs `ephemeral` on stack x beside a Pulumi that does this when it is asked for its stacks. */
function ephemeral(list: string, ...args: string[]) {
    fakePulumi(
        copy,
        `"stack ls"*) ${list} ;;
            *) echo "$*" >>done ;;`,
    );
    const { status, stdout, stderr } = copy.run("ephemeral", ["--stack", "x", ...args]);
    return { status, output: stdout + stderr };
}

const at = (...path: string[]) => join(copy.folder, ...path);
const mark = () => at(".lab", "ephemeral", "x.json");
const lock = () => at(".lab", "stacks", "x", "lock.json");

/** The lock of an `up` of the user's own. */
function usersUp(): void {
    mkdirSync(lock(), { recursive: true });
    const holder = { what: "npm run up", pid: other.pid, token: "a" };
    writeFileSync(join(lock(), "holder.json"), JSON.stringify(holder));
}

test("a stack that a command of the user's works on is neither claimed nor taken away", () => {
    usersUp();
    const { status, output } = ephemeral("echo '[]'");
    expect(output).toContain(`npm run up (process ${other.pid}) is already working on stack x`);
    expect(status).toBe(1);
    expect(existsSync(mark())).toBe(false);
    expect(other.exitCode ?? other.signalCode).toBeNull();
});

test("a command of the user's on an ephemeral lab is not ended by its end", () => {
    mkdirSync(at(".lab", "ephemeral"), { recursive: true });
    writeFileSync(mark(), JSON.stringify({ output: "/reports" }));
    usersUp();
    const { status, output } = ephemeral("echo '[]'", "--stage", "down");
    expect(output).toContain("was not started by npm run ephemeral, so it continues");
    expect(status).toBe(1);
    expect(existsSync(mark())).toBe(true);
    expect(other.exitCode ?? other.signalCode).toBeNull();
});

test("it is looked at under the lock whether the stack is new", () => {
    const look = `cat .lab/stacks/x/lock.json/holder.json >seen; echo '[{"name":"x"}]'`;
    const { status, output } = ephemeral(look);
    expect(output).toContain("stack x exists; an ephemeral lab needs a name of its own");
    expect(status).toBe(2);
    expect(readFileSync(at("seen"), "utf8")).toContain("npm run ephemeral");
    expect([existsSync(mark()), existsSync(lock())]).toEqual([false, false]);
});

test("after a signal that comes before the lab is begun, nothing of it is", () => {
    const { status, output } = ephemeral("kill -s INT $PPID; sleep 0.3; echo '[]'");
    expect(output).toContain("SIGINT: nothing more is started");
    expect(status).toBe(130);
    expect([existsSync(mark()), existsSync(at("done")), existsSync(lock())]).toEqual([
        false,
        false,
        false,
    ]);
});

test.each([
    [["--set", "hubble=yes"], 'hubble is "yes"; it must be one of true, false.'],
    [["--set", "hubbel=true"], "hubbel is not a config key of this project; did you mean hubble?"],
    [["--exercise", "failovr"], '--exercise is "failovr"; it must be one of baseline, failover,'],
    [[], "docker info fails: it says nothing"],
])(
    "%j: what is wrong is said once, before anything is begun, and nothing is left",
    (args, text) => {
        const { status, output } = ephemeral("echo '[]'", ...args, "--", "touch", at("begun"));
        expect(output).toContain("1 problem; nothing was created or changed:\n");
        expect(output.split(text)).toHaveLength(2);
        expect(status).toBe(2);
        expect([mark(), at("begun"), at("stacks", "Pulumi.x.yaml")].filter(existsSync)).toEqual([]);
    },
);

describe("a lab that does not come up", () => {
    const failing = `echo '[]' ;;
            up*) exit 255`;
    const github = () => at("github");

    beforeEach(() => {
        fakeMachine(copy);
        process.env.GITHUB_ENV = github();
    });
    afterEach(() => delete process.env.GITHUB_ENV);

    test("in a step of its own stays, and is told to the later steps", () => {
        const { status, output } = ephemeral(failing, "--stage", "up");
        expect(output).toContain(
            "Ephemeral lab x; if this is killed: npm run ephemeral -- --stage down --stack x\n",
        );
        expect(status).toBe(1);
        expect(readFileSync(github(), "utf8")).toContain("LAB_STACK=x\n");
        expect(existsSync(mark())).toBe(true);
    });

    test("leaves its logs, and is taken away", () => {
        const { status, output } = ephemeral(failing, "--output", at("out"));
        expect(status).toBe(1);
        expect(output).toContain(`Logs: ${at("out", "logs")}\n`);
        expect(output).toContain("Stack x is down");
        expect([existsSync(mark()), existsSync(github())]).toEqual([false, false]);
    });
});

describe("the proof of a lab", () => {
    beforeEach(() => {
        copy.program("docker", 'echo "no such container" >&2; exit 1');
        mkdirSync(at(".lab", "ephemeral"), { recursive: true });
        writeFileSync(mark(), JSON.stringify({ output: at("out") }));
        mkdirSync(at(".lab", "stacks", "x"), { recursive: true });
    });

    test("that fails leaves logs, the report of the up, and the lab", () => {
        writeFileSync(at(".lab", "stacks", "x", "report.html"), "of the up");
        writeFileSync(at(".lab", "stacks", "x", "cluster1.kind.log"), "no room");
        expect(ephemeral("echo '[]'", "--stage", "proof").status).toBe(3);
        expect(readFileSync(at("out", "report.html"), "utf8")).toBe("of the up");
        expect(readFileSync(at("out", "logs", "cluster1", "kind.log"), "utf8")).toBe("no room");
        expect(existsSync(mark())).toBe(true);
    });

    test("keeps its own report where it has one", () => {
        mkdirSync(at("out"));
        writeFileSync(at("out", "report.html"), "of the proof");
        writeFileSync(at(".lab", "stacks", "x", "report.html"), "of the up");
        ephemeral("echo '[]'", "--stage", "proof");
        expect(readFileSync(at("out", "report.html"), "utf8")).toBe("of the proof");
    });
});

describe("the end of a lab", () => {
    beforeEach(() => {
        mkdirSync(at(".lab", "ephemeral"), { recursive: true });
        writeFileSync(mark(), JSON.stringify({ output: "/reports" }));
        copy.program("docker", 'case "$*" in ps*) ;; *) echo "{}" ;; esac');
        fakeKind(copy);
    });

    /** Takes the lab away beside a Pulumi that forgets its stack from this attempt on. */
    function end(attempt: number) {
        writeFileSync(
            at("forget"),
            `echo forget >>done; [ $(wc -l <done) -ge ${attempt} ] || { echo "error: locked" >&2; exit 1; }`,
        );
        const { status, output } = ephemeral(
            `echo '[{"name":"x"}]' ;;
            "stack rm"*) . ./forget`,
            ...["--stage", "down"],
        );
        return {
            status,
            output,
            attempts: readFileSync(at("done"), "utf8").split("\n").length - 1,
        };
    }

    test("is tried once more where it fails, and then the lab is forgotten", () => {
        expect(end(2)).toMatchObject({ status: 0, attempts: 2 });
        expect(existsSync(mark())).toBe(false);
    });

    test("is not tried again where it succeeds", () => {
        expect(end(1)).toMatchObject({ status: 0, attempts: 1 });
        expect(existsSync(mark())).toBe(false);
    });

    test("that fails twice is its exit code, and the lab is remembered", () => {
        expect(end(3)).toMatchObject({ status: 1, attempts: 2 });
        expect(existsSync(mark())).toBe(true);
    });
});
