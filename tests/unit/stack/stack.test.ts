import { ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { stackFilePath } from "../../../src/config/stackFile";
import { poll } from "../../../src/machine/poll";
import { run } from "../../../src/machine/run";
import { forgetHalfReplaced, resourcesInState, forgetStack } from "../../../src/stack/backend";
import { clearDeadLock } from "../../../src/stack/backendLock";
import { stateFolder } from "../../../src/stack/environment";
import { repairBackend } from "../../../src/stack/fileBackend";
import { PulumiCli } from "../../../src/stack/pulumi";
import {
    createStack,
    findStack,
    listStacks,
    openStack,
    selectStack,
    setConfig,
    stackExists,
    upArgs,
} from "../../../src/stack/stack";
import { Answers, fakeRunner } from "../../support/fakeRunner";
import { expectClearText } from "../../support/fuzzed";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const project = "cilium-global-services";
const stackFile = stackFilePath("dev");

beforeEach(() => {
    rmSync(join(projectRoot, ".lab"), { recursive: true, force: true });
    mkdirSync(dirname(stackFile), { recursive: true });
    rmSync(stackFile, { force: true });
});

/** A Pulumi that answers so; `said` has what the user is told. */
function fakePulumi(answers: Answers, isOwnBackend = true) {
    const fake = fakeRunner(answers);
    const asked = () => fake.calls.map(({ line }) => line);
    const said: string[] = [];
    const pulumi: PulumiCli = {
        isOwnBackend,
        ask: (args) => fake.run("pulumi", args),
        show: () => Promise.reject(new Error("nothing is to be shown here")),
    };
    return { pulumi, said, say: (line: string) => void said.push(line), asked };
}

/** Writes a file of the lab's own backend. */
function inBackend(path: readonly string[], content: string): void {
    const file = join(stateFolder, ".pulumi", ...path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
}

test("a stack that was removed leaves nothing in the lab's own backend, and no other stack loses anything", () => {
    for (const stack of ["dev", "dev2"]) {
        inBackend(["backups", project, stack, `${stack}.1.json`], "secrets");
        inBackend(["history", project, stack, "1.json"], "history");
        inBackend(["stacks", project, `${stack}.json.bak`], "secrets");
        inBackend(["stacks", project, `${stack}.json.bak.attrs`], "");
        inBackend(["stacks", project, `${stack}.json.18eaa96a.tmp`], "secrets");
    }
    forgetStack("dev");
    const left = readdirSync(stateFolder, { recursive: true, encoding: "utf8" });
    expect(left.filter((path) => /\bdev[./]|\bdev$/.test(path))).toEqual([]);
    expect(left.filter((path) => path.includes("dev2"))).toHaveLength(7);
});

test("a stack is made without being selected, and without the salt of one that is gone", async () => {
    writeFileSync(stackFile, "encryptionsalt: v1:abc\nconfig:\n  p:a: 1\n");
    const { pulumi, asked } = fakePulumi({ "pulumi stack init --no-select dev": {} });
    await createStack(pulumi, "dev");
    expect(asked()).toEqual(["pulumi stack init --no-select dev"]);
    expect(readFileSync(stackFile, "utf8")).toBe("config:\n  p:a: 1\n");
});

test("a stack that cannot be made fails with Pulumi's own reason", async () => {
    const stderr = "warning\nerror: incorrect passphrase\n";
    const { pulumi } = fakePulumi({ "pulumi stack init": { code: 255, stderr } });
    await expect(createStack(pulumi, "dev")).rejects.toThrow(
        new Error("Pulumi cannot make stack dev: error: incorrect passphrase"),
    );
});

test("a stack is found by its name, also behind its owner's", () => {
    const stacks = [{ name: "adev" }, { name: "me/dev", lastUpdate: "2026-03-01T12:00:00Z" }];
    expect(findStack(stacks, "dev")).toBe(stacks[1]);
    expect(findStack(stacks, "ev")).toBeUndefined();
});

test("an update asks nothing; it refreshes and replaces what it is told to", () => {
    const usual = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", "dev"];
    expect(upArgs("dev")).toEqual(usual);
    expect(upArgs("dev", { refresh: true, replace: ["**::a", "**::b"] })).toEqual([
        ...usual,
        ...["--refresh", "--replace", "**::a", "--replace", "**::b"],
    ]);
});

describe("selectStack", () => {
    const select = "pulumi stack select dev --create";
    const salted = "encryptionsalt: v1:abc\nconfig:\n  p:a: 1\n";

    test("selects the stack and makes it if there is none", async () => {
        const { pulumi, asked } = fakePulumi({ [select]: {} });
        await selectStack(pulumi, "dev");
        expect(asked()).toEqual([select]);
    });

    test("fails with Pulumi's own reason", async () => {
        const stderr = "warning\nerror: incorrect passphrase\n";
        const { pulumi } = fakePulumi({ [select]: { code: 255, stderr } });
        await expect(selectStack(pulumi, "dev")).rejects.toThrow(
            new Error("Pulumi cannot select stack dev: error: incorrect passphrase"),
        );
    });

    test("takes the salt of a stack that is not there away first", async () => {
        writeFileSync(stackFile, salted);
        inBackend(["stacks", project, "other.json"], "{}");
        let content = "";
        const { pulumi } = fakePulumi({
            [select]: () => {
                content = readFileSync(stackFile, "utf8");
                return {};
            },
        });
        await selectStack(pulumi, "dev");
        expect(content).toBe("config:\n  p:a: 1\n");
    });

    test("leaves the salt of a stack that is there", async () => {
        writeFileSync(stackFile, salted);
        inBackend(["stacks", project, "dev.json"], "{}");
        await selectStack(fakePulumi({ [select]: {} }).pulumi, "dev");
        expect(readFileSync(stackFile, "utf8")).toBe(salted);
    });

    test("leaves the salt where the backend is the user's", async () => {
        writeFileSync(stackFile, salted);
        await selectStack(fakePulumi({ [select]: {} }, false).pulumi, "dev");
        expect(readFileSync(stackFile, "utf8")).toBe(salted);
    });
});

describe("openStack", () => {
    test("makes no stack in a backend that does not know it, while its state is in the lab's own folder", async () => {
        inBackend(["stacks", project, "dev.json"], "{}");
        const { pulumi, asked } = fakePulumi({ "pulumi stack ls": { stdout: "[]" } }, false);
        await expect(openStack(pulumi, "dev", {})).rejects.toThrow(
            "the state of stack dev is in the lab's own folder",
        );
        expect(asked()).toEqual(["pulumi stack ls --json"]);
    });

    const list = "pulumi stack ls --json";
    const init = "pulumi stack init --no-select dev";

    test.each([undefined, ""])(
        "selects the stack where PULUMI_STACK is %j",
        async (PULUMI_STACK) => {
            const { pulumi, asked } = fakePulumi({ "pulumi stack select dev --create": {} });
            await openStack(pulumi, "dev", { PULUMI_STACK });
            expect(asked()).toEqual(["pulumi stack select dev --create"]);
        },
    );

    test("leaves the selection as it is where PULUMI_STACK says which stack is meant", async () => {
        const stdout = JSON.stringify([{ name: "dev" }, { name: "other" }]);
        const { pulumi, asked } = fakePulumi({ [list]: { stdout }, [init]: {} });
        await openStack(pulumi, "dev", { PULUMI_STACK: "dev" });
        expect(asked()).toEqual([list]);
    });

    test("makes a stack that is not there without selecting it where PULUMI_STACK is set", async () => {
        const { pulumi, asked } = fakePulumi({ [list]: { stdout: "[]" }, [init]: {} });
        await openStack(pulumi, "dev", { PULUMI_STACK: "dev" });
        expect(asked()).toEqual([list, init]);
    });
});

describe("stackExists", () => {
    const list = "pulumi stack ls --json";

    test.each([
        [[], false],
        [["dev"], true],
        [["other", "dev"], true],
        [["organization/cilium-global-services/dev"], true],
        [["me/dev"], true],
        [["mydev", "dev2", "dev/other"], false],
    ])("of the stacks %j dev is one: %s", async (names, exists) => {
        const stdout = JSON.stringify(names.map((name) => ({ name, current: false })));
        const { pulumi, asked } = fakePulumi({ [list]: { stdout } });
        expect(await stackExists(pulumi, "dev")).toBe(exists);
        expect(asked()).toEqual([list]);
    });

    test("a backend that cannot be asked is an error, not a stack that is not there", async () => {
        const stderr = "error: could not connect to the backend\n";
        const { pulumi } = fakePulumi({ [list]: { code: 255, stderr } });
        await expect(stackExists(pulumi, "dev")).rejects.toThrow(
            new Error("Pulumi cannot list its stacks: error: could not connect to the backend"),
        );
    });
});

describe("listStacks", () => {
    const noPause = { sleep: () => Promise.resolve() };
    const eof = { code: 255, stdout: "", stderr: "error: EOF\n" };
    const listed = { code: 0, stdout: '[{"name":"dev"}]', stderr: "" };
    const attributes = ["stacks", project, "dev.json.attrs"];

    /** A Pulumi that cannot list as long as an attribute file is empty, or so often because another writes. */
    function pulumiOf({ isOwnBackend = true, busy = 0 }) {
        const { pulumi } = fakePulumi({}, isOwnBackend);
        const path = join(stateFolder, ".pulumi", ...attributes);
        const asked: number[] = [];
        const ask = () => {
            asked.push(1);
            const isCutOff = statSync(path, { throwIfNoEntry: false })?.size === 0;
            return Promise.resolve(isCutOff || asked.length <= busy ? eof : listed);
        };
        return { pulumi: { ...pulumi, ask }, asked };
    }

    test("repairs what a Pulumi that was killed left half written, and lists", async () => {
        inBackend(attributes, "");
        const { pulumi, asked } = pulumiOf({});
        expect(await listStacks(pulumi, noPause)).toEqual([{ name: "dev" }]);
        expect(asked).toHaveLength(2);
    });

    test("asks again where another Pulumi is just writing, and gives up in the end", async () => {
        const { pulumi } = pulumiOf({ busy: 4 });
        expect(await listStacks(pulumi, noPause)).toEqual([{ name: "dev" }]);
        const stuck = pulumiOf({ busy: 99 });
        await expect(listStacks(stuck.pulumi, noPause)).rejects.toThrow(
            "Pulumi cannot list its stacks: error: EOF",
        );
        expect(stuck.asked).toHaveLength(5);
    });

    test("leaves another backend alone", async () => {
        inBackend(attributes, "");
        const { pulumi, asked } = pulumiOf({ isOwnBackend: false });
        await expect(listStacks(pulumi, noPause)).rejects.toThrow("error: EOF");
        expect(asked).toHaveLength(1);
        expect(repairBackend()).toBe(1);
    });
});

describe("the backend's repair", () => {
    test("removes empty attribute files wherever they are, and nothing else", () => {
        inBackend(["stacks", project, "dev.json"], "{}");
        inBackend(["stacks", project, "dev.json.attrs"], "");
        inBackend(["locks", "organization", project, "dev", "a.json.attrs"], "");
        inBackend(["history", project, "dev", "1.json.attrs"], '{"md5":""}');
        inBackend(["history", project, "dev", "2.json"], "");
        inBackend(["meta.yaml"], "version: 1");
        expect(repairBackend()).toBe(2);
        const left = readdirSync(join(stateFolder, ".pulumi"), {
            recursive: true,
            withFileTypes: true,
        });
        expect(
            left
                .filter((file) => file.isFile())
                .map(({ name }) => name)
                .sort(),
        ).toEqual(["1.json.attrs", "2.json", "dev.json", "meta.yaml"]);
    });

    test("has nothing to do where there is no backend yet", () => {
        expect(repairBackend()).toBe(0);
    });
});

describe("setConfig", () => {
    const change = ["sharedService", "false"] as const;
    const set = "pulumi config set sharedService false --stack dev";

    test("sets the value in the stack", async () => {
        const { pulumi, asked } = fakePulumi({ [set]: {} });
        await setConfig(pulumi, "dev", change);
        expect(asked()).toEqual([set]);
    });

    test("fails with Pulumi's own reason", async () => {
        const { pulumi } = fakePulumi({ [set]: { code: 1, stderr: "error: read-only\n" } });
        await expect(setConfig(pulumi, "dev", change)).rejects.toThrow(
            new Error("pulumi config set sharedService false fails: error: read-only"),
        );
    });
});

describe("resourcesInState", () => {
    const urn = (name: string) => ({ urn: `urn:pulumi:dev::${project}::a:b:C::${name}` });
    const state = { checkpoint: { latest: { resources: [urn("cluster1-kind"), urn("x")] } } };
    const write = (text: string) => inBackend(["stacks", project, "dev.json"], text);

    test("tells the names of what the state has", () => {
        write(JSON.stringify(state));
        expect(resourcesInState(fakePulumi({}).pulumi, "dev")).toEqual(["cluster1-kind", "x"]);
    });

    test("tells nothing where there is no state, or a damaged one, or one that is elsewhere", () => {
        const { pulumi } = fakePulumi({});
        expect(resourcesInState(pulumi, "dev")).toBeUndefined();
        write("{");
        expect(resourcesInState(pulumi, "dev")).toBeUndefined();
        write('{"version":3}');
        expect(resourcesInState(pulumi, "dev")).toBeUndefined();
        write(JSON.stringify(state));
        expect(resourcesInState(fakePulumi({}, false).pulumi, "dev")).toBeUndefined();
    });
});

describe("forgetHalfReplaced", () => {
    const urn = (name: string) => `urn:pulumi:dev::${project}::a:b:C::${name}`;
    const command = `pulumi state delete ${urn("cluster2-kind")} --target-dependents --force --yes --stack dev`;
    const write = (pendingReplacement: boolean) =>
        inBackend(
            ["stacks", project, "dev.json"],
            JSON.stringify({
                checkpoint: {
                    latest: {
                        resources: [
                            { urn: urn("cluster1-kind") },
                            { urn: urn("cluster2-kind"), pendingReplacement },
                            { urn: urn("cluster2-provider"), pendingReplacement },
                        ],
                    },
                },
            }),
        );

    test("takes a cluster whose replacement was cut off out of the state, with all that is in it", async () => {
        write(true);
        const { pulumi, asked } = fakePulumi({ [command]: {} });
        await forgetHalfReplaced(pulumi, "dev");
        expect(asked()).toEqual([command]);
    });

    test("touches nothing otherwise", async () => {
        write(false);
        const { pulumi, asked } = fakePulumi({});
        await forgetHalfReplaced(pulumi, "dev");
        expect(asked()).toEqual([]);
    });

    test("says why Pulumi could not", async () => {
        write(true);
        const { pulumi } = fakePulumi({ [command]: { code: 255, stderr: "error: no\n" } });
        await expect(forgetHalfReplaced(pulumi, "dev")).rejects.toThrow(
            "Pulumi could not forget a cluster that is gone: error: no",
        );
    });
});

describe("clearDeadLock", () => {
    const cancel = "pulumi cancel --yes --stack dev";
    const dead = spawnSync("true").pid;
    const taking = (pid: number) =>
        `taking away the lock of a Pulumi that was killed (process ${pid})`;

    function lock(name: string, content: object | string, stack = "dev"): void {
        const text = typeof content === "string" ? content : JSON.stringify(content);
        inBackend(["locks", "organization", project, stack, `${name}.json`], text);
    }

    test("does nothing where there is no lock", async () => {
        const { pulumi, say, said, asked } = fakePulumi({});
        lock("a", { pid: dead, hostname: hostname() }, "other");
        await clearDeadLock(pulumi, "dev", say);
        expect([asked(), said]).toEqual([[], []]);
    });

    test("takes away the lock of a process that is gone", async () => {
        lock("a", { pid: dead, hostname: hostname() });
        const { pulumi, say, said, asked } = fakePulumi({
            [cancel]: {},
        });
        await clearDeadLock(pulumi, "dev", say);
        expect(asked()).toEqual([cancel]);
        expect(said).toEqual([taking(dead)]);
    });

    test("takes away the lock of a process that only waits for its parent to notice its end", async () => {
        // The shell becomes a sleep, which never asks how its child ended.
        const parent = spawn("sh", ["-c", "sleep 0.2 & echo $!; exec sleep 30"]);
        try {
            const pid = await new Promise<number>((resolve) =>
                parent.stdout.once("data", (text: Buffer) => resolve(Number(text.toString()))),
            );
            await untilZombie(pid);
            lock("a", { pid, hostname: hostname() });
            const { pulumi, say, said } = fakePulumi({ [cancel]: {} });
            await clearDeadLock(pulumi, "dev", say);
            expect(said).toEqual([taking(pid)]);
        } finally {
            parent.kill("SIGKILL");
        }
    });

    test("takes away the lock of a process whose number is another program's by now", async () => {
        lock("a", { pid: 1, hostname: hostname() });
        const { pulumi, say, said } = fakePulumi({ [cancel]: {} });
        await clearDeadLock(pulumi, "dev", say);
        expect(said).toEqual([taking(1)]);
    });

    describe("of a Pulumi that runs", () => {
        const timestamp = "2026-03-01T09:30:00Z";
        const since = new Date(timestamp).toLocaleString();
        let other: ChildProcess;

        beforeEach(() => {
            other = spawn("sh", ["-c", "read line", "pulumi"]);
        });

        afterEach(() => other.kill("SIGKILL"));

        /** What is said of the stack's locks, of which one is not to be taken away. */
        async function refusal(): Promise<string> {
            const { pulumi, say, said, asked } = fakePulumi({});
            const error = await clearDeadLock(pulumi, "dev", say).catch((reason: Error) => reason);
            expect([asked(), said]).toEqual([[], []]);
            return (error as Error).message;
        }

        test("leaves the lock and names the process", async () => {
            lock("a", { pid: other.pid, hostname: hostname(), timestamp });
            expect(await refusal()).toBe(
                `Pulumi (process ${other.pid}, since ${since}) is already working on stack dev; nothing was changed. Wait until it ends, or end it: kill -INT ${other.pid}`,
            );
        });

        test("leaves the lock beside a damaged one, too, and one without a time", async () => {
            lock("a", "");
            lock("b", { pid: other.pid, hostname: hostname(), timestamp: "yesterday" });
            expect(await refusal()).toContain(`Pulumi (process ${other.pid}) is already working`);
        });

        test("prints nothing of the lock that a terminal would obey", async () => {
            lock("a", { pid: dead, hostname: "far\u001b[31m\u202eaway", timestamp });
            expectClearText(await refusal());
        });

        test("leaves the lock of one that is gone, too", async () => {
            lock("a", { pid: dead, hostname: hostname(), timestamp });
            lock("b", { pid: other.pid, hostname: hostname(), timestamp });
            expect(await refusal()).toContain(`Pulumi (process ${other.pid}, since ${since})`);
        });

        test("leaves the lock of another machine, which may be this one under an older name", async () => {
            lock("a", { pid: dead, hostname: "elsewhere", timestamp });
            expect(await refusal()).toBe(
                `Pulumi (process ${dead} of machine elsewhere, since ${since}) is working on stack dev; nothing was changed. If that machine is this one under an older name, or the process is gone: npm run pulumi -- cancel --yes --stack dev`,
            );
        });
    });

    test("leaves a lock that is damaged", async () => {
        lock("a", "{");
        const { pulumi, say, said, asked } = fakePulumi({});
        await clearDeadLock(pulumi, "dev", say);
        expect([asked(), said]).toEqual([[], []]);
    });

    test("leaves every lock where the backend is the user's", async () => {
        lock("a", { pid: dead, hostname: hostname() });
        const { pulumi, say, said, asked } = fakePulumi({}, false);
        await clearDeadLock(pulumi, "dev", say);
        expect([asked(), said]).toEqual([[], []]);
    });
});

async function untilZombie(pid: number): Promise<void> {
    const isZombie = await poll(
        async () => {
            const { stdout } = await run("ps", ["-o", "stat=", "-p", String(pid)]);
            return stdout.trim().startsWith("Z") || undefined;
        },
        { withinMs: 4000, everyMs: 20 },
    );
    expect(isZombie).toBe(true);
}
