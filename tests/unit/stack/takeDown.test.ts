import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readProject } from "../../../src/config/declaration";
import { stackFilePath } from "../../../src/config/stackFile";
import { stackFolder } from "../../../src/machine/names";
import { teardownProblems } from "../../../src/mesh/existing/ownership";
import { pruneCluster } from "../../../src/mesh/existing/prune";
import { writeExistingRecord } from "../../../src/mesh/existing/record";
import { kindNodes } from "../../../src/mesh/kind/observation";
import { deleteLeftover } from "../../../src/mesh/kind/remove";
import { stateFolder } from "../../../src/stack/environment";
import { LabStack } from "../../../src/stack/home";
import { PulumiCli } from "../../../src/stack/pulumi";
import { takeDown } from "../../../src/stack/takeDown";
import { fakeRunner } from "../../support/fakeRunner";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);
jest.mock("../../../src/mesh/existing/ownership");
jest.mock("../../../src/mesh/existing/prune");
jest.mock("../../../src/mesh/kind/observation");
jest.mock("../../../src/mesh/kind/remove");

const folder = stackFolder("dev");

beforeEach(() => {
    jest.resetAllMocks();
    rmSync(folder, { recursive: true, force: true });
    jest.mocked(teardownProblems).mockResolvedValue([]);
    jest.mocked(kindNodes).mockResolvedValue([]);
    mkdirSync(folder, { recursive: true });
    const record = { token: "t", identity: "i", phase: "creating" };
    writeFileSync(join(folder, "cluster1.json"), JSON.stringify(record));
});

/** Takes a stack down; what was done, in order. */
async function down({ isOwnBackend = true, destroyed = 0, exists = true } = {}) {
    const done: string[] = [];
    const note = (text: string) => Promise.resolve(void done.push(text));
    jest.mocked(pruneCluster).mockImplementation((_, cluster) => note(`prune ${cluster}`));
    jest.mocked(deleteLeftover).mockImplementation((_, cluster) =>
        note(`delete ${cluster}`).then(() => true),
    );
    const stdout = JSON.stringify(exists ? [{ name: "dev" }] : []);
    const fake = fakeRunner({ "pulumi stack ls": { stdout }, "pulumi stack rm": {} });
    const pulumi = {
        isOwnBackend,
        ask: (args: readonly string[]) => fake.run("pulumi", args),
    } as PulumiCli;
    const machine = { run: fake.run, say: () => undefined } as never;
    const destroy = () => note("destroy").then(() => destroyed);
    const end = await takeDown(new LabStack("dev"), pulumi, machine, destroy).then(
        ({ code }) => code,
        (error: Error) => error,
    );
    return { end, done, removed: fake.callsOf("pulumi stack rm").length };
}

const inClusters = () => {
    writeExistingRecord("dev", "cluster1", { token: "a", uid: "1" });
    writeExistingRecord("dev", "cluster2", { token: "b", uid: "2" });
};

test("existing clusters are destroyed by Pulumi before it forgets them, and cleared of what no state knows", async () => {
    inClusters();
    const { end, done, removed } = await down();
    expect(done.slice(0, 3)).toEqual(["destroy", "prune cluster1", "prune cluster2"]);
    expect(done.indexOf("destroy")).toBe(0);
    expect([end, removed, existsSync(folder)]).toEqual([0, 1, false]);
});

test.each(["own", "the user's"])(
    "nothing is destroyed, deleted or forgotten where an existing cluster is another one now (backend: %s)",
    async (backend) => {
        inClusters();
        jest.mocked(teardownProblems).mockResolvedValue([{ message: "cluster1 is another one" }]);
        const { end, done, removed } = await down({ isOwnBackend: backend === "own" });
        expect(String(end)).toContain("cluster1 is another one");
        expect([done, removed, existsSync(join(folder, "cluster1.existing.json"))]).toEqual([
            [],
            0,
            true,
        ]);
    },
);

test("kind's clusters go at once, and Pulumi only forgets them", async () => {
    const { end, done, removed } = await down();
    expect(done).toHaveLength(8);
    expect(done).not.toContain("destroy");
    expect([end, removed, existsSync(folder)]).toEqual([0, 1, false]);
});

test("a cluster that is left is Pulumi's to destroy", async () => {
    jest.mocked(kindNodes).mockResolvedValue(["mesh-dev-cluster2-control-plane"]);
    expect((await down()).done).toContain("destroy");
});

test("a backend of the user's is told by destroy, and where that fails everything stays", async () => {
    const { end, done, removed } = await down({ isOwnBackend: false, destroyed: 255 });
    expect([end, done, removed, existsSync(folder)]).toEqual([255, ["destroy"], 0, true]);
});

test.each([true, false])(
    "the lab's own backend forgets a stack, and another's keeps what it has (own: %s)",
    async (isOwnBackend) => {
        const { name } = readProject();
        const history = join(stateFolder, ".pulumi", "history", name, "dev");
        mkdirSync(history, { recursive: true });
        const salted = "encryptionsalt: v1:abc\nconfig: {}\n";
        mkdirSync(dirname(stackFilePath("dev")), { recursive: true });
        writeFileSync(stackFilePath("dev"), salted);
        expect((await down({ isOwnBackend })).end).toBe(0);
        expect(existsSync(history)).toBe(!isOwnBackend);
        expect(readFileSync(stackFilePath("dev"), "utf8") === salted).toBe(!isOwnBackend);
    },
);

test("a destroy that somebody stops is not done without", async () => {
    inClusters();
    const { end, done, removed } = await down({ destroyed: 130 });
    expect([end, done, removed, existsSync(folder)]).toEqual([130, ["destroy"], 0, true]);
});

test("clusters of a stack that no state knows are cleared all the same", async () => {
    inClusters();
    const { end, done, removed } = await down({ exists: false });
    expect(done).toEqual(expect.arrayContaining(["prune cluster1", "prune cluster2"]));
    expect([end, removed, existsSync(folder)]).toEqual([0, 0, false]);
});
