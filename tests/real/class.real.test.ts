import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
    existsSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    rmSync,
    statSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { studentStack } from "../../src/commands/class/studentStack";
import type { Tile } from "../../src/commands/class/wall/tile";
import { projectRoot, readProject } from "../../src/config/declaration";
import { readStackValues, stackFilePath } from "../../src/config/stackFile";
import { typescriptLoader } from "../../src/machine/interpreter";
import { labFolder, stackFolder } from "../../src/machine/names";
import { Verification } from "../../src/proof/verify/result";
import { stateFolder } from "../../src/stack/environment";
import { originPath } from "../../src/stack/origin";
import { Ended, command, docker, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const whenReal = reason === undefined ? test : test.skip;
if (reason !== undefined) {
    process.stdout.write(`class.real.test.ts is skipped: ${reason}\n`);
}

const mark = randomBytes(2).toString("hex");
const ada = `Ada ${mark}`;
const li = `李 ${mark}`;
const stacks = [studentStack(ada), studentStack(li)] as const;
const folder = mkdtempSync(join(tmpdir(), "class-"));
const file = join(folder, "students.yaml");

/** The class's file; the given config is 李's own. */
function write(config: Record<string, unknown> = {}): void {
    const given = process.env.LAB_TEST_CONFIG;
    const own = given
        ? (yaml.load(readFileSync(given, "utf8")) as { config: Record<string, unknown> }).config
        : {};
    const rebelBaseImage = own[`${readProject().name}:rebelBaseImage`] ?? "";
    writeFileSync(
        file,
        yaml.dump({
            config: { ...own, [`${readProject().name}:rebelBaseImage`]: rebelBaseImage },
            students: [ada, { name: li, config }],
        }),
    );
}

function inClass(name: string, ...args: string[]): Ended {
    const ended = command("class", [name, ...(name === "reap" ? [] : [file]), ...args]);
    process.stdout.write(
        `class ${name} ${args.join(" ")}: ${ended.seconds.toFixed(0)} s, exit code ${ended.code}, ${availableGib()} GiB available\n${ended.output}\n`,
    );
    return ended;
}

function availableGib(): string {
    const [, kib] = /^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8")) ?? [];
    return (Number(kib) / 2 ** 20).toFixed(1);
}

/** The line of the summary, or of the status, about a stack. */
function lineOf({ output }: Ended, stack: string): string {
    return output.split("\n").findLast((line) => line.includes(`  ${stack}  `)) ?? "";
}

function answering(stack: string): string[][] {
    const { stdout } = command("verify", ["--stack", stack, "--json"]);
    return (JSON.parse(stdout) as Verification).clients.map(({ answers }) =>
        answers.filter(({ count }) => count > 0).map(({ cluster }) => cluster),
    );
}

function containers(): string[] {
    const { stdout } = docker("ps", "--all", "--format", "{{.Names}}");
    return stdout
        .split("\n")
        .filter((name) => stacks.some((stack) => name.startsWith(`mesh-${stack}-`)))
        .sort();
}

/** Makes the backend say that a stack's last up ended so many hours ago, and this checkout that it remembers no other. */
function age(stack: string, hours: number): void {
    const path = join(stateFolder, ".pulumi", "stacks", readProject().name, `${stack}.json`);
    const state = JSON.parse(readFileSync(path, "utf8")) as {
        checkpoint: { latest: { manifest: { time: string } } };
    };
    const time = new Date(Date.now() - hours * 3_600_000);
    state.checkpoint.latest.manifest.time = time.toISOString();
    writeFileSync(path, JSON.stringify(state));
    utimesSync(originPath(stack), time, time);
}

/** What the wall shows of both labs once it has asked them. */
function tiles(): Tile[] {
    const script = join("tests", "support", "tellTiles.ts");
    const args = ["--no-warnings", ...typescriptLoader, script, ...stacks];
    const { stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: projectRoot,
        encoding: "utf8",
        timeout: 120_000,
    });
    process.stdout.write(`the wall says: ${stdout}\n${stderr}\n`);
    return JSON.parse(stdout) as Tile[];
}

beforeAll(() => write());

afterAll(() => {
    if (reason === undefined) {
        inClass("down");
        containers().forEach((name) => docker("rm", "--force", "--volumes", name));
        stacks.forEach((stack) => rmSync(stackFilePath(stack), { force: true }));
    }
    rmSync(folder, { recursive: true, force: true });
});

describe("two students at a time", () => {
    whenReal("one whose lab cannot come up does not stop the other", () => {
        write({ rebelBaseImage: "docker.io/lab/nowhere:local" });
        const ended = inClass("up", "--parallel", "2");
        expect(ended.code).toBe(1);
        expect(lineOf(ended, stacks[0])).toMatch(/ {2}ok {2}.*requests and rule agree after/);
        expect(lineOf(ended, stacks[1])).toMatch(/ {2}FAILED {2}.*is stuck: rebel-base.*nowhere/);
        expect(ended.output).not.toMatch(/^\s+at |stdout:|CommandError/m);
        expect(ended.output).toContain("Up and proven: 1 of 2 labs");
    });

    whenReal("the wall says of the one that it agrees, of the other why it is stuck", () => {
        const [well, stuck] = tiles();
        expect(well).toMatchObject({ state: "up", verdict: "agrees" });
        expect(well).not.toHaveProperty("stuck");
        expect(stuck).toMatchObject({
            state: "failed",
            stuck: { why: expect.stringMatching(/is stuck: rebel-base/) as string },
        });
    });

    whenReal("the one whose lab is up has a kubeconfig of both clusters and a sheet", () => {
        const path = join(stackFolder(stacks[0]), "kubeconfig");
        const { contexts } = yaml.load(readFileSync(path, "utf8")) as {
            contexts: { name: string }[];
        };
        expect(contexts.map(({ name }) => name)).toEqual(["cluster1", "cluster2"]);
        expect(statSync(path).mode & 0o777).toBe(0o600);
        expect(readFileSync(join(stackFolder(stacks[0]), "sheet.html"), "utf8")).toContain(
            `npm run up -- --stack ${stacks[0]}`,
        );
    });

    whenReal("a value that is not legal changes nobody's config, a legal one everybody's", () => {
        const wrong = inClass("set", "sharedService=no");
        expect(wrong.code).toBe(2);
        const right = inClass("set", "sharedService=false", "ttlHours=1");
        expect(right.code).toBe(0);
        for (const stack of stacks) {
            expect(readStackValues(stack)).toMatchObject({ sharedService: "false", ttlHours: "1" });
        }
    });

    whenReal("the next up mends the one and changes the other", () => {
        write();
        const ended = inClass("up", "--parallel", "2");
        expect(ended.code).toBe(0);
        for (const stack of stacks) {
            expect(answering(stack)).toEqual([["cluster1", "cluster2"], ["cluster2"]]);
        }
    });

    whenReal(
        "a stack that another shell works on fails with that reason, the others do not",
        () => {
            const other = spawn("sh", ["-c", "read line", "src/commands/up.ts"]);
            const lock = join(stackFolder(stacks[1]), "lock.json");
            const since = new Date().toISOString();
            writeFileSync(lock, JSON.stringify({ command: "up", pid: other.pid, since }));
            const ended = inClass("up");
            other.kill("SIGKILL");
            rmSync(lock, { force: true });
            expect(ended.code).toBe(1);
            expect(lineOf(ended, stacks[0])).toContain("  ok  ");
            expect(lineOf(ended, stacks[1])).toContain(
                `npm run up (process ${other.pid}, since ${new Date(since).toLocaleString()}) is already working on stack`,
            );
        },
    );

    whenReal("verify asks in all labs, status shows them, on a page too", () => {
        expect(inClass("verify").code).toBe(0);
        const page = join(folder, "class.html");
        const ended = inClass("status", "--report", page);
        expect(ended.code).toBe(0);
        for (const stack of stacks) {
            expect(lineOf(ended, stack)).toMatch(/ {2}up {2}.*in \d+ min {2}verify was well/);
        }
        expect(readFileSync(page, "utf8")).toContain("2 of 2 labs up");
    });

    whenReal("only the lab that is past its time is removed, and only when it is said", () => {
        age(stacks[0], 2);
        const list = inClass("reap");
        expect(list.code).toBe(0);
        expect(list.output).toMatch(new RegExp(`^${stacks[0]} .* expired 60 min ago$`, "m"));
        expect(list.output).toMatch(new RegExp(`^${stacks[1]} .* expires in \\d+ min$`, "m"));
        expect(containers()).toHaveLength(4);
        expect(inClass("reap", "--yes").code).toBe(0);
        expect(containers().map((name) => name.includes(stacks[1]))).toEqual([true, true]);
        expect(existsSync(stackFolder(stacks[0]))).toBe(false);
    });

    whenReal("down takes away whatever there is of the class", () => {
        expect(inClass("down").code).toBe(0);
        expect(containers()).toEqual([]);
        const left = readdirSync(labFolder, { recursive: true, encoding: "utf8" });
        expect(left.filter((path) => path.includes(mark))).toEqual([]);
    });
});
