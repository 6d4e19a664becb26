import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keepOutcome } from "../../../../../src/commands/class/files";
import { LabFacts } from "../../../../../src/commands/class/wall/facts";
import { readingFacts } from "../../../../../src/commands/class/wall/records";
import { projectRoot } from "../../../../../src/config/declaration";
import { stackFilePath } from "../../../../../src/config/stackFile";
import { tourSteps } from "../../../../../src/lab/tourSteps";
import { kindClusterName, nodeName, stackFolder } from "../../../../../src/machine/names";
import { recordNews, recordStep, startTimeline } from "../../../../../src/machine/timeline";
import { recordPath, writeRecord } from "../../../../../src/mesh/kind/record";
import { lockStack } from "../../../../../src/stack/lock";
import { Answer, fakeRunner } from "../../../../support/fakeRunner";

jest.mock("../../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../../support/temporaryProject"),
);

const stack = "class-ada";
const student = { name: "Ada", stack, config: {} };
const node = (cluster: string) => nodeName(kindClusterName(stack, cluster));

beforeAll(() => {
    copyFileSync("Pulumi.yaml", join(projectRoot, "Pulumi.yaml"));
    cpSync("stacks", join(projectRoot, "stacks"), { recursive: true });
});

beforeEach(() => {
    rmSync(join(projectRoot, ".lab"), { recursive: true, force: true });
    rmSync(stackFilePath(stack), { force: true });
});

afterEach(() => {
    delete process.env.LAB_TIMELINE;
});

/** What is known of the lab, with an engine that lists these nodes. */
async function facts(
    nodes: Readonly<Record<string, string>> | Answer = {},
    calls: unknown[] = [],
): Promise<LabFacts> {
    const isAnswer = "code" in nodes || "stderr" in nodes;
    const rows = Object.entries(nodes).map(([name, status]) => `${name}\t${status}\n`);
    const fake = fakeRunner({
        "docker ps": isAnswer ? nodes : { stdout: rows.join("") },
    });
    const found = await readingFacts([student, { ...student, stack: "class-bo" }], fake.run)();
    calls.push(...fake.calls);
    return found.get(stack)!;
}

function own(...lines: string[]): void {
    const text = lines.map((line) => `  cilium-global-services:${line}\n`).join("");
    writeFileSync(stackFilePath(stack), `config:\n${text}`);
}

function recorded(...clusters: string[]): void {
    clusters.forEach((cluster) =>
        writeRecord(recordPath(stack, cluster), { token: "t", identity: "i", phase: "ready" }),
    );
}

test("of a lab that was never there nothing is known, and the engine is asked once for all", async () => {
    const calls: unknown[] = [];
    expect(await facts({}, calls)).toEqual({
        clusters: [
            { cluster: "cluster1", state: "missing", isMeantAway: false },
            { cluster: "cluster2", state: "missing", isMeantAway: false },
        ],
        worker: undefined,
        makesClusters: false,
        news: undefined,
        outcome: undefined,
        wasMade: false,
        trouble: undefined,
        learned: { exercise: "baseline", guesses: 0, right: 0, steps: 0 },
        arrivesWithinMs: 0,
    });
    expect(calls).toHaveLength(1);
});

test("nodes are what the engine says, and somebody else's without a record of them", async () => {
    own("sharedService: false", "clusters: 3");
    recorded("cluster1", "cluster3");
    const nodes = {
        [node("cluster1")]: "Up 2 minutes",
        [node("cluster2")]: "Up 2 minutes",
        [node("cluster3")]: "Exited (0) 2 minutes ago",
        "mesh-other-cluster1-control-plane": "Up 2 minutes",
    };
    const { clusters, wasMade, learned } = await facts(nodes);
    expect(clusters.map(({ state }) => state)).toEqual(["running", "foreign", "stopped"]);
    expect([wasMade, learned.exercise]).toEqual([true, "exercise not-shared"]);
});

test("a node that is paused as the config says is meant to be away, and its change may take long", async () => {
    own("outage: cluster2", "clusterMeshCacheTtl: 30s");
    recorded("cluster1", "cluster2");
    const { clusters, arrivesWithinMs } = await facts({
        [node("cluster1")]: "Up 2 minutes",
        [node("cluster2")]: "Up 2 minutes (Paused)",
    });
    expect(clusters[1]).toEqual({ cluster: "cluster2", state: "stopped", isMeantAway: true });
    expect(arrivesWithinMs).toBeGreaterThan(100_000);
});

test("who works on it is told, what its run says in the lab's words, and whether it makes clusters", async () => {
    const letGo = await lockStack(stack, "class -- up");
    startTimeline(stack);
    recordNews(`${kindClusterName(stack, "cluster1")}: creating the kind cluster\u001b[2J`);
    const before = await facts();
    expect(before).toMatchObject({
        worker: { what: "npm run class -- up" },
        makesClusters: false,
        news: { text: "cluster1: creating the kind cluster", isFailure: false },
    });
    expect(Date.now() - before.worker!.since!).toBeLessThan(60_000);
    const end = Date.now() + 1;
    recordStep({ name: "kind", cluster: "cluster1", start: end, end });
    expect((await facts()).makesClusters).toBe(true);
    letGo();
    expect(await facts()).toMatchObject({ worker: undefined, makesClusters: false });
});

test("what the class's last command came to is known, and nothing of it is raw", async () => {
    recorded("cluster1");
    keepOutcome(stack, {
        work: "up",
        ok: false,
        reason: "first\nsecond\u001b[2J",
        seconds: 1,
        at: "2026-03-01T12:00:00Z",
    });
    expect((await facts()).outcome).toMatchObject({ ok: false, reason: "first second" });
});

test("guesses and steps are the board's, or the terminal tour's where it is further", async () => {
    mkdirSync(stackFolder(stack), { recursive: true });
    const keep = (file: string, content: object) =>
        writeFileSync(join(stackFolder(stack), file), JSON.stringify(content));
    const [, step] = tourSteps;
    own(...Object.entries(step!.settings).map(([key, value]) => `${key}: "${value}"`));
    keep("board.json", { guesses: 4, right: 3, steps: { a: "right" }, original: {} });
    expect((await facts()).learned).toEqual({
        exercise: `tour: ${step!.title}`,
        guesses: 4,
        right: 3,
        steps: 1,
    });
    keep("tour.json", { done: [{}, {}] });
    expect((await facts()).learned.steps).toBe(2);
});

test("an engine that does not answer leaves the clusters unknown, and is the reason", async () => {
    expect(await facts({ code: 1, stderr: "Cannot connect to the Docker daemon" })).toMatchObject({
        clusters: [{ state: "unknown" }, { state: "unknown" }],
        trouble: "docker cannot list its containers: Cannot connect to the Docker daemon",
    });
});

test.each([
    ["a config that is no YAML", () => writeFileSync(stackFilePath(stack), "config: [\n"), /YAML/],
    ["a value that is not legal", () => own("sharedService: soon"), /sharedService is "soon"/],
    [
        "a damaged record",
        () => {
            recorded("cluster1");
            writeFileSync(recordPath(stack, "cluster1"), "{");
        },
        /cluster1\.json is damaged/,
    ],
])("%s is the lab's trouble and stops nobody else", async (_, damage, reason) => {
    damage();
    const found = await facts({ [node("cluster1")]: "Up 2 minutes" });
    expect(found.trouble).toMatch(reason);
    expect(found.trouble).not.toContain("\n");
});
