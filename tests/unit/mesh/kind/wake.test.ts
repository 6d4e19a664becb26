import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { ProblemsError } from "../../../../src/config/problem";
import { writeWhole } from "../../../../src/machine/files";
import { kindClusterName, kubeconfigPath } from "../../../../src/machine/names";
import { poll } from "../../../../src/machine/poll";
import { observe } from "../../../../src/mesh/kind/observation";
import {
    ClusterRecord,
    readRecord,
    recordPath,
    removeRecord,
    writeRecord,
} from "../../../../src/mesh/kind/record";
import { judgeCluster, wakeCluster } from "../../../../src/mesh/kind/wake";
import { ApiAnswer, askApiServer } from "../../../../src/mesh/kube/apiServer";
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
jest.mock("../../../../src/mesh/kube/apiServer");
jest.mock("../../../../src/machine/poll");

const name = "mesh-dev-cluster1";
const record: ClusterRecord = { token: "recorded", identity: "0123456789ab", phase: "ready" };
const ours: Partial<FakeNode> = { identity: record.identity };
const freshToken = expect.stringMatching(/^[a-f0-9]{16}$/) as string;
const kubeconfigFile = kubeconfigPath("dev", "cluster1");

const ask = jest.mocked(askApiServer);
const ready: ApiAnswer = { state: "ready" };
const silent: ApiAnswer = { state: "silent", reason: "connect ECONNREFUSED 127.0.0.1:6443" };
const polling = jest.mocked(poll);

beforeEach(() => {
    ask.mockReset().mockResolvedValue(ready);
    // Polls as often as there are answers: here, once.
    polling.mockReset().mockImplementation((question) => question());
    writeRecord(recordPath("dev", "cluster1"), record);
    writeWhole(kubeconfigFile, kindKubeconfig(name));
});

function recordNothing(): void {
    removeRecord(recordPath("dev", "cluster1"));
}

interface Waking {
    readonly preview?: boolean;
    readonly keepSilent?: boolean;
    readonly overrides?: Answers;
}

/** Judges the cluster and wakes it in an `up`, or in a preview. */
async function wakeIn(fake: FakeKind, { preview = false, keepSilent }: Waking): Promise<string> {
    const judgement = judgeCluster(
        name,
        await look(fake),
        readRecord(recordPath("dev", "cluster1")),
    );
    switch (judgement.next) {
        case "refuse":
            throw new Error(judgement.message);
        case "plan":
            if (judgement.news !== undefined) {
                fake.machine.say(judgement.news);
            }
            return judgement.token;
        case "wake":
            return wakeCluster(
                { stack: "dev", cluster: "cluster1" },
                judgement,
                { preview, keepSilent },
                fake.machine,
            );
    }
}

async function wake(
    node: Partial<FakeNode> | undefined,
    waking: Waking = {},
): Promise<{ token: string; fake: FakeKind }> {
    const fake = fakeKind(name, node, waking.overrides);
    return { token: await wakeIn(fake, waking), fake };
}

/** What preflight has seen of the cluster. */
function look(fake: FakeKind) {
    return observe(kindClusterName("dev", "cluster1"), fake.machine.run);
}

/** Nothing was started, made or deleted. */
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
        await expect(wakeIn(fake, {})).rejects.toThrow(
            `a kind cluster ${name} exists that this stack did not make, and it stays untouched; if nobody needs it: kind delete cluster --name ${name}`,
        );
        expectHandsOff(fake);
    });
});

test("a half made cluster keeps its token and is not waited for", async () => {
    writeRecord(recordPath("dev", "cluster1"), { ...record, phase: "creating" });
    const { token, fake } = await wake({ identity: undefined, state: "exited" });
    expect(token).toBe("recorded");
    expect(ask).not.toHaveBeenCalled();
    expectHandsOff(fake);
});

test("a cluster that runs and answers keeps its token, and nothing is said or done", async () => {
    const { token, fake } = await wake(ours);
    expect(token).toBe("recorded");
    expect(ask.mock.calls).toEqual([[kindKubeconfig(name)]]);
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
        expect(ask).not.toHaveBeenCalled();
        expectHandsOff(fake);
    });

    test.each([
        ["port is taken\n", "port is taken."],
        [
            "Error response from daemon: network 4f2a not found\nError: failed to start\n",
            "network 4f2a not found.",
        ],
    ])(
        "and that the engine cannot start (%j) is an error, and is not replaced",
        async (stderr, reason) => {
            const overrides = { "docker start": { code: 1, stderr } };
            const waking = wake({ ...ours, state: "exited" }, { overrides });
            await expect(waking).rejects.toThrow(
                `docker could not start ${name}-control-plane: ${reason}`,
            );
            await expect(waking).rejects.toThrow(
                `docker rm --force --volumes ${name}-control-plane`,
            );
        },
    );
});

describe("a cluster that does not answer at once", () => {
    test("is waited for a minute at most, and kept if it comes", async () => {
        ask.mockResolvedValueOnce(silent).mockResolvedValueOnce(ready);
        const { token, fake } = await wake(ours);
        expect(token).toBe("recorded");
        expect(polling.mock.calls[0]![1]).toEqual({ withinMs: 60_000, everyMs: 500 });
        expect(fake.said).toEqual([`${name}: waiting for its API server`]);
    });

    test("and stays silent, inside its node too, is created again with a fresh token, which is said", async () => {
        ask.mockResolvedValue(silent);
        const { token, fake } = await wake({ ...ours, isAlive: false });
        expect(token).toEqual(freshToken);
        expect(fake.said).toEqual([
            `${name}: waiting for its API server`,
            `${name} runs, but its API server was silent for a minute (connect ECONNREFUSED 127.0.0.1:6443); it is created again, with all that is in it. Ctrl-C keeps it as it is`,
        ]);
        expectHandsOff(fake);
    });

    test.each([
        "The connection to the server x:6443 was refused - did you specify the right host or port?",
        "Unable to connect to the server: net/http: TLS handshake timeout",
        "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        "Unable to connect to the server: EOF",
        "Unable to connect to the server: dial tcp 172.18.0.2:6443: connect: no route to host",
    ])("is silent inside its node, too, where kubectl says: %s", async (stderr) => {
        ask.mockResolvedValue(silent);
        const overrides = { [`docker exec ${name}-control-plane kubectl`]: { code: 1, stderr } };
        const { token } = await wake(ours, { overrides });
        expect(token).toEqual(freshToken);
    });

    test("is asked with a kubeconfig of kind's own, before it counts as silent", async () => {
        const port = (kubeconfig: string) => /server: .*:(\d+)/.exec(kubeconfig)![1];
        writeWhole(kubeconfigFile, kindKubeconfig(name).replace("6443", "1"));
        ask.mockImplementation((kubeconfig) =>
            Promise.resolve(port(kubeconfig) === "6443" ? ready : silent),
        );
        const { token } = await wake({ ...ours, isAlive: false });
        expect(token).toBe("recorded");
        expect(port(readFileSync(kubeconfigFile, "utf8"))).toBe("6443");
    });
});

/** What happens is one error with a fix, and nothing is started, made or deleted. */
async function expectRefusal(
    node: Partial<FakeNode>,
    waking: Waking,
    sentence: string | RegExp,
): Promise<void> {
    const fake = fakeKind(name, node, waking.overrides);
    const error = await wakeIn(fake, waking).then(
        (token) => new Error(`it got the token ${token}`),
        (reason: Error) => reason,
    );
    expect(error.message).toMatch(sentence);
    expectHandsOff(fake);
    expect(readRecord(recordPath("dev", "cluster1"))).toEqual(record);
}

describe("a healthy cluster is never replaced for another reason than silence", () => {
    const runs = { ...ours, isAlive: true };
    const stopped = { ...ours, isAlive: false };

    test.each<[string, ApiAnswer]>([
        ["says that it is not ready", { state: "unready", reason: "HTTP 500" }],
        ["has a certificate nobody knows", { state: "unready", reason: "self-signed certificate" }],
        ["cannot be asked", { state: "unasked", reason: "too many open files" }],
    ])("its API server %s", async (_, answer) => {
        ask.mockResolvedValue(answer);
        const { reason } = answer as { reason: string };
        await expectRefusal(
            stopped,
            {},
            `${name} runs, but its API server cannot be used (${reason}).`,
        );
    });

    test("its API server was silent, but not always", async () => {
        ask.mockResolvedValue(silent).mockResolvedValueOnce(silent);
        polling.mockImplementation(async (question) => {
            await question();
            ask.mockResolvedValueOnce({ state: "unready", reason: "HTTP 503" });
            await question();
            return question();
        });
        await expectRefusal(stopped, {}, "its API server cannot be used (HTTP 503)");
    });

    test("its API server answers inside its node", async () => {
        ask.mockResolvedValue(silent);
        await expectRefusal(runs, {}, "it answers inside its node and not from here");
    });

    test.each<[string, number, string, string | RegExp]>([
        [
            "that says that it is not ready",
            1,
            'Error from server (InternalError): an error on the server ("[-]etcd failed") has prevented the request',
            "it answers inside its node and not from here",
        ],
        [
            "whose certificate has expired",
            1,
            "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired",
            /inside its node it cannot be asked: .*certificate has expired/,
        ],
        [
            "in a node where nothing can be started",
            126,
            "OCI runtime exec failed: exec failed: write init-p: no space left on device",
            /inside its node it cannot be asked: OCI runtime exec failed/,
        ],
        [
            "that the engine does not get to in time",
            137,
            "docker did not answer within 15 s and was stopped",
            /inside its node it cannot be asked: docker did not answer/,
        ],
        [
            "of a node whose kubectl has no kubeconfig",
            1,
            "error: stat /etc/kubernetes/admin.conf: no such file or directory",
            /inside its node it cannot be asked: error: stat/,
        ],
        ["that ends without a word", 137, "", "inside its node it cannot be asked: exit code 137"],
    ])("nobody inside its node tells of an API server %s", async (_, code, stderr, sentence) => {
        ask.mockResolvedValue(silent);
        const overrides = { [`docker exec ${name}-control-plane kubectl`]: { code, stderr } };
        await expectRefusal(stopped, { overrides }, sentence);
    });

    test("the user wants no cluster to be replaced", async () => {
        ask.mockResolvedValue(silent);
        await expectRefusal(stopped, { keepSilent: true }, "its API server cannot be used");
    });

    test("its kubeconfig is a folder", async () => {
        rmSync(kubeconfigFile);
        mkdirSync(kubeconfigFile);
        try {
            await expectRefusal(runs, {}, `${kubeconfigFile} cannot be read: it is a folder`);
        } finally {
            rmSync(kubeconfigFile, { recursive: true });
        }
    });

    test("its kubeconfig is lost and cannot be written", async () => {
        rmSync(kubeconfigFile);
        const folder = `${kubeconfigFile}.${process.pid}.part`;
        mkdirSync(folder);
        try {
            await expectRefusal(runs, {}, /cannot be written: /);
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });

    test("its kubeconfig is lost and kind has none", async () => {
        rmSync(kubeconfigFile);
        const overrides = { [`${kindProgram} get kubeconfig`]: { code: 1, stderr: "ERROR: busy" } };
        await expectRefusal(runs, { overrides }, `kind has no kubeconfig of ${name}: ERROR: busy`);
    });

    test("it is silent by a kubeconfig that kind does not confirm", async () => {
        ask.mockResolvedValue(silent);
        const overrides = { [`${kindProgram} get kubeconfig`]: { code: 1, stderr: "ERROR: busy" } };
        await expectRefusal(stopped, { overrides }, `kind has no kubeconfig of ${name}`);
    });

    test("kind is not there and cannot be downloaded", async () => {
        rmSync(kubeconfigFile);
        const fake = fakeKind(name, runs);
        const kind = () => Promise.reject(new Error("kind v0 could not be downloaded"));
        const machine = { ...fake.machine, kind };
        await expect(wakeIn({ ...fake, machine }, {})).rejects.toThrow("could not be downloaded");
        expectHandsOff(fake);
    });

    test("its record is damaged", async () => {
        writeWhole(recordPath("dev", "cluster1"), "{");
        const fake = fakeKind(name, runs);
        await expect(wakeIn(fake, {})).rejects.toThrow("cluster1.json is damaged");
        expectHandsOff(fake);
    });

    test("what stands in the way is a problem with a fix", async () => {
        ask.mockResolvedValue({ state: "unready", reason: "HTTP 500" });
        const waking = wake(stopped);
        await expect(waking).rejects.toBeInstanceOf(ProblemsError);
        await expect(waking).rejects.toThrow(`docker rm --force --volumes ${name}-control-plane`);
    });
});

describe("a cluster whose kubeconfig file is lost", () => {
    beforeEach(() => removeRecord(kubeconfigFile));

    test("gets it written anew and keeps its token", async () => {
        const { token, fake } = await wake(ours);
        expect(token).toBe("recorded");
        expect(existsSync(kubeconfigFile)).toBe(true);
        expect(ask.mock.calls[0]![0]).toContain("current-context: cluster1");
        expectHandsOff(fake);
    });

    test.each(["", "{", "clusters: []"])("or damaged (%j) gets it, too", async (content) => {
        writeWhole(kubeconfigFile, content);
        const { token } = await wake(ours);
        expect(token).toBe("recorded");
        expect(readFileSync(kubeconfigFile, "utf8")).toContain("current-context: cluster1");
    });
});

test("an engine that cannot be asked is an error", async () => {
    const overrides = { "docker container inspect": { code: 1, stderr: "Cannot connect" } };
    await expect(wake(undefined, { overrides })).rejects.toThrow(
        `docker cannot be asked about ${name}-control-plane: Cannot connect`,
    );
});
