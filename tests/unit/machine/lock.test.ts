import { spawn, spawnSync } from "node:child_process";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    readdirSync,
    renameSync,
    rmSync,
    statSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { Lock, holderOf, tryLock, waitForLock, withLock } from "../../../src/machine/lock";
import { Holder, describeHolder, endingOf } from "../../../src/machine/lockHolder";
import { LockedError } from "../../../src/machine/lockWait";
import { poll } from "../../../src/machine/poll";
import { isRunning, thisProcess } from "../../../src/machine/processes";
import { fakeTime } from "../../support/fakeTime";
import { labLoader } from "../../support/labLoader";

const gone = spawnSync("true").pid;
let folder: string;
let path: string;
const held: Lock[] = [];

beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lock-"));
    path = join(folder, "some", "lock.json");
});

afterEach(() => {
    held.splice(0).forEach(({ release }) => release());
    rmSync(folder, { recursive: true, force: true });
});

function lock(what = "npm run up"): Lock | Holder {
    const lockOrHolder = tryLock(path, what);
    if ("release" in lockOrHolder) {
        held.push(lockOrHolder);
    }
    return lockOrHolder;
}

test("a lock that a full disk has no room for leaves nothing, and is named as it is called", () => {
    const fs = jest.requireActual<typeof import("node:fs")>("node:fs");
    const full = Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
    jest.spyOn(fs, "writeFileSync").mockImplementationOnce(() => {
        throw full;
    });
    expect(() => lock()).toThrow(
        `${path} cannot be written: the disk is full. Fix: free some space; df -h ${folder} shows how much there is`,
    );
    jest.restoreAllMocks();
    expect(readdirSync(folder)).toEqual([]);
    expect(lock()).toHaveProperty("release");
});

/** Puts a lock of this checkout there, as another process writes it. */
function lockOf(holder: object): void {
    mkdirSync(path, { recursive: true });
    const written = { what: "npm run up", token: "0123456789abcdef", ...holder };
    writeFileSync(join(path, "holder.json"), JSON.stringify(written));
}

/** Puts an older checkout's lock there, or a damaged one. */
function fileLock(content: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
}

function isMine(): boolean {
    return holderOf(path)?.pid === process.pid;
}

test("what else is in a lock's folder stays, and the folder with it", () => {
    const taken = tryLock(path, "a") as Lock;
    writeFileSync(join(dirname(path), "another"), "");
    taken.release();
    expect(readdirSync(dirname(path))).toEqual(["another"]);
});

test("a lock that nobody has is held by this process, which is named, until it is given up", () => {
    const first = lock("npm run tour");
    expect(holderOf(path)).toMatchObject({ what: "npm run tour", ...thisProcess() });
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(lock("npm run down")).toMatchObject({ what: "npm run tour", pid: process.pid });
    (first as Lock).release();
    (first as Lock).release();
    expect(existsSync(dirname(path))).toBe(false);
    expect("release" in lock()).toBe(true);
});

test("a lock that another process has by now is not taken away by its former holder", () => {
    const first = lock() as Lock;
    rmSync(path, { recursive: true });
    lockOf({ ...thisProcess(), token: "fedcba9876543210" });
    first.release();
    expect(isMine()).toBe(true);
});

test("the end of the process gives it up", () => {
    lock();
    const listener = process.listeners("exit").at(-1)!;
    (listener as () => void)();
    expect(existsSync(path)).toBe(false);
    expect(process.listeners("exit")).not.toContain(listener);
});

describe("a stale lock is taken over:", () => {
    test.each<[string, () => void]>([
        ["of a process that is gone", () => lockOf({ pid: gone })],
        ["of an earlier process of another's number", () => lockOf({ pid: 1, start: "-1" })],
        [
            "of an earlier process of this one's number",
            () => lockOf({ ...thisProcess(), start: "1" }),
        ],
        [
            "of before the machine was restarted",
            () => lockOf({ ...thisProcess(), boot: "another" }),
        ],
        ["of no process at all", () => lockOf({ pid: "12" })],
        ["of a number that no process can have", () => lockOf({ pid: 1e99 })],
        ["of more digits than a process has", () => lockOf({ pid: 99_999_999_999 })],
        ["of half a process", () => lockOf({ pid: 1.5 })],
        ["that does not say what its holder does", () => lockOf({ ...thisProcess(), what: 5 })],
        ["an empty folder", () => mkdirSync(path, { recursive: true })],
        ["an empty file", () => fileLock("")],
        ["a file that is half written", () => fileLock('{"command":"up","pid":1')],
        ["a file that says something else", () => fileLock("null")],
        ["an older checkout's, of a process that is gone", () => fileLock(String(gone))],
        ["an older checkout's, whose process's number is 1 now", () => fileLock("1")],
        [
            "an older stack's, whose process's number is 1 now",
            () => fileLock('{"command":"up","pid":1}'),
        ],
        [
            "an older stack's, of this process's number",
            () => fileLock(`{"command":"up","pid":${process.pid}}`),
        ],
    ])("%s", (_, put) => {
        put();
        expect("release" in lock()).toBe(true);
        expect(isMine()).toBe(true);
        expect(readdirSync(dirname(path))).toEqual(["lock.json"]);
    });

    test("half a holder's file", () => {
        mkdirSync(path, { recursive: true });
        writeFileSync(join(path, "holder.json"), '{"what":"npm run up","pi');
        expect("release" in lock()).toBe(true);
    });

    test("what killed processes left beside it goes, what living ones need stays", () => {
        lock();
        const left = `.${gone}.0123456789abcdef.part`;
        const others = `.${process.ppid}.0123456789abcdef.part`;
        [left, others, ".0123456789abcdef"].forEach((end) => mkdirSync(path + end));
        mkdirSync(`${path}.other.${gone}.0123456789abcdef.part`);
        held.pop()!.release();
        lock();
        expect(readdirSync(dirname(path)).sort()).toEqual(
            ["", others, `.other${left}`].map((end) => `lock.json${end}`).sort(),
        );
    });
});

describe("a lock is respected:", () => {
    test("of another container or machine, of which nothing can be told", () => {
        lockOf({ ...thisProcess(), pid: gone, namespace: "pid:[1]", host: "box" });
        expect(lock()).toMatchObject({ pid: gone });
        rmSync(path, { recursive: true });
        lockOf({ pid: gone, host: "far" });
        expect(describeHolder(lock() as Holder)).toBe(`npm run up (process ${gone} of far)`);
    });

    test("whatever else is in it, and nothing of it reaches the terminal as a command", () => {
        lockOf({
            pid: process.pid,
            what: "npm run up\u001b[31m\nnothing \u202ewrong",
            host: ["a"],
            since: "yesterday",
            program: "node",
            boot: {},
            namespace: 5,
            start: null,
        });
        expect(describeHolder(lock() as Holder)).toBe(
            `npm run up nothing \\u202ewrong (process ${process.pid})`,
        );
        rmSync(path, { recursive: true });
        lockOf({ pid: gone, host: "far\u001b]0;title\u0007 away" });
        const holder = lock() as Holder;
        expect(describeHolder(holder)).toBe(`npm run up (process ${gone} of far away)`);
        expect(endingOf(holder, "/a b/lock.json")).toContain("rm -r '/a b/lock.json'");
    });

    test.each(["up", "down", "tour", "class"])("of an older checkout's %s that runs", (command) => {
        const other = spawn("sh", ["-c", "read line", `src/cli/${command}.ts`]);
        try {
            const since = "2026-03-01T09:30:00.000Z";
            fileLock(JSON.stringify({ command, pid: other.pid, since }));
            expect(describeHolder(lock() as Holder)).toBe(
                `npm run ${command} (process ${other.pid}, since ${new Date(since).toLocaleString()})`,
            );
        } finally {
            other.kill("SIGKILL");
        }
    });

    test("of an older checkout's kind that runs, which has only its number in it", () => {
        const other = spawn("sh", ["-c", "read line", "src/kind/command.ts"]);
        try {
            fileLock(String(other.pid));
            expect(lock()).toMatchObject({ pid: other.pid });
        } finally {
            other.kill("SIGKILL");
        }
    });
});

describe("waiting", () => {
    const busy = () => lockOf(thisProcess());

    test("is silent where it is short, and then the lock is had", async () => {
        busy();
        setTimeout(() => rmSync(path, { recursive: true }), 50);
        const say = jest.fn();
        held.push(
            await waitForLock(path, "a", {
                lockOf: "the cache",
                say,
                withinMs: 60_000,
                quietMs: 60_000,
            }),
        );
        expect([isMine(), say.mock.calls]).toEqual([true, []]);
    });

    test("says who holds the lock, since when, and for how long it waits", async () => {
        const since = "2026-03-01T09:30:00.000Z";
        lockOf({ ...thisProcess(), since });
        const said: string[] = [];
        const say = (line: string) => {
            said.push(line);
            rmSync(path, { recursive: true });
        };
        const waiting = { lockOf: "the image cache", say, withinMs: 600_000, quietMs: 0 };
        held.push(await waitForLock(path, "a", waiting));
        expect(said).toEqual([
            `waiting for the image cache, for 600 s at most: npm run up (process ${process.pid}, since ${new Date(since).toLocaleString()}) works on it`,
        ]);
    });

    test("has an end, which names the holder and the way out", async () => {
        busy();
        const waiting = { lockOf: "the image cache", say: jest.fn(), withinMs: 0 };
        const error = await waitForLock(path, "a", waiting).catch((one: Error) => one);
        expect(error).toBeInstanceOf(LockedError);
        expect((error as Error).message).toBe(
            `the image cache was not to be had within 0 s: npm run up (process ${process.pid}) works on it. Wait for its end, or end it: kill -INT ${process.pid}`,
        );
        lockOf({ pid: 12, host: "far" });
        await expect(waitForLock(path, "a", waiting)).rejects.toThrow(
            `(process 12 of far) works on it. Wait for its end, or end it: there, or if it is gone: rm -r ${path}`,
        );
    });

    test("is as long as its clock says, which it asks again and again, and says so every half minute", async () => {
        busy();
        const say = jest.fn();
        const time = fakeTime();
        const waiting = { lockOf: "the cache", say, withinMs: 70_000, time };
        await expect(waitForLock(path, "a", waiting)).rejects.toThrow(LockedError);
        expect(time.now()).toBe(70_000);
        const lefts = say.mock.calls.map(([line]) => /for (\d+) s/.exec(line as string)![1]);
        expect(lefts).toEqual(["68", "38", "8"]);
    });

    test("ends with the work: the lock is free after it, also if it fails", async () => {
        const waiting = { lockOf: "the cache", say: jest.fn(), withinMs: 0 };
        expect(await withLock(path, "a", waiting, () => Promise.resolve(isMine()))).toBe(true);
        const failing = withLock(path, "a", waiting, () => Promise.reject(new Error("no room")));
        await expect(failing).rejects.toThrow("no room");
        expect(existsSync(path)).toBe(false);
    });
});

test("where no lock can be made, that is one sentence", () => {
    writeFileSync(join(folder, "some"), "");
    expect(() => lock()).toThrow(
        `${path} cannot be read: ${join(folder, "some")} is a file where a folder is meant. Fix: mv ${join(folder, "some")} ${join(folder, "some")}.old`,
    );
});

/** Contends with others for a lock, round by round, as the file that begins a round says. */
const contender = `
    const { existsSync, readFileSync, rmSync, writeFileSync, appendFileSync } = require("node:fs");
    const { tryLock, waitForLock } = require(${JSON.stringify(resolve(projectRoot, "src/machine/lock"))});
    const folder = process.argv[2];
    const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    const begun = (round) => {
        while (!existsSync(folder + "/go" + round)) {
            if (!existsSync(folder)) process.exit();
            pause(1);
        }
        return readFileSync(folder + "/go" + round, "utf8");
    };
    function work(round) {
        const busy = folder + "/busy" + round;
        try {
            writeFileSync(busy, "", { flag: "wx" });
        } catch {
            appendFileSync(folder + "/overlaps", round + " ");
        }
        appendFileSync(folder + "/holders" + round, process.pid + "\\n");
        pause(1);
        rmSync(busy, { force: true });
    }
    void (async () => {
        writeFileSync(folder + "/ready" + process.pid, "");
        for (let round = 0, mode; (mode = begun(round)) !== "end"; round++) {
            const path = folder + "/lock" + round;
            const lock =
                mode === "one"
                    ? tryLock(path, "contender")
                    : await waitForLock(path, "contender", { lockOf: "it", say() {}, withinMs: 60000 });
            if (lock.release) work(round);
            appendFileSync(folder + "/tried" + round, "x");
            if (mode === "kill") process.kill(process.pid, "SIGKILL");
            if (mode === "one") begun(round + 1);
            lock.release?.();
        }
        process.exit(0);
    })();`;

describe("of many processes that want a stale lock at once", () => {
    const count = 8;
    let common: string;
    let ends: Promise<unknown>[];
    let round = -1;

    beforeAll(async () => {
        common = mkdtempSync(join(tmpdir(), "contenders-"));
        const script = join(common, "contender.cjs");
        writeFileSync(script, contender);
        const args = [...labLoader, script, common];
        // Without any ps.
        const env = { ...process.env, PATH: common };
        ends = Array.from({ length: count }, () => {
            const child = spawn(process.execPath, args, {
                cwd: projectRoot,
                env,
                stdio: "inherit",
            });
            return new Promise((end) => child.on("exit", (code, signal) => end(signal ?? code)));
        });
        await until(() => files("ready").length === count);
    }, 60_000);

    afterAll(() => rmSync(common, { recursive: true, force: true }));

    const files = (start: string) => readdirSync(common).filter((file) => file.startsWith(start));
    const sizeOf = (file: string) =>
        statSync(join(common, file), { throwIfNoEntry: false })?.size ?? 0;
    const until = async (isSo: () => boolean) => {
        const ask = () => Promise.resolve(isSo() || undefined);
        expect(await poll(ask, { withinMs: 30_000, everyMs: 2 })).toBe(true);
    };

    /** Leaves a lock of a process that is gone, in one of the forms there are, and begins the next round. */
    function begin(mode: "each" | "one" | "kill" | "end"): void {
        const at = join(common, `lock${++round}`);
        const forms = [
            () => writeFileSync(at, String(gone)),
            () => writeFileSync(at, JSON.stringify({ command: "up", pid: 1, since: "2026-03-01" })),
            () => writeFileSync(at, ""),
            () => {
                mkdirSync(at);
                const written = { what: "up", pid: gone, token: "0123456789abcdef" };
                writeFileSync(join(at, "holder.json"), JSON.stringify(written));
            },
            () => mkdirSync(at),
        ];
        forms[round % forms.length]!();
        writeFileSync(join(common, "go"), mode);
        renameSync(join(common, "go"), join(common, `go${round}`));
    }

    /** The processes that held the lock in the round, once all have tried. */
    async function holders(): Promise<string[]> {
        await until(() => sizeOf(`tried${round}`) === count);
        return readFileSync(join(common, `holders${round}`), "utf8")
            .trim()
            .split("\n");
    }

    test("exactly one has it where none waits, 25 times", async () => {
        for (let times = 0; times < 25; times++) {
            begin("one");
            expect(await holders()).toHaveLength(1);
        }
    }, 60_000);

    test("each has it once where they wait, one after the other, 25 times", async () => {
        for (let times = 0; times < 25; times++) {
            begin("each");
            expect(new Set(await holders()).size).toBe(count);
        }
        expect(files("overlaps")).toEqual([]);
    }, 60_000);

    test("those that are killed while they hold it leave it to the others", async () => {
        begin("kill");
        expect(new Set(await holders()).size).toBe(count);
        expect(files("overlaps")).toEqual([]);
        begin("end");
        expect(await Promise.all(ends)).toEqual(Array(count).fill("SIGKILL"));
    }, 60_000);
});

const busybox = spawnSync("busybox", ["ps"]).status === 0;
(busybox ? test : test.skip)("BusyBox's ps, which knows no -p, changes nothing", () => {
    const bin = join(folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "ps"), '#!/bin/sh\nexec busybox ps "$@"\n');
    chmodSync(join(bin, "ps"), 0o755);
    const lockPath = JSON.stringify(path);
    const source = JSON.stringify(resolve(projectRoot, "src/machine/lock"));
    const ask = () =>
        spawnSync(
            process.execPath,
            [
                ...[...labLoader, "--print"],
                `"release" in require(${source}).tryLock(${lockPath}, "npm run down")`,
            ],
            {
                cwd: projectRoot,
                encoding: "utf8",
                env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
            },
        ).stdout.trim();
    lock();
    expect(ask()).toBe("false");
    held.pop()!.release();
    lockOf({ pid: gone });
    expect(ask()).toBe("true");
});

test("an old lock's age is that of its file", () => {
    fileLock(String(process.ppid));
    utimesSync(path, 1_000_000_000, 1_000_000_000);
    expect(isRunning(process.ppid)).toBe(true);
    expect(holderOf(path)).toBeUndefined();
});
