import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import * as yaml from "js-yaml";
import { commandLineOf, commandLines } from "../../../../src/machine/commandLines";
import { writeWhole } from "../../../../src/machine/files";
import { cacheTag } from "../../../../src/machine/imageReference";
import { kubeconfigPath } from "../../../../src/machine/names";
import { readTimeline, startTimeline } from "../../../../src/machine/timeline";
import { createCluster, updateCluster } from "../../../../src/mesh/kind/create";
import {
    clusterIdentity,
    kindConfigYaml,
    ClusterOrder,
    fixedPart,
    rememberedOrder,
} from "../../../../src/mesh/kind/kindConfig";
import { exportKubeconfig } from "../../../../src/mesh/kind/kubeconfigs";
import {
    readRecord,
    recordPath,
    removeRecord,
    writeRecord,
} from "../../../../src/mesh/kind/record";
import { deleteLeftover, deleteCluster } from "../../../../src/mesh/kind/remove";
import { readKubeconfig } from "../../../../src/mesh/kube/kubeconfig";
import { FakeKind, FakeNode, fakeKind, kindProgram } from "../../../support/fakeKind";
import { Answers } from "../../../support/fakeRunner";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

/** What the machine says of its processes. */
const commands = {
    of: jest.mocked(commandLineOf),
    all: jest.mocked(commandLines).mockReturnValue([]),
};
jest.mock("../../../../src/machine/commandLines");
beforeEach(() => commands.of.mockReset());

const kill = jest.spyOn(process, "kill").mockReturnValue(true);
beforeEach(() => kill.mockClear());
afterAll(() => kill.mockRestore());

const name = "mesh-dev-cluster1";
const order: ClusterOrder = {
    stack: "dev",
    cluster: "cluster1",
    spec: {
        name,
        nodeImage: "kindest/node:v1.34.3",
        podCidr: "10.1.0.0/16",
        serviceCidr: "10.101.0.0/16",
        token: "0011223344556677",
    },
};
const identity = clusterIdentity(order.spec);
const record = recordPath("dev", "cluster1");
const kubeconfigFile = kubeconfigPath("dev", "cluster1");
const foreign = `a kind cluster ${name} exists that this stack did not make, and it stays untouched; if nobody needs it: kind delete cluster --name ${name}`;

beforeEach(() => removeRecord(record));
beforeEach(() => removeRecord(kubeconfigFile));

/** The same cluster for a pod that the node has no image of. */
const withImages: ClusterOrder = { ...order, images: { chart: "", values: {}, lab: ["nginx:1"] } };

/** An engine with that image, and what is done with it, in order. */
function imageAnswers(events: string[]): Answers {
    const container = `${name}-control-plane`;
    return {
        [`docker exec ${container} ctr`]: () => {
            events.push("images listed");
            return {};
        },
        "docker tag nginx:1": {},
        "docker image inspect": { stdout: "1" },
        "docker info --format {{json .DriverStatus}}": { stdout: "[]" },
        [`docker exec ${container} df`]: {},
        "docker version": {},
        [`docker exec --interactive ${container} sh`]: () => {
            events.push("images loaded");
            return {};
        },
    };
}

/** What of the cluster that is ordered cannot change in place. */
const made = fixedPart(order.spec);

function recordAs(phase: "creating" | "ready", more: { pid?: number; identity?: string } = {}) {
    writeRecord(record, { token: order.spec.token, identity, phase, ...more });
}

/** The calls of kind, each by its verb. */
function kindVerbs({ callsOf }: FakeKind): string[] {
    return callsOf(kindProgram).map(({ argv }) => argv.slice(1, 3).join(" "));
}

describe("createCluster", () => {
    test("where nothing is, kind makes the cluster from the config on its standard input", async () => {
        const fake = fakeKind(name);
        await createCluster(order, fake.machine);
        const [create] = fake.callsOf(`${kindProgram} create`);
        expect(create!.argv).toEqual([
            kindProgram,
            "create",
            "cluster",
            "--name",
            name,
            "--config",
            "-",
            "--kubeconfig",
            kubeconfigFile,
        ]);
        expect(create!.options.input).toBe(kindConfigYaml(order.spec));
        expect(kindVerbs(fake)).toEqual(["create cluster", "get kubeconfig"]);
    });

    test("the images that its pods need are loaded as soon as there is a node, while kind goes on", async () => {
        const events: string[] = [];
        const fake = fakeKind(name, undefined, {
            ...imageAnswers(events),
            [`${kindProgram} create cluster`]: ({ options }) => {
                options.onStderrLine?.(" \u2022 Preparing nodes \u{1F4E6}  ...");
                events.push("node made");
                options.onStderrLine?.(" \u2713 Preparing nodes \u{1F4E6} ");
                events.push("kind goes on");
                return {};
            },
        });
        await createCluster(withImages, fake.machine);
        expect(events).toEqual(["node made", "images listed", "kind goes on", "images loaded"]);
    });

    test("they are loaded after kind where it does not tell of its node, and into an adopted cluster", async () => {
        const events: string[] = [];
        await createCluster(withImages, fakeKind(name, undefined, imageAnswers(events)).machine);
        expect(events).toEqual(["images listed", "images loaded"]);
        recordAs("creating");
        const there = fakeKind(name, { identity }, imageAnswers(events));
        await createCluster(withImages, there.machine);
        expect(events.slice(2)).toEqual(["images listed", "images loaded"]);
        expect(kindVerbs(there)).toEqual(["get kubeconfig"]);
    });

    test.each<[string, string[], string]>([
        ["in the engine", ["kindest/node:v1.34.3"], "kindest/node:v1.34.3"],
        ["in the cache only", [cacheTag("kindest/node:v1.34.3")], cacheTag("kindest/node:v1.34.3")],
        ["nowhere, so that kind pulls it", [], "kindest/node:v1.34.3"],
    ])("a node image that is %s has the name kind finds it by", async (_, there, image) => {
        const fake = fakeKind(name, undefined, {
            "docker image inspect": ({ argv }) => ({ code: there.includes(argv.at(-1)!) ? 0 : 1 }),
        });
        await createCluster(order, fake.machine);
        const [create] = fake.callsOf(`${kindProgram} create`);
        expect(create!.options.input).toBe(kindConfigYaml(order.spec, image));
        expect(fake.node()?.identity).toBe(identity);
    });

    test("a kind that fails is told of, whatever its images do", async () => {
        const fake = fakeKind(name, undefined, {
            [`docker exec ${name}-control-plane ctr`]: () => {
                throw new Error("the engine is gone");
            },
            [`${kindProgram} create cluster`]: ({ options }) => {
                options.onStderrLine?.(" \u2713 Preparing nodes ");
                return { code: 1, stderr: "ERROR: no" };
            },
        });
        await expect(createCluster(withImages, fake.machine)).rejects.toThrow(
            `kind could not create ${name} (exit code 1): no.`,
        );
    });

    test("the kubeconfig is returned with the lab's names, and kept for its owner only", async () => {
        const kubeconfig = await createCluster(order, fakeKind(name).machine);
        expect(yaml.load(kubeconfig)).toMatchObject({
            "current-context": "cluster1",
            contexts: [{ name: "cluster1", context: { cluster: "cluster1", user: "cluster1" } }],
        });
        expect(readFileSync(kubeconfigFile, "utf8")).toBe(kubeconfig);
        expect(readKubeconfig("dev", "cluster1")).toBe(kubeconfig);
        expect(statSync(kubeconfigFile).mode & 0o777).toBe(0o600);
    });

    test("the record says creating, with kind's process id, until kind has finished", async () => {
        const seen: unknown[] = [];
        const fake = fakeKind(name, undefined, {
            [`${kindProgram} create cluster`]: ({ options }) => {
                seen.push(readRecord(record));
                options.onStart?.(4242);
                seen.push(readRecord(record));
                return {};
            },
        });
        await createCluster(order, fake.machine);
        const half = { token: order.spec.token, identity, made, phase: "creating" };
        expect(seen).toEqual([half, { ...half, pid: 4242 }]);
        expect(readRecord(record)).toEqual({ ...half, phase: "ready" });
    });

    test("kind's steps and the kubeconfig go to the run's timeline, each from its own begin", async () => {
        jest.useFakeTimers({ now: 1_000_000, doNotFake: ["nextTick", "setImmediate"] });
        try {
            startTimeline("dev");
            const fake = fakeKind(name, undefined, {
                [`${kindProgram} create cluster`]: ({ options }) => {
                    for (const [line, seconds] of [
                        [" \u2022 Preparing nodes \u{1F4E6}  ...", 1],
                        [" \u2713 Preparing nodes \u{1F4E6} ", 4],
                        [" \u2022 Starting control-plane", 1],
                        [" \u2717 Starting control-plane", 5],
                    ] as const) {
                        jest.advanceTimersByTime(seconds * 1000);
                        options.onStderrLine?.(line);
                    }
                    return {};
                },
            });
            await createCluster(order, fake.machine);
        } finally {
            jest.useRealTimers();
            delete process.env.LAB_TIMELINE;
        }
        expect(readTimeline("dev")).toEqual([
            {
                name: "kind",
                cluster: "cluster1",
                detail: "Preparing nodes",
                start: 1_001_000,
                end: 1_005_000,
            },
            { name: "kubeconfig", cluster: "cluster1", start: 1_011_000, end: 1_011_000 },
        ]);
    });

    test("of what kind says, the user hears the steps, warnings and errors in plain text", async () => {
        const lines = [
            'Creating cluster "x" ...',
            " • Preparing nodes \u{1F4E6}  ...",
            " \u2713 Preparing nodes \u{1F4E6} ",
            " \u2717 Starting control-plane \u{1F579}\uFE0F",
            "WARNING: it is slow",
            "ERROR: it fails",
            "Have a nice day!",
        ];
        const fake = fakeKind(name, undefined, {
            [`${kindProgram} create cluster`]: ({ options }) => {
                lines.forEach((line) => options.onStderrLine?.(line));
                return {};
            },
        });
        await createCluster(order, fake.machine);
        expect(fake.said).toEqual([
            `${name}: creating the kind cluster`,
            `${name}: Preparing nodes: done`,
            `${name}: Starting control-plane: failed`,
            `${name}: WARNING: it is slow`,
            `${name}: ERROR: it fails`,
        ]);
    });

    describe("with a kind that fails", () => {
        const stderr =
            "✗ Preparing nodes\nERROR: failed to create cluster: no space\nStack Trace: …\n";
        const log = join(dirname(record), "cluster1.kind.log");
        const reason = `kind could not create ${name} (exit code 1): no space. All that kind said: ${log}`;

        test("is an error with kind's own reason, and where no node is left neither is the record", async () => {
            const fake = fakeKind(name, undefined, {
                [`${kindProgram} create cluster`]: { code: 1, stderr },
            });
            await expect(createCluster(order, fake.machine)).rejects.toThrow(reason);
            expect(existsSync(record)).toBe(false);
            expect(readFileSync(log, "utf8")).toBe(stderr);
        });

        test("whose log cannot be kept is told of all the same", async () => {
            rmSync(log, { force: true });
            mkdirSync(`${log}.${process.pid}.part`, { recursive: true });
            const fake = fakeKind(name, undefined, {
                [`${kindProgram} create cluster`]: { code: 1, stderr },
            });
            const making = createCluster(order, fake.machine);
            await expect(making).rejects.toThrow(/: no space\.$/);
            rmSync(`${log}.${process.pid}.part`, { recursive: true, force: true });
        });

        test("leaves no log of an earlier failure behind, once it does not", async () => {
            writeWhole(log, "old");
            await createCluster(order, fakeKind(name).machine);
            expect(existsSync(log)).toBe(false);
        });

        test("keeps the record, which still says creating, where a node is left", async () => {
            let isThere = false;
            const fake = fakeKind(name, undefined, {
                [`${kindProgram} create cluster`]: () => {
                    isThere = true;
                    return { code: 1, stderr };
                },
                "docker container inspect": () =>
                    isThere ? { stdout: "running\n" } : { code: 1, stderr: "No such container" },
            });
            await expect(createCluster(order, fake.machine)).rejects.toThrow(reason);
            expect(readRecord(record)).toEqual({
                token: order.spec.token,
                identity,
                made,
                phase: "creating",
            });
        });

        test("keeps the record where the engine cannot say whether a node is left", async () => {
            let isBroken = false;
            const fake = fakeKind(name, undefined, {
                [`${kindProgram} create cluster`]: () => {
                    isBroken = true;
                    return { code: 1, stderr };
                },
                "docker container inspect": () => ({
                    code: 1,
                    stderr: isBroken ? "Cannot connect" : "No such container",
                }),
            });
            await expect(createCluster(order, fake.machine)).rejects.toThrow(reason);
            expect(readRecord(record)?.phase).toBe("creating");
        });
    });

    test("a kind that was killed keeps its record, because its node may still come", async () => {
        const fake = fakeKind(name, undefined, {
            [`${kindProgram} create cluster`]: { code: 137, stderr: "" },
        });
        await expect(createCluster(order, fake.machine)).rejects.toThrow("(exit code 137)");
        expect(readRecord(record)?.phase).toBe("creating");
    });

    test("a kind that fails without an ERROR line is an error with its last line", async () => {
        const fake = fakeKind(name, undefined, {
            [`${kindProgram} create cluster`]: { code: 137, stderr: "one\nKilled\n" },
        });
        await expect(createCluster(order, fake.machine)).rejects.toThrow(
            `kind could not create ${name} (exit code 137): Killed`,
        );
    });

    test("an untouched leftover with the ordered identity is adopted, even without a record", async () => {
        const fake = fakeKind(name, { identity });
        await createCluster(order, fake.machine);
        expect(kindVerbs(fake)).toEqual(["get kubeconfig"]);
        expect(fake.said).toEqual([`${name}: adopting the cluster that is already there`]);
        expect(readRecord(record)?.phase).toBe("ready");
    });

    test.each([
        ["half made", { identity, isFinished: false }],
        ["without an API server yet", { identity, isAlive: false }],
        ["without a label yet", { identity: undefined, isFinished: false }],
    ])("what kind was making when it was cut off, %s, is replaced", async (_, node) => {
        recordAs("creating");
        const fake = fakeKind(name, node);
        await createCluster(order, fake.machine);
        expect(kindVerbs(fake)).toEqual(["delete cluster", "create cluster", "get kubeconfig"]);
        expect(fake.said[0]).toBe(`${name}: replacing what is left of an interrupted run`);
        expect(fake.node()?.identity).toBe(identity);
    });

    test.each(["creating", "ready"] as const)(
        "a finished one with a Helm release that no state knows is adopted, and Helm forgets it (%s)",
        async (phase) => {
            recordAs(phase);
            const fake = fakeKind(name, { identity, hasHelmRelease: true });
            await createCluster(order, fake.machine);
            expect(kindVerbs(fake)).toEqual(["get kubeconfig"]);
            expect(fake.node()?.hasHelmRelease).toBe(false);
        },
    );

    test.each<[string, () => void]>([
        ["by its record", () => recordAs("ready")],
        ["by its label alone", () => undefined],
    ])(
        "one that was finished (%s) and does not say what is in it stays as it is",
        async (_, remember) => {
            remember();
            const fake = fakeKind(name, { identity, isAlive: false });
            await expect(createCluster(order, fake.machine)).rejects.toThrow(
                `${name} is there already, and its API server does not say what is in it.`,
            );
            expect(fake.node()).toBeDefined();
            expect(kindVerbs(fake)).toEqual([]);
        },
    );

    test("one that was finished and has lost its storage class since is adopted", async () => {
        recordAs("ready");
        const fake = fakeKind(name, { identity, isFinished: false });
        await createCluster(order, fake.machine);
        expect(kindVerbs(fake)).toEqual(["get kubeconfig"]);
    });

    test("one whose Helm release cannot be forgotten is an error", async () => {
        recordAs("ready");
        const fake = fakeKind(
            name,
            { identity, hasHelmRelease: true },
            {
                [`docker exec ${name}-control-plane kubectl --kubeconfig=/etc/kubernetes/admin.conf --request-timeout=5s delete`]:
                    { code: 1, stderr: "no answer" },
            },
        );
        await expect(createCluster(order, fake.machine)).rejects.toThrow("(no answer)");
    });

    test.each([true, false])(
        "one of an earlier order, by this checkout's own record, is replaced (finished: %s)",
        async (isFinished) => {
            recordAs("ready", { identity: "ffffffffffff" });
            const fake = fakeKind(name, { identity: "ffffffffffff", isFinished });
            await createCluster(order, fake.machine);
            expect(fake.node()?.identity).toBe(identity);
        },
    );

    test("kubectl is asked inside the node, with limits, and never with the user's own context", async () => {
        const fake = fakeKind(name, { identity });
        await createCluster(order, fake.machine);
        const asked = fake.callsOf("docker exec");
        expect(asked).toHaveLength(3);
        for (const { argv, options } of asked) {
            expect(argv.slice(0, 6)).toEqual([
                "docker",
                "exec",
                `${name}-control-plane`,
                "kubectl",
                "--kubeconfig=/etc/kubernetes/admin.conf",
                "--request-timeout=5s",
            ]);
            expect(options.timeoutMs).toBe(15_000);
        }
    });

    test.each([
        ["no identity", undefined],
        ["another identity", "ffffffffffff"],
    ])("a cluster with %s is refused and stays untouched", async (_, theirs) => {
        const fake = fakeKind(name, { identity: theirs });
        await expect(createCluster(order, fake.machine)).rejects.toThrow(foreign);
        expect(fake.node()).toBeDefined();
        expect(kindVerbs(fake)).toEqual([]);
        expect(existsSync(record)).toBe(false);
    });

    test("an engine that does not answer is an error, and nothing is made", async () => {
        const fake = fakeKind(name, undefined, {
            "docker container inspect": { code: 1, stderr: "Cannot connect" },
        });
        await expect(createCluster(order, fake.machine)).rejects.toThrow("Cannot connect");
        expect(kindVerbs(fake)).toEqual([]);
    });
});

describe("a cluster that only its token names", () => {
    const mine = rememberedOrder(order, "00112233aaaaaaaa");
    const another = rememberedOrder(order, "00112233bbbbbbbb");
    const carried = clusterIdentity(mine.spec);

    /** What another program with the same checkout, project, stack and name has recorded. */
    const recordAnother = (phase: "creating" | "ready", pid?: number) =>
        writeRecord(record, {
            token: another.spec.token,
            identity: clusterIdentity(another.spec),
            phase,
            pid,
        });

    test("is made and deleted by whoever has the token", async () => {
        const fake = fakeKind(name);
        await createCluster(mine, fake.machine);
        expect(fake.node()?.identity).toBe(carried);
        await deleteCluster(mine, fake.machine);
        expect(fake.node()).toBeUndefined();
        expect(existsSync(record)).toBe(false);
    });

    test.each(["creating", "ready"] as const)(
        "is nobody else's to take or to delete, also where the record, %s, is theirs",
        async (phase) => {
            recordAnother(phase);
            const fake = fakeKind(name, { identity: clusterIdentity(another.spec) });
            await expect(createCluster(mine, fake.machine)).rejects.toThrow(foreign);
            await expect(updateCluster(mine, fake.machine)).rejects.toThrow(foreign);
            await deleteCluster(mine, fake.machine);
            expect(kindVerbs(fake)).toEqual([]);
            expect(readRecord(record)?.token).toBe(another.spec.token);
        },
    );

    test("that has no identity yet is theirs who record it", async () => {
        recordAnother("creating");
        const theirs = fakeKind(name, { identity: undefined });
        await expect(createCluster(mine, theirs.machine)).rejects.toThrow(foreign);
        await deleteCluster(another, theirs.machine);
        expect(theirs.node()).toBeUndefined();
    });

    test("is not stopped while another's kind makes it, and its record stays", async () => {
        recordAnother("creating", 99);
        commands.of.mockReturnValue(`kind create cluster --name ${name} --config - `);
        await deleteCluster(mine, fakeKind(name).machine);
        expect(kill).not.toHaveBeenCalledWith(99, "SIGKILL");
        expect(readRecord(record)?.pid).toBe(99);
    });

    test("without a token in the state it is that of the spec", () => {
        expect(rememberedOrder(order, undefined)).toBe(order);
        expect(rememberedOrder(order, "")).toBe(order);
    });
});

describe("the kind of an interrupted run", () => {
    const running = (args: string) => {
        commands.of.mockImplementation((pid) => (pid === 99 ? `${args} ` : undefined));
        return {};
    };
    const ofThis = `/tools/kind create cluster --name ${name} --config -`;

    test("is stopped before the cluster is made anew", async () => {
        recordAs("creating", { pid: 99 });
        const fake = fakeKind(name, { identity, isFinished: false }, running(ofThis));
        await createCluster(order, fake.machine);
        expect(kill.mock.calls).toEqual([[99, "SIGKILL"]]);
        expect(fake.said[0]).toBe(`${name}: stopping the kind of an interrupted run`);
    });

    test("is stopped before the cluster is deleted", async () => {
        recordAs("creating", { pid: 99 });
        await deleteCluster(order, fakeKind(name, { identity }, running(ofThis)).machine);
        expect(kill.mock.calls).toEqual([[99, "SIGKILL"]]);
    });

    test.each<[string, (fake: FakeKind) => Promise<unknown>]>([
        ["created", ({ machine }) => createCluster(order, machine)],
        ["deleted", ({ machine }) => deleteCluster(order, machine)],
        ["deleted as a leftover", ({ machine }) => deleteLeftover("dev", "cluster1", machine)],
    ])(
        "is stopped before one looks whether the cluster that is to be %s is there",
        async (_, work) => {
            recordAs("creating", { pid: 99 });
            const fake = fakeKind(name, { identity }, running(ofThis));
            let looksBefore: number | undefined;
            kill.mockImplementationOnce(() => {
                looksBefore = fake.callsOf("docker container inspect").length;
                return true;
            });
            await work(fake);
            expect(looksBefore).toBe(0);
            expect(fake.callsOf("docker container inspect").length).toBeGreaterThan(0);
        },
    );

    test("may have asked for a node that is still being made, and is waited for", async () => {
        recordAs("creating", { pid: 99 });
        let looks = 0;
        commands.all.mockImplementation(() =>
            ++looks < 3 ? [`docker run --name ${name}-control-plane --hostname x `] : [],
        );
        const fake = fakeKind(name, undefined, {
            ...running(ofThis),
            "docker container inspect": () =>
                looks < 3 ? { code: 1, stderr: "No such container" } : { stdout: "running\n" },
        });
        expect(await deleteLeftover("dev", "cluster1", fake.machine)).toBe(true);
        expect(kindVerbs(fake)).toEqual(["delete cluster"]);
    });

    test.each<[string, (fake: FakeKind) => Promise<unknown>]>([
        ["made", ({ machine }) => createCluster(order, machine)],
        ["deleted", ({ machine }) => deleteCluster(order, machine)],
        ["deleted as a leftover", ({ machine }) => deleteLeftover("dev", "cluster1", machine)],
    ])("may have left its lock, and the cluster is %s all the same", async (_, work) => {
        recordAs("creating");
        writeWhole(`${kubeconfigFile}.lock`, "");
        await work(fakeKind(name, { identity, isFinished: false }));
        expect(existsSync(`${kubeconfigFile}.lock`)).toBe(false);
    });

    test("that has ended by itself meanwhile is no error", async () => {
        recordAs("creating", { pid: 99 });
        kill.mockImplementationOnce(() => {
            throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH" });
        });
        const fake = fakeKind(name, { identity, isFinished: false }, running(ofThis));
        await createCluster(order, fake.machine);
        expect(kill.mock.calls).toEqual([[99, "SIGKILL"]]);
        expect(fake.node()?.identity).toBe(identity);
    });

    test.each([
        ["another program", "node server.js"],
        ["kind at something else", `/tools/kind delete cluster --name ${name}`],
        ["kind for another cluster", "/tools/kind create cluster --name mesh-other-cluster1"],
        ["kind for a longer name", `/tools/kind create cluster --name ${name}0 --config -`],
        ["nothing", ""],
    ])("is left alone where its process id now belongs to %s", async (_, args) => {
        recordAs("creating", { pid: 99 });
        await createCluster(order, fakeKind(name, { identity }, running(args)).machine);
        expect(kill).not.toHaveBeenCalled();
    });

    test("is never this very process", async () => {
        recordAs("creating", { pid: process.pid });
        const fake = fakeKind(name, { identity });
        await createCluster(order, fake.machine);
        expect(commands.of).not.toHaveBeenCalled();
        expect(kill).not.toHaveBeenCalled();
    });
});

describe("updateCluster", () => {
    test("brings record and kubeconfig of a cluster in line and leaves the cluster as it is", async () => {
        const fake = fakeKind(name, { identity, hasHelmRelease: true });
        const kubeconfig = await updateCluster(order, fake.machine);
        expect(kindVerbs(fake)).toEqual(["get kubeconfig"]);
        expect(readKubeconfig("dev", "cluster1")).toBe(kubeconfig);
        expect(readRecord(record)?.phase).toBe("ready");
    });

    test("loads the images that the node lacks", async () => {
        const events: string[] = [];
        const fake = fakeKind(name, { identity }, imageAnswers(events));
        await updateCluster(withImages, fake.machine);
        expect(events).toEqual(["images listed", "images loaded"]);
    });

    test("makes a cluster that is gone", async () => {
        const fake = fakeKind(name);
        await updateCluster(order, fake.machine);
        expect(kindVerbs(fake)).toEqual(["create cluster", "get kubeconfig"]);
    });

    test("refuses a cluster that this checkout did not make", async () => {
        const fake = fakeKind(name, { identity: "ffffffffffff" });
        await expect(updateCluster(order, fake.machine)).rejects.toThrow(foreign);
    });
});

describe("deleteCluster", () => {
    test("takes away the cluster, its record and its kubeconfig", async () => {
        recordAs("ready");
        writeWhole(kubeconfigFile, "x");
        const fake = fakeKind(name, { identity });
        await deleteCluster(order, fake.machine);
        expect(fake.callsOf(kindProgram).map(({ argv }) => argv)).toEqual([
            [kindProgram, "delete", "cluster", "--name", name, "--kubeconfig", kubeconfigFile],
        ]);
        expect(fake.node()).toBeUndefined();
        expect([record, kubeconfigFile].filter(existsSync)).toEqual([]);
    });

    test("leaves no record of a cluster that is gone already", async () => {
        recordAs("ready");
        await deleteCluster(order, fakeKind(name).machine);
        expect(existsSync(record)).toBe(false);
    });

    test("deletes a cluster whose record is lost but whose label is right", async () => {
        const fake = fakeKind(name, { identity });
        await deleteCluster(order, fake.machine);
        expect(fake.node()).toBeUndefined();
    });

    test("leaves a cluster alone that this stack did not make", async () => {
        const fake = fakeKind(name, { identity: "ffffffffffff" });
        await deleteCluster(order, fake.machine);
        expect(fake.node()).toBeDefined();
        expect(kindVerbs(fake)).toEqual([]);
        expect(fake.said).toEqual([`${name}: left alone, it was not made by this stack`]);
    });

    test("a kind that fails is an error, and the record stays for the next attempt", async () => {
        recordAs("ready");
        const fake = fakeKind(
            name,
            { identity },
            { [`${kindProgram} delete`]: { code: 1, stderr: "Deleting …\nERROR: no\n" } },
        );
        await expect(deleteCluster(order, fake.machine)).rejects.toThrow(
            `kind could not delete ${name}: ERROR: no`,
        );
        expect(existsSync(record)).toBe(true);
    });
});

describe("deleteLeftover", () => {
    test.each(["creating", "ready"] as const)(
        "deletes a cluster that the record calls %s and that no state knows",
        async (phase) => {
            recordAs(phase);
            const fake = fakeKind(name, { identity });
            expect(await deleteLeftover("dev", "cluster1", fake.machine)).toBe(true);
            expect(fake.node()).toBeUndefined();
            expect(existsSync(record)).toBe(false);
            expect(fake.said).toEqual([`deleting ${name}`]);
        },
    );

    test.each<[string, Partial<FakeNode>]>([
        ["has another identity", { identity: "ffffffffffff" }],
        ["has none and is finished", { identity: undefined }],
    ])("leaves a cluster of that name alone that %s, and says so", async (_, theirs) => {
        for (const phase of ["ready", "creating"] as const) {
            recordAs(phase);
            const fake = fakeKind(name, theirs, {
                "docker cp": ({ argv }) => ({
                    stdout: `kind: KubeletConfiguration ${theirs.identity ? `cilium-global-services/identity=${theirs.identity}` : ""} ${argv.length}`,
                }),
            });
            expect(await deleteLeftover("dev", "cluster1", fake.machine)).toBe(false);
            expect(fake.node()).toBeDefined();
            expect(kindVerbs(fake)).toEqual([]);
            expect(fake.said).toEqual([`${name}: left alone, it was not made by this stack`]);
        }
    });

    test("deletes nothing where the record is damaged, and keeps it", async () => {
        writeWhole(record, "{");
        const fake = fakeKind(name, { identity });
        await expect(deleteLeftover("dev", "cluster1", fake.machine)).rejects.toThrow("is damaged");
        expect(fake.node()).toBeDefined();
        expect(existsSync(record)).toBe(true);
        removeRecord(record);
    });

    test("leaves a cluster without a record alone", async () => {
        const fake = fakeKind(name, { identity });
        expect(await deleteLeftover("dev", "cluster1", fake.machine)).toBe(false);
        expect(fake.node()).toBeDefined();
    });

    test("forgets the record of a cluster that is gone", async () => {
        recordAs("ready");
        expect(await deleteLeftover("dev", "cluster1", fakeKind(name).machine)).toBe(false);
        expect(existsSync(record)).toBe(false);
    });
});

test("a kubeconfig that kind does not have is an error with kind's reason", async () => {
    const stderr = 'ERROR: could not locate any control plane nodes for cluster named "x"\n';
    const fake = fakeKind(name, undefined, {
        [`${kindProgram} get kubeconfig`]: { code: 1, stderr },
    });
    await expect(exportKubeconfig(order, fake.machine)).rejects.toThrow(
        `kind has no kubeconfig of ${name}: ERROR: could not locate any control plane nodes`,
    );
    expect(existsSync(kubeconfigFile)).toBe(false);
    expect(readKubeconfig("dev", "cluster1")).toBeUndefined();
});

test.each(["", "half of a", "clusters: []", "apiVersion: v1\nkind: Config\n"])(
    "a kubeconfig file with %j in it is damaged and counts as none",
    (content) => {
        writeWhole(kubeconfigFile, content);
        expect(readKubeconfig("dev", "cluster1")).toBeUndefined();
    },
);
