import { ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sheetPath, studentKubeconfigPath } from "../../../../src/commands/class/files";
import { bringDown, bringUp } from "../../../../src/commands/class/lab";
import { reap } from "../../../../src/commands/class/work";
import { projectRoot } from "../../../../src/config/declaration";
import { stackFilePath } from "../../../../src/config/stackFile";
import { requireEngine } from "../../../../src/machine/checks";
import { writeWhole } from "../../../../src/machine/files";
import { kubeconfigPath, stackFolder } from "../../../../src/machine/names";
import { run } from "../../../../src/machine/run";
import { identityLabel } from "../../../../src/mesh/kind/kindConfig";
import { recordPath, writeRecord } from "../../../../src/mesh/kind/record";
import {
    Automation,
    destroyStack,
    openAutomation,
    updateStack,
} from "../../../../src/stack/automation";
import { currentBackend, stateFolder } from "../../../../src/stack/environment";
import { originPath } from "../../../../src/stack/origin";
import { reportPath, saveReport, verifyStack } from "../../../../src/stack/prove";
import { reconcile } from "../../../../src/stack/reconcile";
import { createStack, listStacks } from "../../../../src/stack/stack";
import { takeDown } from "../../../../src/stack/takeDown";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);
jest.mock("../../../../src/machine/checks");
jest.mock("../../../../src/machine/run", () => ({
    ...jest.requireActual<object>("../../../../src/machine/run"),
    run: jest.fn(),
}));
jest.mock("../../../../src/stack/automation");
jest.mock("../../../../src/stack/prove", () => ({
    ...jest.requireActual<object>("../../../../src/stack/prove"),
    saveReport: jest.fn(),
    verifyStack: jest.fn(),
}));
jest.mock("../../../../src/stack/reconcile");
jest.mock("../../../../src/stack/stack", () => ({
    ...jest.requireActual<object>("../../../../src/stack/stack"),
    listStacks: jest.fn(),
    createStack: jest.fn(),
}));
jest.mock("../../../../src/stack/takeDown");

const ada = { name: "Ada", stack: "class-ada", config: {} };
const lock = join(stackFolder("class-ada"), "lock.json");
const listening = process.listeners("exit");
const automation = {
    pulumi: {},
    stack: () => Promise.resolve({ setAllConfigJson: () => Promise.resolve() }),
} as unknown as Automation;
const work = { say: () => undefined, signal: new AbortController().signal };

let others: ChildProcess[];
let said: string;

beforeEach(() => {
    rmSync(join(projectRoot, ".lab"), { recursive: true, force: true });
    copyFileSync(join(__dirname, "../../../../Pulumi.yaml"), join(projectRoot, "Pulumi.yaml"));
    jest.resetAllMocks();
    jest.mocked(openAutomation).mockResolvedValue(automation);
    jest.mocked(listStacks).mockResolvedValue([]);
    jest.mocked(takeDown).mockResolvedValue({ code: 0, left: [] });
    others = [];
    said = "";
    for (const stream of [process.stdout, process.stderr]) {
        jest.spyOn(stream, "write").mockImplementation((text) => {
            said += String(text);
            return true;
        });
    }
});
afterEach(() => {
    others.forEach((other) => other.kill("SIGKILL"));
    process
        .listeners("exit")
        .filter((listener) => !listening.includes(listener))
        .forEach((listener) => process.off("exit", listener));
    jest.restoreAllMocks();
});

/** Whether this process holds the stack's lock. */
function isLocked(): boolean {
    const file = join(lock, "holder.json");
    return existsSync(file) && readFileSync(file, "utf8").includes(`"pid":${process.pid}`);
}

/** Somebody else's command on the stack. */
function somebodyWorks(): number {
    const other = spawn("sh", ["-c", "read line"]);
    others.push(other);
    mkdirSync(lock, { recursive: true });
    const holder = { what: "npm run up", pid: other.pid, token: "a" };
    writeFileSync(join(lock, "holder.json"), JSON.stringify(holder));
    return other.pid!;
}

test("a student's lab is brought up under its stack's lock, which is given up where that fails", async () => {
    const locked: boolean[] = [];
    const look = () => Promise.resolve(void locked.push(isLocked()));
    jest.mocked(createStack).mockImplementation(look);
    jest.mocked(reconcile).mockImplementation(async () => {
        await look();
        throw new Error("no room");
    });
    await expect(bringUp(ada, automation, work)).rejects.toThrow("no room");
    expect(locked).toEqual([true, true]);
    expect(existsSync(lock)).toBe(false);
});

test.each([
    [[], 1],
    [[{ name: "me/class-ada" }], 0],
])(
    "whether its stack is there is looked at under the lock: of %j it is made %i times",
    async (stacks, times) => {
        const locked: boolean[] = [];
        jest.mocked(listStacks).mockImplementation(() => {
            locked.push(isLocked());
            return Promise.resolve(stacks);
        });
        jest.mocked(reconcile).mockRejectedValue(new Error("far enough"));
        await expect(bringUp(ada, automation, work)).rejects.toThrow("far enough");
        expect(locked).toEqual([true]);
        expect(createStack).toHaveBeenCalledTimes(times);
    },
);

test("in the lab's own backend its files tell, and Pulumi is not asked", async () => {
    const pulumi = { isOwnBackend: true };
    const folder = join(stateFolder, ".pulumi", "stacks", "cilium-global-services");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "class-ada.json"), "{}");
    jest.mocked(reconcile).mockRejectedValue(new Error("far enough"));
    const own = { ...automation, pulumi } as unknown as Automation;
    await expect(bringUp(ada, own, work)).rejects.toThrow("far enough");
    await expect(bringUp({ ...ada, stack: "class-bo" }, own, work)).rejects.toThrow("far enough");
    expect(listStacks).not.toHaveBeenCalled();
    expect(jest.mocked(createStack).mock.calls.map(([, stack]) => stack)).toEqual(["class-bo"]);
});

describe("a lab that comes up", () => {
    const update = jest.fn();
    const news: string[] = [];
    const watched = { ...work, say: (line: string) => void news.push(line) };
    const kubeconfig = (cluster: string) =>
        `clusters: [{name: ${cluster}, cluster: {server: "https://127.0.0.1:6443"}}]
contexts: [{name: ${cluster}, context: {cluster: ${cluster}, user: ${cluster}}}]
users: [{name: ${cluster}, user: {}}]
current-context: ${cluster}
`;

    beforeEach(() => {
        news.length = 0;
        for (const cluster of ["cluster1", "cluster2"] as const) {
            writeWhole(kubeconfigPath("class-ada", cluster), kubeconfig(cluster));
        }
        jest.mocked(reconcile).mockImplementation((_, tools, options) =>
            tools.update(options).then(async (code) => {
                await tools.update({ refresh: true });
                return code;
            }),
        );
        jest.mocked(updateStack).mockImplementation((...given) => {
            update(...given);
            return Promise.resolve();
        });
        update.mockReset();
        proves({ agrees: true });
    });

    function proves(more: object): void {
        jest.mocked(verifyStack).mockResolvedValue({
            stack: "class-ada",
            seconds: 2.5,
            clients: [],
            unasked: [],
            ...more,
        } as never);
    }

    test("is updated, proven, and has the student's kubeconfig and sheet", async () => {
        expect(await bringUp(ada, automation, watched)).toBe("requests and rule agree after 2.5 s");
        expect(update.mock.calls.map((given: unknown[]) => given[1])).toEqual([
            {},
            { refresh: true },
        ]);
        expect(news).toEqual(["asking who answers"]);
        const contexts = readFileSync(studentKubeconfigPath("class-ada"), "utf8");
        expect(contexts).toContain("name: cluster1");
        expect(contexts).toContain("name: cluster2");
        expect(readFileSync(sheetPath("class-ada"), "utf8")).toContain("Ada");
    });

    test.each([
        [
            { clients: [{ client: "cluster2", agrees: false }] },
            "requests and rule disagree where cluster2 asked",
        ],
        [
            { unasked: [{ client: "cluster1", reason: "x", isMeant: false }] },
            "cluster1 could not be asked",
        ],
        [
            {
                clients: [{ client: "cluster1", agrees: false }],
                unasked: [{ client: "cluster2", reason: "its node is paused", isMeant: true }],
            },
            "requests and rule disagree where cluster1 asked",
        ],
    ])("fails with its reason where the proof does, %j", async (more, reason) => {
        proves({ agrees: false, ...more });
        await expect(bringUp(ada, automation, watched)).rejects.toThrow(
            `${reason}; see ${reportPath("class-ada")}`,
        );
        expect(saveReport).toHaveBeenCalledTimes(1);
        expect(existsSync(sheetPath("class-ada"))).toBe(false);
    });

    test("tells what its programs say meanwhile, and nothing else of Pulumi", async () => {
        const urn = "urn:pulumi:class-ada::p::command:local:Command::cluster1";
        jest.mocked(updateStack).mockImplementation((_, __, { onDiagnostic }) => {
            const message = "mesh-class-ada-cluster1: waiting for its API server\n";
            onDiagnostic({ severity: "info", message, urn } as never);
            onDiagnostic({ severity: "warning", message, urn } as never);
            return Promise.resolve();
        });
        await bringUp(ada, automation, watched);
        const line = "cluster1: waiting for its API server";
        expect(news).toEqual([line, line, "asking who answers"]);
    });

    test("has no update begun after Ctrl-C, which reaches only a Pulumi that runs", async () => {
        let isStopping = false;
        jest.mocked(updateStack).mockImplementation((...given) => {
            update(...given);
            isStopping = true;
            return Promise.resolve();
        });
        const stopped = { ...watched, isStopping: () => isStopping };
        await expect(bringUp(ada, automation, stopped)).rejects.toThrow(
            "it was stopped before its update had begun",
        );
        expect(update).toHaveBeenCalledTimes(1);
        await expect(bringUp(ada, automation, stopped)).rejects.toThrow("it was stopped");
        expect(update).toHaveBeenCalledTimes(1);
    });

    test("whose update fails is not asked", async () => {
        jest.mocked(updateStack).mockRejectedValue(new Error("quota"));
        await expect(bringUp(ada, automation, watched)).rejects.toThrow("quota");
        expect(verifyStack).not.toHaveBeenCalled();
    });
});

test.each([
    ["up", () => bringUp(ada, automation, work)],
    ["down", () => bringDown("class-ada", automation, work)],
])("%s leaves a lab alone that another command works on", async (_, change) => {
    const pid = somebodyWorks();
    await expect(change()).rejects.toThrow(
        `npm run up (process ${pid}) is already working on stack class-ada; nothing was changed`,
    );
    expect(createStack).not.toHaveBeenCalled();
    expect(reconcile).not.toHaveBeenCalled();
    expect(takeDown).not.toHaveBeenCalled();
});

test("a lab is taken down under its stack's lock, which is given up then", async () => {
    let wasLocked = false;
    jest.mocked(takeDown).mockImplementation(() => {
        wasLocked = isLocked();
        return Promise.resolve({ code: 0, left: [] });
    });
    expect(await bringDown("class-ada", automation, work)).toContain("no cluster, no state");
    expect([wasLocked, existsSync(lock)]).toEqual([true, false]);
});

test("a lab is not begun to be taken down after Ctrl-C, nor has a destroy begun in the midst of it", async () => {
    let isStopping = false;
    const stopped = { ...work, isStopping: () => isStopping };
    jest.mocked(takeDown).mockImplementation(async (_, __, ___, destroy) => {
        isStopping = true;
        return { code: await destroy(), left: [] };
    });
    await expect(bringDown("class-ada", automation, stopped)).rejects.toThrow(
        "it was stopped before its destroy had begun",
    );
    expect(destroyStack).not.toHaveBeenCalled();
    await expect(bringDown("class-ada", automation, stopped)).rejects.toThrow(
        "it was stopped before its end had begun",
    );
    expect(takeDown).toHaveBeenCalledTimes(1);
});

test("what is left of a lab is told instead of its end", async () => {
    jest.mocked(takeDown).mockResolvedValue({ code: 0, left: ["One stays.", "So does another."] });
    expect(await bringDown("class-ada", automation, work)).toBe("One stays. So does another.");
});

describe("reap", () => {
    const dayMs = 24 * 3_600_000;
    const mine = "a".repeat(12);

    beforeEach(() => {
        writeRecord(recordPath("class-ada", "cluster1"), {
            token: "t",
            identity: mine,
            phase: "ready",
        });
        mkdirSync(dirname(stackFilePath("class-ada")), { recursive: true });
        writeFileSync(
            stackFilePath("class-ada"),
            "config:\n  cilium-global-services:ttlHours: 8\n",
        );
        clustersAre(mine);
    });

    /** The engine's clusters of the stack's names, with this in their nodes. */
    function clustersAre(identity: string): void {
        jest.mocked(run).mockImplementation((_, args) => {
            const isThere = args.join(" ").includes("cluster1");
            const [code, stdout, stderr] = !isThere
                ? [1, "", "Error: No such container"]
                : [0, args.includes("inspect") ? "running\n" : `${identityLabel}=${identity}`, ""];
            return Promise.resolve({ code, stdout, stderr });
        });
    }

    /** What the backend says of the last `up`, one look after the other, in days ago. */
    function lastUp(...daysAgo: number[]): { readonly locked: boolean[] } {
        const locked: boolean[] = [];
        jest.mocked(listStacks).mockImplementation(() => {
            locked.push(isLocked());
            const at = Date.now() - (daysAgo.length > 1 ? daysAgo.shift()! : daysAgo[0]!) * dayMs;
            const lastUpdate = new Date(at).toISOString();
            return Promise.resolve([{ name: "class-ada", lastUpdate }]);
        });
        return { locked };
    }

    test("takes a lab down that is past its time, and has looked again under its lock", async () => {
        const { locked } = lastUp(1);
        expect(await reap({ yes: true })).toBe(0);
        expect(takeDown).toHaveBeenCalledTimes(1);
        expect(locked).toEqual([false, true]);
    });

    test("keeps one that was brought up since it was listed", async () => {
        lastUp(1, 0);
        expect(await reap({ yes: true })).toBe(1);
        expect(takeDown).not.toHaveBeenCalled();
        expect(said).toContain("it was brought up meanwhile, and is kept");
    });

    test("keeps one whose cluster this checkout did not make", async () => {
        lastUp(1);
        clustersAre("b".repeat(12));
        expect(await reap({ yes: true })).toBe(1);
        expect(takeDown).not.toHaveBeenCalled();
        expect(said).toContain("it has a cluster that this checkout did not make");
    });

    test("keeps one whose clusters cannot be looked at", async () => {
        lastUp(1);
        jest.mocked(run).mockRejectedValue(new Error("no engine"));
        expect(await reap({ yes: true })).toBe(1);
        expect(takeDown).not.toHaveBeenCalled();
        expect(said).toContain("or that cannot be looked at, and stays");
    });

    test("removes nothing without --yes, and says what it would", async () => {
        lastUp(1);
        expect(await reap({})).toBe(0);
        expect(takeDown).not.toHaveBeenCalled();
        expect(requireEngine).not.toHaveBeenCalled();
        expect(said).toContain("To be removed by npm run class -- reap --yes: class-ada");
    });

    test("takes nothing down without an engine", async () => {
        lastUp(1);
        jest.mocked(requireEngine).mockRejectedValueOnce(new Error("no engine"));
        await expect(reap({ yes: true })).rejects.toThrow("no engine");
        expect(takeDown).not.toHaveBeenCalled();
    });

    test("leaves what is not past its time, and what another backend has", async () => {
        lastUp(0);
        expect(await reap({ yes: true })).toBe(0);
        lastUp(1);
        const backend = { ...currentBackend(), id: "elsewhere" };
        writeFileSync(originPath("class-ada"), JSON.stringify({ backend }));
        expect(await reap({ yes: true })).toBe(0);
        expect(takeDown).not.toHaveBeenCalled();
        expect(said.match(/Nothing is to be removed\./g)).toHaveLength(2);
    });
});
