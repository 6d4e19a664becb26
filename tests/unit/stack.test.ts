import { ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { PulumiCli } from "../../src/cli/pulumiCli";
import {
    clearDeadLock,
    dropSalt,
    forgetStack,
    selectStack,
    setConfig,
    stackExists,
} from "../../src/cli/stack";
import { projectRoot } from "../../src/config/declaration";
import { stackFilePath } from "../../src/config/stackFile";
import { writeExistingRecord } from "../../src/existing/record";
import { forgetRelease } from "../../src/existing/sweep";
import { readRecord, recordPath, writeRecord } from "../../src/kind/record";
import { poll } from "../../src/poll";
import { run } from "../../src/runner";
import { stateFolder } from "../../src/tools/pulumiTool";
import { Answers, fakeRunner } from "../support/fakeRunner";

jest.mock("../../src/config/declaration", () =>
    jest.requireActual<object>("../support/temporaryProject"),
);

jest.mock("../../src/existing/sweep", () => ({ forgetRelease: jest.fn() }));

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

describe("dropSalt", () => {
    /** What a stack file has after its salt was to be dropped. */
    function without(content: string): string {
        writeFileSync(stackFile, content);
        dropSalt("dev");
        return readFileSync(stackFile, "utf8");
    }

    test("makes no file where there is none", () => {
        dropSalt("dev");
        expect(existsSync(stackFile)).toBe(false);
    });

    test.each([
        ["encryptionsalt: v1:abc=\n", ""],
        ["encryptionsalt: v1:abc", ""],
        ["# mine\nencryptionsalt: v1:abc\nconfig:\n  p:a: 1\n", "# mine\nconfig:\n  p:a: 1\n"],
        ["config:\n  p:a: 1\nencryptionsalt: v1:abc\n", "config:\n  p:a: 1\n"],
    ])("takes the salt out of %j and nothing else", (content, expected) => {
        expect(without(content)).toBe(expected);
    });

    test.each([
        "",
        "config:\n  p:a: 1\n",
        "config:\n  p:a: 'encryptionsalt: x'\n",
        "config:\n  encryptionsalt: mine\n",
        "encryptionsalt: v1:abc\nconfig:\n  p:a:\n    secure: v1:xyz\n",
        "config:\n  p:a:\n    secure: v1:xyz\nencryptionsalt: v1:abc\n",
        "encryptionsalt: v1:abc\nconfig:\n  p:a: {secure: v1:xyz}\n",
        "encryptionsalt: v1:abc\nconfig:\n  p:a:\n    list:\n      - secure: v1:xyz\n",
    ])("leaves %j as it is", (content) => {
        expect(without(content)).toBe(content);
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

describe("clearDeadLock", () => {
    const cancel = "pulumi cancel --yes --stack dev";
    const stackExport = "pulumi stack export --stack dev";
    const dead = spawnSync("true").pid;
    const taking = (pid: number) =>
        `taking away the lock of a Pulumi that was killed (process ${pid})`;

    function lock(name: string, content: object | string, stack = "dev"): void {
        const text = typeof content === "string" ? content : JSON.stringify(content);
        inBackend(["locks", "organization", project, stack, `${name}.json`], text);
    }

    /** A pending operation as `pulumi stack export` has it. */
    function pending(name: string, type: string, operation = "creating", stack = "dev") {
        return {
            type: operation,
            resource: { urn: `urn:pulumi:${stack}::${project}::${type}::${name}`, type },
        };
    }

    const exportOf = (operations?: readonly object[]) => ({
        stdout: JSON.stringify({ version: 3, deployment: { pending_operations: operations } }),
    });

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
            [stackExport]: exportOf(),
        });
        await clearDeadLock(pulumi, "dev", say);
        expect(asked()).toEqual([cancel, stackExport]);
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
            const { pulumi, say, said } = fakePulumi({ [cancel]: {}, [stackExport]: exportOf() });
            await clearDeadLock(pulumi, "dev", say);
            expect(said).toEqual([taking(pid)]);
        } finally {
            parent.kill("SIGKILL");
        }
    });

    test("takes away the lock of a process whose number is another program's by now", async () => {
        lock("a", { pid: 1, hostname: hostname() });
        const { pulumi, say, said } = fakePulumi({ [cancel]: {}, [stackExport]: exportOf() });
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
                `Pulumi (process ${other.pid}, since ${since}) works on stack dev already; nothing was changed. Wait for its end, or end it: kill -INT ${other.pid}`,
            );
        });

        test("leaves the lock of one that is gone, too", async () => {
            lock("a", { pid: dead, hostname: hostname(), timestamp });
            lock("b", { pid: other.pid, hostname: hostname(), timestamp });
            expect(await refusal()).toContain(`Pulumi (process ${other.pid}, since ${since})`);
        });

        test("leaves the lock of another machine, which may be this one under an older name", async () => {
            lock("a", { pid: dead, hostname: "elsewhere", timestamp });
            expect(await refusal()).toBe(
                `Pulumi (process ${dead} of machine elsewhere, since ${since}) works on stack dev; nothing was changed. If that machine is this one under an older name, or the process is gone: npm run pulumi -- cancel --yes --stack dev`,
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

    describe("with operations that never ended", () => {
        const release = "kubernetes:helm.sh/v3:Release";
        const service = "kubernetes:core/v1:Service";
        const record = { token: "old", identity: "i", phase: "ready" } as const;

        /** What is renewed in a stack after a dead lock with such operations was taken away. */
        async function renewed(
            exported: ReturnType<typeof exportOf> | { code: number },
            stack = "dev",
        ) {
            for (const cluster of ["cluster1", "cluster2"] as const) {
                writeRecord(recordPath(stack, cluster), record);
            }
            lock("a", { pid: dead, hostname: hostname() }, stack);
            const { pulumi, say, said } = fakePulumi({
                "pulumi cancel": {},
                "pulumi stack export": exported,
            });
            await clearDeadLock(pulumi, stack, say);
            expect(said[0]).toBe(taking(dead));
            const clusters = (["cluster1", "cluster2"] as const).filter((cluster) => {
                const { token, ...others } = readRecord(recordPath(stack, cluster))!;
                expect(others).toEqual({ identity: "i", phase: "ready" });
                return token !== "old";
            });
            expect(said.slice(1)).toEqual(
                clusters.map(
                    (cluster) =>
                        `${cluster} was being filled or deleted at that moment; it is created again`,
                ),
            );
            return clusters;
        }

        test("a cluster that was being deleted gets a new token; one that was being made keeps its own", async () => {
            const command = "command:local:Command";
            expect(
                await renewed(
                    exportOf([
                        pending("cluster1-kind", command, "deleting"),
                        pending("cluster2-kind", command),
                    ]),
                ),
            ).toEqual(["cluster1"]);
        });

        test("the clusters that were being filled get a new token, each once", async () => {
            expect(
                await renewed(
                    exportOf([
                        pending("mesh-cilium-cluster2", release),
                        pending("cluster2-lab-rebel-base-service", service),
                    ]),
                ),
            ).toEqual(["cluster2"]);
            expect(
                await renewed(
                    exportOf([
                        pending("mesh-cilium-cluster2", release),
                        pending("mesh-cilium-cluster1", release),
                    ]),
                ),
            ).toEqual(["cluster1", "cluster2"]);
        });

        test.each<[string, readonly object[] | undefined]>([
            ["none", undefined],
            ["an empty list", []],
            ["an update", [pending("mesh-cilium-cluster1", release, "updating")]],
            ["a deletion", [pending("cluster1-lab-rebel-base-service", service, "deleting")]],
            [
                "a cluster that kind was creating",
                [pending("cluster1-kind", "command:local:Command")],
            ],
            ["a key", [pending("mesh-ca-key", "tls:index/privateKey:PrivateKey")]],
        ])("%s of them renews no cluster", async (_, operations) => {
            expect(await renewed(exportOf(operations))).toEqual([]);
        });

        test("a state that cannot be had renews no cluster", async () => {
            expect(await renewed({ code: 255 })).toEqual([]);
        });

        test("a stack that is called after a cluster renews no other", async () => {
            const operation = pending("mesh-cilium-cluster1", release, "creating", "my-cluster2");
            expect(await renewed(exportOf([operation]), "my-cluster2")).toEqual(["cluster1"]);
        });

        test("an existing cluster is never made anew: Helm forgets what was cut off", async () => {
            writeExistingRecord("dev", "cluster2", { token: "t", uid: "u" });
            lock("a", { pid: dead, hostname: hostname() });
            const { pulumi, say, said } = fakePulumi({
                [cancel]: {},
                [stackExport]: exportOf([pending("mesh-cilium-cluster2", release)]),
            });
            await clearDeadLock(pulumi, "dev", say);
            expect(said.slice(1)).toEqual([
                "cluster2 was being filled at that moment; Cilium is installed over itself",
            ]);
            expect(jest.mocked(forgetRelease).mock.calls).toEqual([["dev", "cluster2"]]);
        });

        test("a cluster without a record needs no new token", async () => {
            lock("a", { pid: dead, hostname: hostname() });
            const { pulumi, say } = fakePulumi({
                [cancel]: {},
                [stackExport]: exportOf([pending("mesh-cilium-cluster1", release)]),
            });
            await clearDeadLock(pulumi, "dev", say);
            expect(existsSync(recordPath("dev", "cluster1"))).toBe(false);
        });
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
