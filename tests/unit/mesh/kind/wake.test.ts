import { existsSync, readFileSync } from "node:fs";
import { writeWhole } from "../../../../src/machine/files";
import { kindClusterName, kubeconfigPath } from "../../../../src/machine/names";
import { poll } from "../../../../src/machine/poll";
import { observe } from "../../../../src/mesh/kind/observation";
import {
    ClusterRecord,
    recordPath,
    removeRecord,
    writeRecord,
} from "../../../../src/mesh/kind/record";
import { wakeCluster } from "../../../../src/mesh/kind/wake";
import { isApiReady } from "../../../../src/mesh/kube/kubeconfig";
import {
    FakeKind,
    FakeNode,
    fakeKind,
    kindKubeconfig,
    kindProgram,
} from "../../../support/fakeKind";
import { Answers } from "../../../support/fakeRunner";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);
jest.mock("../../../../src/mesh/kube/kubeconfig", () => ({
    ...jest.requireActual<object>("../../../../src/mesh/kube/kubeconfig"),
    isApiReady: jest.fn(),
}));
jest.mock("../../../../src/machine/poll");

const name = "mesh-dev-cluster1";
const record: ClusterRecord = { token: "recorded", identity: "0123456789ab", phase: "ready" };
const ours: Partial<FakeNode> = { identity: record.identity };
const freshToken = expect.stringMatching(/^[a-f0-9]{16}$/) as string;
const kubeconfigFile = kubeconfigPath("dev", "cluster1");

const apiReady = jest.mocked(isApiReady);
const polling = jest.mocked(poll);

beforeEach(() => {
    apiReady.mockReset().mockResolvedValue(true);
    // Polls as often as there are answers: here, once.
    polling.mockReset().mockImplementation((ask) => ask());
    writeRecord(recordPath("dev", "cluster1"), record);
    writeWhole(kubeconfigFile, kindKubeconfig(name));
});

function recordNothing(): void {
    removeRecord(recordPath("dev", "cluster1"));
}

/** Wakes the cluster in an `up`, or in a preview. */
async function wake(
    node: Partial<FakeNode> | undefined,
    { preview = false, overrides = {} }: { preview?: boolean; overrides?: Answers } = {},
): Promise<{ token: string; fake: FakeKind }> {
    const fake = fakeKind(name, node, overrides);
    const token = await wakeCluster("dev", "cluster1", await look(fake), { preview }, fake.machine);
    return { token, fake };
}

/** Nothing was started, made or deleted. */
/** What preflight has seen of the cluster. */
function look(fake: FakeKind) {
    return observe(kindClusterName("dev", "cluster1"), fake.machine.run);
}

function expectHandsOff({ calls }: FakeKind): void {
    const changing = / (start|unpause|create|delete) /;
    expect(calls.filter(({ line }) => changing.test(line))).toEqual([]);
}

describe("where nothing is", () => {
    test("and nothing was, the creation gets a fresh token without a word", async () => {
        recordNothing();
        const first = await wake(undefined);
        const second = await wake(undefined);
        expect(first.token).toEqual(freshToken);
        expect(second.token).toEqual(freshToken);
        expect(first.token).not.toBe(second.token);
        expect(first.fake.said).toEqual([]);
    });

    test("but a cluster was, it has vanished and is created again with a fresh token", async () => {
        const { token, fake } = await wake(undefined);
        expect(token).toEqual(freshToken);
        expect(fake.said).toEqual([`${name} has vanished; it is created again`]);
    });

    test("but a creation was interrupted, its token goes on", async () => {
        writeRecord(recordPath("dev", "cluster1"), { ...record, phase: "creating" });
        const { token, fake } = await wake(undefined);
        expect(token).toBe("recorded");
        expect(fake.said).toEqual([]);
    });
});

describe("a cluster that this checkout did not make", () => {
    test.each<[string, () => void, Partial<FakeNode>]>([
        ["without a record", recordNothing, ours],
        ["with another identity", () => undefined, { identity: "ffffffffffff" }],
        ["with no identity", () => undefined, { identity: undefined }],
    ])("%s is refused and stays untouched", async (_, prepare, node) => {
        prepare();
        const fake = fakeKind(name, { ...node, state: "exited" });
        await expect(
            look(fake).then((found) =>
                wakeCluster("dev", "cluster1", found, { preview: false }, fake.machine),
            ),
        ).rejects.toThrow(
            `a kind cluster ${name} exists that this stack did not make, and it stays untouched; if nobody needs it: kind delete cluster --name ${name}`,
        );
        expectHandsOff(fake);
    });
});

test("a half made cluster keeps its token and is not waited for", async () => {
    writeRecord(recordPath("dev", "cluster1"), { ...record, phase: "creating" });
    const { token, fake } = await wake({ identity: undefined, state: "exited" });
    expect(token).toBe("recorded");
    expect(apiReady).not.toHaveBeenCalled();
    expectHandsOff(fake);
});

test("a cluster that runs and answers keeps its token, and nothing is said or done", async () => {
    const { token, fake } = await wake(ours);
    expect(token).toBe("recorded");
    expect(apiReady.mock.calls).toEqual([[kindKubeconfig(name)]]);
    expect(fake.said).toEqual([]);
    expectHandsOff(fake);
});

describe("a cluster that does not run", () => {
    test.each([
        ["exited", "start", "starting"],
        ["created", "start", "starting"],
        ["paused", "unpause", "unpausing"],
    ])("because it is %s gets a docker %s", async (state, verb, doing) => {
        const { token, fake } = await wake({ ...ours, state });
        expect(token).toBe("recorded");
        expect(fake.callsOf(`docker ${verb}`).map(({ argv }) => argv)).toEqual([
            ["docker", verb, `${name}-control-plane`],
        ]);
        expect(fake.said).toEqual([`${name} is ${state}`, `${name}: ${doing} its node`]);
        expect(fake.node()?.state).toBe("running");
    });

    test.each(["exited", "paused"])("in a preview stays %s", async (state) => {
        const { token, fake } = await wake({ ...ours, state }, { preview: true });
        expect(token).toBe("recorded");
        expect(fake.said).toEqual([`${name} is ${state}`]);
        expect(apiReady).not.toHaveBeenCalled();
        expectHandsOff(fake);
    });

    test("and that the engine cannot start is an error with the engine's reason", async () => {
        const overrides = { "docker start": { code: 1, stderr: "port is taken\n" } };
        await expect(wake({ ...ours, state: "exited" }, { overrides })).rejects.toThrow(
            `docker could not start ${name}-control-plane: port is taken`,
        );
    });
});

test("a stopped cluster whose network was deleted is created again with a fresh token", async () => {
    const stderr = "Error response from daemon: network 4f2a not found\nError: failed to start\n";
    const overrides = { "docker start": { code: 1, stderr } };
    const { token, fake } = await wake({ ...ours, state: "exited" }, { overrides });
    expect(token).toEqual(freshToken);
    expect(fake.said).toContain(`${name}: its node's network was deleted; it is created again`);
});

describe("a cluster that does not answer at once", () => {
    test("is waited for a minute at most, and kept if it comes", async () => {
        apiReady.mockResolvedValueOnce(false).mockResolvedValueOnce(true);
        const { token, fake } = await wake(ours);
        expect(token).toBe("recorded");
        expect(polling.mock.calls[0]![1]).toEqual({ withinMs: 60_000, everyMs: 500 });
        expect(fake.said).toEqual([`${name}: waiting for its API server`]);
    });

    test("and stays silent is created again with a fresh token", async () => {
        apiReady.mockResolvedValue(false);
        const { token, fake } = await wake(ours);
        expect(token).toEqual(freshToken);
        expect(fake.said).toEqual([
            `${name}: waiting for its API server`,
            `${name} runs but its API server does not answer; it is created again`,
        ]);
        expectHandsOff(fake);
    });
});

describe("a cluster whose kubeconfig file is lost", () => {
    beforeEach(() => removeRecord(kubeconfigFile));

    test("gets it written anew and keeps its token", async () => {
        const { token, fake } = await wake(ours);
        expect(token).toBe("recorded");
        expect(existsSync(kubeconfigFile)).toBe(true);
        expect(apiReady.mock.calls[0]![0]).toContain("current-context: cluster1");
        expectHandsOff(fake);
    });

    test.each(["", "{", "clusters: []"])("or damaged (%j) gets it, too", async (content) => {
        writeWhole(kubeconfigFile, content);
        const { token } = await wake(ours);
        expect(token).toBe("recorded");
        expect(readFileSync(kubeconfigFile, "utf8")).toContain("current-context: cluster1");
    });

    test("and of which kind has none either is created again", async () => {
        const overrides = { [`${kindProgram} get kubeconfig`]: { code: 1, stderr: "no nodes" } };
        const { token } = await wake(ours, { overrides });
        expect(token).toEqual(freshToken);
        expect(apiReady).not.toHaveBeenCalled();
    });
});

test("an engine that cannot be asked is an error", async () => {
    const overrides = { "docker container inspect": { code: 1, stderr: "Cannot connect" } };
    await expect(wake(undefined, { overrides })).rejects.toThrow(
        `docker cannot be asked about ${name}-control-plane: Cannot connect`,
    );
});
