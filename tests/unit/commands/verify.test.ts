import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import * as yaml from "js-yaml";
import { declare } from "../../../src/commands/verify";
import { projectRoot } from "../../../src/config/declaration";
import { stackFilePath } from "../../../src/config/stackFile";
import { writeWhole } from "../../../src/machine/files";
import { commandArgs } from "../../../src/machine/interpreter";
import { kubeconfigPath, stackFolder } from "../../../src/machine/names";
import { recordPath } from "../../../src/mesh/kind/record";
import { Verification } from "../../../src/proof/verify/result";
import { Ended, runHere } from "../../support/commandHere";
import { FakeApiServer, FakeCluster, startFakeApiServer } from "../../support/fakeApiServer";
import { requestsIn, scriptOutput } from "../../support/fakeRequests";
import { labLoader } from "../../support/labLoader";

/** Some tests start Node and the Kubernetes client. */
jest.setTimeout(60_000);

const shared = { "service.cilium.io/global": "true", "service.cilium.io/shared": "true" };
const notShared = { ...shared, "service.cilium.io/shared": "false" };

let stack: string;
let servers: FakeApiServer[];

/** The engine's command line. */
function dockerIs(script: string): void {
    const path = join(programsFolder, "docker");
    rmSync(path, { force: true });
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

beforeEach(() => {
    dockerIs("echo '{}'");
    stack = `test-${randomBytes(4).toString("hex")}`;
    servers = [];
});

afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    rmSync(stackFolder(stack), { recursive: true, force: true });
});

/** x-wing's output where these clusters answer in turn. */
function answersOf(...clusters: number[]) {
    return (command: readonly string[]) =>
        scriptOutput(requestsIn(command), (index) => `cluster${clusters[index % clusters.length]}`);
}

async function start(one: Partial<FakeCluster>, two: Partial<FakeCluster>): Promise<void> {
    const both = [one, two].map((cluster) => ({
        replicas: 2,
        annotations: shared,
        xWings: ["x-wing-a"],
        exec: answersOf(1, 2),
        ...cluster,
    }));
    servers = await Promise.all(both.map(startFakeApiServer));
    writeWhole(kubeconfigPath(stack, "cluster1"), servers[0]!.kubeconfig);
    writeWhole(kubeconfigPath(stack, "cluster2"), servers[1]!.kubeconfig);
}

function verify(...args: string[]): Promise<Ended> {
    return runHere("verify", declare, ["--stack", stack, ...args]);
}

/** Runs it as `npm run verify` does. */
async function verifyApart(...args: string[]): Promise<Ended> {
    const child = spawn(process.execPath, [...commandArgs("verify"), "--stack", stack, ...args], {
        cwd: projectRoot,
    });
    const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise((resolve) => child.on("close", resolve)),
    ]);
    return { code: Number(code), stdout, stderr };
}

test("clusters that answer as the rule says end in 0, a table and a report", async () => {
    await start({}, {});

    const { code, stdout } = await verifyApart();

    expect(stdout).toContain(
        "cluster1    69 of 138 (50 %, 4.0 ms)  69 of 138 (50 %, 4.0 ms)  -       cluster1 and cluster2  agrees",
    );
    expect(stdout).toContain("Requests and rule agree (after ");
    expect(code).toBe(0);
    expect(readFileSync(join(stackFolder(stack), "report.html"), "utf8")).toContain("agrees");
});

test("the lab's question is answered as JSON", async () => {
    await start({ annotations: notShared }, { exec: answersOf(2) });

    const { code, stdout } = await verify("--json");
    const { clients, differences } = JSON.parse(stdout) as Verification;

    expect(clients.map(({ expected }) => expected.answering)).toEqual([
        ["cluster1", "cluster2"],
        ["cluster2"],
    ]);
    expect(differences).toEqual([
        { cluster: "cluster1", key: "sharedService", config: "true", live: "false" },
    ]);
    expect(code).toBe(0);
});

test("a cluster that answers and must not ends in 1", async () => {
    await start({ annotations: notShared }, {});

    const { code, stdout } = await verify("--within", "0");

    expect(stdout).toContain("DISAGREE");
    expect(stdout).toContain(
        "cluster2 asks: cluster1 keeps its backends to itself: sharedService is false",
    );
    expect(code).toBe(1);
});

test("a change that arrives while it asks is waited for", async () => {
    const late = (command: readonly string[], call: number) =>
        call < 3 ? answersOf(1)(command) : answersOf(1, 2)(command);
    await start({ exec: late }, {});

    const { code, stdout } = await verify();

    expect(stdout).toMatch(/Requests and rule agree \(after [\d.]+ s, 3 rounds of requests\)/);
    expect(code).toBe(0);
});

test("a cluster that cannot be asked is a row with its reason, and ends in 3", async () => {
    await start({}, { xWings: [] });

    const { code, stdout } = await verify("--within", "0");

    expect(stdout).toMatch(/^cluster1 .* agrees$/m);
    expect(stdout).toMatch(/^cluster2 .* not asked$/m);
    expect(stdout).toContain("Not asked:\n  cluster2: no x-wing pod is ready in cluster2\n");
    expect(stdout).toContain("No verdict: cluster2 could not be asked (given up after ");
    expect(code).toBe(3);
    expect(readFileSync(join(stackFolder(stack), "report.html"), "utf8")).toContain("Not asked");
});

test("so is one whose kubeconfig is not there", async () => {
    await start({}, {});
    rmSync(kubeconfigPath(stack, "cluster2"));

    const { code, stdout } = await verify("--within", "0");

    expect(stdout).toMatch(/^cluster1 .* agrees$/m);
    expect(stdout).toMatch(
        /^ {2}cluster2: cluster2 of stack test-\w+ is not there: npm run up has not made it/m,
    );
    expect(code).toBe(3);
});

test("one whose record cannot be read is not said to be not there", async () => {
    await start({}, {});
    rmSync(kubeconfigPath(stack, "cluster2"));
    mkdirSync(recordPath(stack, "cluster2"));

    const { stdout } = await verify("--within", "0");

    expect(stdout).toMatch(
        /^ {2}cluster2: \S+cluster2\.json cannot be read: it is a folder where a file is meant\. Fix: mv \S+ \S+\.old/m,
    );
});

test.each([["--json"], ["--report", "x.html"], ["--within", "5"]])(
    "%s is refused beside --watch, which would not heed it",
    async (...args) => {
        expect(await verify("--watch", ...args)).toEqual({
            code: 2,
            stdout: "",
            stderr: `--watch and ${args[0]} do not go together (help: npm run verify -- --help)\n`,
        });
    },
);

test("where nobody can be asked there is no verdict, and no report", async () => {
    await start({ xWings: [] }, { xWings: [] });

    const { code, stderr } = await verify("--within", "0");

    expect(stderr).toBe(
        `Could not ask: no x-wing pod is ready in cluster1\nIs the lab up? npm run up -- --stack ${stack}\n`,
    );
    expect(code).toBe(3);
    expect(existsSync(join(stackFolder(stack), "report.html"))).toBe(false);
});

test("however long it watches, its connections stay the same few", async () => {
    await start({}, {});
    const rounds = 6;
    // A round asks about fifteen questions of each cluster at the same time: on connections of their own, ninety in all.
    const mostAtOnce = 50;
    const script = join("tests", "support", "watchRounds.ts");
    const child = spawn(
        process.execPath,
        ["--no-warnings", ...labLoader, script, stack, String(rounds)],
        { cwd: projectRoot, stdio: ["pipe", "pipe", "pipe"] },
    );
    try {
        let printed = "";
        child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
        await new Promise((resolve) => child.stderr.on("data", resolve));
        for (const { asked, connections } of servers) {
            const execs = asked.filter((path) => path.endsWith("/exec")).length;
            expect(execs).toBeGreaterThanOrEqual(rounds);
            // Each exec takes one of its own, which ends with it.
            expect(connections().made - execs).toBeLessThan(mostAtOnce);
            expect(connections().open).toBeLessThan(mostAtOnce);
        }
        expect(printed.match(/Requests and rule agree/g)).toHaveLength(rounds);
    } finally {
        child.stdin.end();
        await new Promise((resolve) => child.on("close", resolve));
    }
});

test("with the engine off it says so at once, instead of waiting for clusters that cannot come", async () => {
    await start({}, {});
    await servers.pop()!.close();
    dockerIs(
        "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1",
    );

    const { code, stderr } = await verify("--within", "3600");

    expect(stderr).toBe(
        `Could not ask: docker is installed but its engine is not running; the clusters' nodes are its containers. Fix: sudo systemctl start docker, or start Docker Desktop\nIs the lab up? npm run up -- --stack ${stack}\n`,
    );
    expect(code).toBe(3);
});

test("existing clusters need no engine, and kubeconfigs that are lost come from the user's", async () => {
    await start({}, {});
    dockerIs("exit 1");
    const mine = join(tmpdir(), "config");
    const [one, two] = servers.map(
        ({ kubeconfig }) =>
            (yaml.load(kubeconfig) as { clusters: { cluster: object }[] }).clusters[0]!.cluster,
    );
    const named = (name: string, cluster?: object) => ({ name, cluster });
    writeFileSync(
        mine,
        yaml.dump({
            clusters: [named("a", one), named("b", two)],
            users: [{ name: "me", user: {} }],
            contexts: ["a", "b"].map((name) => ({ name, context: { cluster: name, user: "me" } })),
        }),
    );
    rmSync(stackFolder(stack), { recursive: true });
    writeFileSync(
        stackFilePath(stack),
        yaml.dump({
            config: {
                clusterProvider: "existing",
                kubeconfig: mine,
                kubeconfigContext: "a",
                cluster2KubeconfigContext: "b",
            },
        }),
    );
    try {
        const { code, stdout } = await verify();
        expect(stdout).toContain("Requests and rule agree (after ");
        expect(code).toBe(0);
        expect(readFileSync(kubeconfigPath(stack, "cluster2"), "utf8")).toContain(
            "current-context: cluster2",
        );
    } finally {
        rmSync(stackFilePath(stack));
    }
});

test.each([
    [["--within", "soon"], '--within is "soon"; it must be 0 to 3600 seconds'],
    [["--wihtin", "5"], "unknown option '--wihtin' (Did you mean --within?)"],
    [["--stack", "a/b"], '--stack is "a/b"; it must be 1 to 100 letters, digits, "-", "_" or "."'],
])("the wrong command line %j ends in 2 with one line", async (args, message) => {
    const { code, stdout, stderr } = await verify(...args);

    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(code).toBe(2);
});
