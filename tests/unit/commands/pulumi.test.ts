import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProjectCopy, copyProject } from "../../support/projectCopy";

let copy: ProjectCopy;

beforeAll(() => {
    copy = copyProject();
    copy.program(
        "pulumi",
        `folder=$(dirname "$0")
[ "$1" = version ] && { echo v3.265.0; exit; }
shift 2
echo "$PULUMI_STACK: $*" >>"$folder/calls"
[ "$*" = "stack ls --json" ] && echo "[]"
exit 0`,
    );
    copy.program("pulumi-language-nodejs", "exit 0");
});

/** What Pulumi was called with, the stack of its environment in front. */
function calls(args: readonly string[], more: NodeJS.ProcessEnv = {}): string[] {
    const file = join(copy.folder, "calls");
    rmSync(file, { force: true });
    const { status, stderr } = copy.run("pulumi", args, { env: more });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return readFileSync(file, "utf8").trim().split("\n");
}

test("config before the first up is that of the stack that up would take", () => {
    expect(calls(["config", "set", "sharedService", "false"])).toEqual([
        "dev: stack ls --json",
        "dev: stack init --no-select dev",
        "dev: config set sharedService false",
    ]);
});

test("what needs a stack that is there gets none made", () => {
    expect(calls(["destroy", "--yes"])).toEqual(["dev: destroy --yes"]);
});

test.each([
    [["config", "--stack", "lab2"]],
    [["config", "--stack=lab2"]],
    [["config", "-s", "lab2"]],
    [["stack", "ls"]],
    [["version", "--help"]],
])("%j goes to Pulumi as it is", (args) => {
    expect(calls(args)).toEqual([`: ${args.join(" ")}`]);
});

test("PULUMI_STACK goes to Pulumi as it is", () => {
    expect(calls(["config"], { PULUMI_STACK: "lab3" })).toEqual(["lab3: config"]);
});

test.each([
    [["config", "set", "sharedService", "false", "--stack", "lab4"], {}],
    [["up", "-s=me/lab4"], {}],
    [["destroy"], { PULUMI_STACK: "lab4" }],
])("%j on a stack of another backend is refused before Pulumi is asked", (args, named) => {
    const folder = join(copy.folder, ".lab", "stacks", "lab4");
    mkdirSync(folder, { recursive: true });
    const backend = { id: "0123456789ab", address: "s3://team" };
    writeFileSync(join(folder, "origin.json"), JSON.stringify({ backend }));
    const file = join(copy.folder, "calls");
    rmSync(file, { force: true });
    const { status, stderr } = copy.run("pulumi", args, { env: named });
    expect(stderr).toContain("stack lab4 is kept in s3://team, but PULUMI_BACKEND_URL names none.");
    expect(status).toBe(2);
    expect(existsSync(file)).toBe(false);
});

test("destroy is refused where an existing cluster may be another one now, as down is", () => {
    const folder = join(copy.folder, ".lab", "stacks", "lab5");
    mkdirSync(folder, { recursive: true });
    const record = JSON.stringify({ token: "t", uid: "u" });
    writeFileSync(join(folder, "cluster1.existing.json"), record);
    const file = join(copy.folder, "calls");
    rmSync(file, { force: true });
    const { status, stderr } = copy.run("pulumi", ["destroy", "--stack", "lab5"]);
    expect(stderr).toContain("cluster1 cannot be cleared: its kubeconfig is lost");
    expect(status).toBe(2);
    expect(existsSync(file)).toBe(false);
});
