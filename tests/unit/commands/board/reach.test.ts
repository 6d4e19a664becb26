import { copyFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { reaching } from "../../../../src/commands/board/reach";
import { projectRoot } from "../../../../src/config/declaration";
import { writeWhole } from "../../../../src/machine/files";
import { kubeconfigPath } from "../../../../src/machine/names";
import { stateFolder } from "../../../../src/stack/environment";
import { kubeconfigFor } from "../../../support/fakeApiServer";
import { Answer, fakeRunner } from "../../../support/fakeRunner";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

beforeEach(() =>
    copyFileSync(join(__dirname, "../../../../Pulumi.yaml"), join(projectRoot, "Pulumi.yaml")),
);

test("a cluster is connected to once, again where its kubeconfig changes, and not without one", () => {
    const path = kubeconfigPath("dev", "cluster1");
    writeWhole(path, kubeconfigFor("https://127.0.0.1:1"));
    const read = reaching("dev");
    const api = () => read().reaches.map((reach) => reach.api);
    const [first, none] = api();
    expect(first).toBeDefined();
    expect(none).toBeUndefined();
    expect(api()[0]).toBe(first);
    writeWhole(path, kubeconfigFor("https://127.0.0.1:2"));
    expect(api()[0]).not.toBe(first);
    rmSync(path);
    expect(api()).toEqual([undefined, undefined]);
});

test.each<[string, Answer, string]>([
    ["as the engine says it", { stdout: "paused\n" }, "paused"],
    ["gone where there is none", { code: 1, stderr: "Error: No such container: x" }, "gone"],
])("the state of a node is %s", async (_, answer, state) => {
    const { run } = fakeRunner({ "docker container inspect": answer });
    const [reach] = reaching("dev", run)().reaches;
    expect(await reach!.node!()).toBe(state);
});

test("the state of a node is not known while the engine cannot be asked", async () => {
    const { run } = fakeRunner({ "docker container inspect": { code: 1, stderr: "no daemon" } });
    const [reach] = reaching("dev", run)().reaches;
    await expect(reach!.node!()).rejects.toThrow("no daemon");
});

test("Pulumi is at work while its own lock, of any terminal, says so", () => {
    const path = join(
        ...[stateFolder, ".pulumi", "locks", "organization", "cilium-global-services"],
        ...["dev", "a.json"],
    );
    const isAtWork = () => reaching("dev")().isPulumiAtWork;
    expect(isAtWork()).toBe(false);
    writeWhole(path, JSON.stringify({ pid: process.pid, hostname: "elsewhere" }));
    expect(isAtWork()).toBe(true);
    writeWhole(path, JSON.stringify({ pid: 2 ** 22 + 1, hostname: hostname() }));
    expect(isAtWork()).toBe(false);
    rmSync(dirname(path), { recursive: true });
});
