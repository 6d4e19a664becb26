import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as yaml from "js-yaml";
import { LabCommand } from "../../../src/commands/command";
import { declare } from "../../../src/commands/ephemeral/ephemeral";
import { handOver } from "../../../src/commands/ephemeral/github";
import { projectRoot, readProject } from "../../../src/config/declaration";
import { exercises } from "../../../src/lab/exercise";
import { nodeImages } from "../../../src/mesh/kind/nodeImage";
import { committedFiles, readText } from "../../support/committed";

interface Input {
    readonly description?: string;
    readonly default?: string;
}

interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, string>>;
}

interface Action {
    readonly inputs: Readonly<Record<string, Input>>;
    readonly outputs?: Readonly<Record<string, Input>>;
    readonly runs: { readonly main?: string; readonly post?: string; readonly steps?: Step[] };
}

interface Job {
    readonly uses?: string;
    readonly steps?: readonly Step[];
    readonly with?: Readonly<Record<string, string>>;
    readonly strategy?: { readonly matrix: Readonly<Record<string, unknown[]>> };
}

interface Workflow {
    readonly on: { readonly workflow_call: { readonly inputs: Readonly<Record<string, Input>> } };
    readonly jobs: Readonly<Record<string, Job>>;
}

const read = <T>(...path: string[]) => yaml.load(readText(...path)) as T;
const action = read<Action>("action.yml");
const proof = read<Action>(".github", "actions", "proof", "action.yml");
const reusable = read<Workflow>(".github", "workflows", "lab.yaml");
const ci = read<Workflow>(".github", "workflows", "ci.yaml");

/** The steps of a job that use something of this repository. */
function stepUsing(path: string): Step {
    return reusable.jobs.lab!.steps!.find(({ uses }) => uses === path)!;
}

/** What the action calls `npm run ephemeral` with. */
function argumentsFor(inputs: Readonly<Record<string, string>>): string[] {
    const env = {
        PATH: process.env.PATH,
        RUNNER_TEMP: "/tmp/runner",
        GITHUB_ACTION: "lab",
        ...Object.fromEntries(
            Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
        ),
    };
    const script = `import { upArguments } from "./.github/actions/lab/inputs.mjs";
        console.log(JSON.stringify(upArguments(process.env)))`;
    const { stdout, stderr } = spawnSync(
        process.execPath,
        ["--input-type=module", "--eval", script],
        { cwd: projectRoot, env, encoding: "utf8" },
    );
    expect(stderr).toBe("");
    return JSON.parse(stdout) as string[];
}

test("CI runs every suite for real clusters, each with its own time limit", () => {
    const suites = committedFiles("tests/real")
        .filter((path) => path.endsWith(".real.test.ts"))
        .map((path) => basename(path, ".real.test.ts"));
    const matrix = ci.jobs.real!.strategy!.matrix.include as { suite: string; minutes: number }[];
    expect(matrix.map(({ suite }) => suite).sort()).toEqual(suites.sort());
    expect(matrix.filter(({ minutes }) => !(minutes >= 10 && minutes <= 90))).toEqual([]);
});

test("CI brings up labs of three Cilium minors, the default version and the default node image among them", () => {
    const { declarations } = readProject();
    const matrix = ci.jobs.lab!.strategy!.matrix;
    const pairs = matrix.include as { cilium: string; kubernetes: string; digest: string }[];
    const versions = [...new Set(pairs.map(({ cilium }) => cilium))];
    const minors = versions.map((version) => Number(/^1\.(\d+)\.\d+$/.exec(version)![1]));
    expect(versions).toContain(declarations.ciliumVersion!.default);
    expect(minors).toEqual([0, 1, 2].map((ahead) => minors[0]! + ahead));
    const images = pairs.map(({ kubernetes, digest }) => `kindest/node:${kubernetes}@${digest}`);
    expect(images).toEqual(expect.arrayContaining(Object.values(nodeImages)));
    images.forEach((image) =>
        expect(image).toMatch(/^kindest\/node:v1\.\d+\.\d+@sha256:[0-9a-f]{64}$/),
    );
});

test("CI gives the reusable workflow only what it takes", () => {
    const known = Object.keys(reusable.on.workflow_call.inputs);
    expect(known).toEqual(expect.arrayContaining(Object.keys(ci.jobs.lab!.with!)));
});

test("the reusable workflow hands every input of the action on", () => {
    const given = stepUsing("./.cilium-global-services").with!;
    const names = Object.keys(action.inputs).filter((name) => name !== "output");
    expect(given).toEqual(
        Object.fromEntries(names.map((name) => [name, `\${{ inputs.${name} }}`])),
    );
    expect(Object.keys(reusable.on.workflow_call.inputs)).toEqual(expect.arrayContaining(names));
    const toProof = stepUsing("./.cilium-global-services/.github/actions/proof").with!;
    expect(Object.keys(toProof).sort()).toEqual(Object.keys(proof.inputs).sort());
});

test("the action names every exercise", () => {
    expect(action.inputs.exercise!.description).toBe(
        `An exercise of the lab: ${exercises.join(", ")}`,
    );
});

test("every input of the action reaches the command, which knows all of its options", () => {
    const args = argumentsFor({
        stack: "ci-1",
        exercise: "failover",
        config: "\n  xWingReplicas=1\n# a comment\nrebelBaseImage=a=b\n",
        "cilium-version": "1.20.0",
        "node-image": "kindest/node@sha256:0",
        output: "/reports",
    });
    expect(args).toEqual([
        "--stage=up",
        "--output=/reports",
        "--stack=ci-1",
        "--exercise=failover",
        "--set=xWingReplicas=1",
        "--set=rebelBaseImage=a=b",
        "--set=ciliumVersion=1.20.0",
        "--set=nodeImage=kindest/node@sha256:0",
    ]);
    const options = declare(new LabCommand("ephemeral")).options.map(({ long }) => long);
    args.forEach((arg) => expect(options).toContain(arg.split("=")[0]));
    expect(Object.keys(readProject().declarations)).toEqual(
        expect.arrayContaining(["ciliumVersion", "nodeImage"]),
    );
});

test("inputs that are not given leave the defaults alone", () => {
    expect(argumentsFor({ stack: "", config: "\n" })).toEqual([
        "--stage=up",
        "--output=/tmp/runner/cilium-lab-lab",
    ]);
});

test("the action's files are there, and its last step takes down what its first one brought up", () => {
    const { main, post } = action.runs;
    [main, post].forEach((path) => expect(existsSync(join(projectRoot, path!))).toBe(true));
    expect(readText(post!)).toContain("process.env.STATE_stack");
});

test("later steps of a GitHub job get kubeconfigs and folders, the last one the stack; elsewhere nothing is written", () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-github-"));
    const env = Object.fromEntries(
        ["ENV", "OUTPUT", "STATE"].map((name) => [`GITHUB_${name}`, join(folder, name)]),
    );
    const lab = { stack: "ci-1", kubeconfig: "/a:/b", output: "/reports", project: "/project" };
    handOver(lab, env);
    handOver(lab, {});
    const text = (name: string) => readFileSync(join(folder, name), "utf8");
    expect(text("ENV")).toBe(
        "KUBECONFIG=/a:/b\nLAB_STACK=ci-1\nLAB_OUTPUT=/reports\nLAB_PROJECT=/project\n",
    );
    expect(text("OUTPUT")).toBe("stack=ci-1\nkubeconfig=/a:/b\noutput=/reports\n");
    expect(Object.keys(action.outputs!)).toEqual(["stack", "kubeconfig", "output"]);
    expect(text("STATE")).toBe("stack=ci-1\n");
    rmSync(folder, { recursive: true });
});

test("actions of others are pinned by commit, with the version beside it", () => {
    const files = [
        join(".github", "workflows", "ci.yaml"),
        join(".github", "workflows", "lab.yaml"),
        join(".github", "actions", "proof", "action.yml"),
    ];
    const uses = files.flatMap((path) => readText(path).match(/uses: .*/g) ?? []);
    const foreign = uses.filter((line) => !line.startsWith("uses: ./"));
    expect(foreign.length).toBeGreaterThan(5);
    foreign.forEach((line) =>
        expect(line).toMatch(/^uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/),
    );
});

test("no shell stays between npm and the command: it would end at a SIGTERM and hand on nothing", () => {
    const { scripts } = JSON.parse(readText("package.json")) as {
        readonly scripts: Readonly<Record<string, string>>;
    };
    expect(scripts.ephemeral).toMatch(/^exec node /);
});

test("a clean check of a checkout runs one suite for real clusters", () => {
    expect(readText(".ci", "run")).toContain("LAB_REAL_SUITES=${LAB_REAL_SUITES:-lab}");
});

test("the dev container has what the lab needs", () => {
    const container = JSON.parse(readText(".devcontainer", "devcontainer.json")) as {
        readonly image: string;
        readonly features: object;
        readonly postCreateCommand: string;
    };
    expect(container.image).toContain(":24");
    expect(Object.keys(container.features).join()).toContain("docker-in-docker");
    expect(container.postCreateCommand).toBe("npm ci");
});
