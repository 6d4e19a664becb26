import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { declare } from "../../../src/commands/flows";
import { projectRoot } from "../../../src/config/declaration";
import { stackFilePath } from "../../../src/config/stackFile";
import { writeWhole } from "../../../src/machine/files";
import { commandArgs } from "../../../src/machine/interpreter";
import { kubeconfigPath, stackFolder } from "../../../src/machine/names";
import { Flows } from "../../../src/proof/flows/flows";
import { Ended, runHere } from "../../support/commandHere";
import { FakeApiServer, startFakeApiServer } from "../../support/fakeApiServer";
import { address, backendEnd, clientEnd } from "../../support/fakeHubble";
import { requestsIn, scriptOutput } from "../../support/fakeRequests";
import { FlowEnd, flowLine } from "../../support/flowLines";

/** One test starts Node and the Kubernetes client. */
jest.setTimeout(60_000);

const global = { "service.cilium.io/global": "true", "service.cilium.io/shared": "true" };

let stack: string;
let servers: FakeApiServer[];

beforeEach(() => {
    stack = `test-${randomBytes(4).toString("hex")}`;
    servers = [];
});

afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    rmSync(stackFolder(stack), { recursive: true, force: true });
    rmSync(stackFilePath(stack), { force: true });
});

function config(values: string): void {
    mkdirSync(dirname(stackFilePath(stack)), { recursive: true });
    writeFileSync(stackFilePath(stack), `config:\n${values}`);
}

/** Two clusters that both answer; each agent has seen one request of its own x-wing arrive at that end. */
async function start(to: (cluster: string) => FlowEnd, annotations = global): Promise<void> {
    const clusters = ["cluster1", "cluster2"] as const;
    servers = await Promise.all(
        clusters.map((cluster) =>
            startFakeApiServer({
                ...{ replicas: 2, annotations, xWings: ["x-wing-a"] },
                ipOf: (pod) =>
                    pod.startsWith("x-wing")
                        ? address.xWing(cluster)
                        : address.rebelBase(cluster, Number(pod.split("-").at(-1))),
                exec: (command) =>
                    command[0] === "hubble"
                        ? flowLine({
                              at: Date.now(),
                              from: clientEnd(cluster, 40_001),
                              to: to(cluster),
                          })
                        : scriptOutput(
                              requestsIn(command),
                              (index) => clusters[index % clusters.length],
                          ),
            }),
        ),
    );
    clusters.forEach((cluster, index) =>
        writeWhole(kubeconfigPath(stack, cluster), servers[index]!.kubeconfig),
    );
}

function flows(...args: string[]): Promise<Ended> {
    return runHere("flows", declare, ["--stack", stack, ...args]);
}

/** Runs it as `npm run flows` does, with Ctrl-C as soon as it follows. */
async function followed(...args: string[]): Promise<Ended> {
    const child = spawn(process.execPath, [...commandArgs("flows"), "--stack", stack, ...args], {
        cwd: projectRoot,
    });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => {
        said.stdout += chunk.toString();
        if (said.stdout.includes("What comes now")) {
            child.kill("SIGINT");
        }
    });
    child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
    const code = await new Promise((resolve) => child.on("close", resolve));
    return { code: Number(code), ...said };
}

test("without the key nothing is asked, and the command that sets it is told", async () => {
    config("  cilium-global-services:sharedService: true\n");
    const { code, stderr, stdout } = await flows();
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(
        `hubble is false, so that the agents of stack ${stack} record no flows.`,
    );
    expect(stderr).toContain("Fix: pulumi config set hubble true, then npm run up");
});

test("Helm values that switch Hubble off are named where the key is set", async () => {
    config(
        "  cilium-global-services:hubble: true\n  cilium-global-services:ciliumValues: {hubble: {enabled: false}}\n",
    );
    const { code, stderr } = await flows();
    expect(code).toBe(2);
    expect(stderr).toContain("ciliumValues sets hubble.enabled");
    expect(stderr).toContain("pulumi config rm --path ciliumValues.hubble.enabled");
});

test("requests are sent and shown with flows, answers and rule, for people and as JSON", async () => {
    config("  cilium-global-services:hubble: true\n");
    await start((cluster) => backendEnd(cluster, 0));

    const { code, stdout } = await flows("--requests", "4");
    expect(stdout).toContain("cluster1  x-wing-a  cluster1  rebel-base-0  arrived");
    expect(stdout).toMatch(/cluster2 +- +1 arrived +3 without a flow +2 cluster1, 2 cluster2/);
    expect(code).toBe(0);

    const json = await flows("--requests", "4", "--json");
    const { flows: requests, clients } = JSON.parse(json.stdout) as Flows;
    expect(requests.map(({ client }) => client.cluster)).toEqual(["cluster1", "cluster2"]);
    expect(clients.map(({ agrees }) => agrees)).toEqual([true, true]);
});

test("flows that the rule does not have end in 1", async () => {
    config("  cilium-global-services:hubble: true\n");
    await start(() => backendEnd("cluster2", 0), {
        ...global,
        "service.cilium.io/global": "false",
    });
    const { code, stdout } = await flows("--requests", "2");
    expect(stdout).toMatch(/cluster1 .* cluster1 only +DISAGREES/);
    expect(code).toBe(1);
});

test("who follows ends it with Ctrl-C", async () => {
    config("  cilium-global-services:hubble: true\n");
    await start((cluster) => backendEnd(cluster, 0));
    const { code, stdout } = await followed("--no-requests", "--follow");
    expect(stdout).toContain("rebel-base-0  arrived");
    expect(code).toBe(130);
});

test.each([
    [["--last", "many"], '--last is "many"; it must be a whole number from 0 to 5000'],
    [["--requests", "201"], '--requests is "201"; it must be a whole number from 0 to 200'],
    [["--since", "2h"], '--since is "2h"; it must be 1s to 1h, e.g. 30s'],
    [["--json", "--follow"], "--json and --follow do not go together"],
])("%j is wrong usage", async (args, message) => {
    const { code, stderr } = await flows(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
