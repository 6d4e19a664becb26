import { ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../src/config/declaration";
import { stackFolder } from "../../../src/machine/names";
import { endHolder, lockStack, workerOn } from "../../../src/stack/lock";
import { fakeTime } from "../../support/fakeTime";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);

const path = join(stackFolder("dev"), "lock.json");
const since = "2026-03-01T09:30:00.000Z";
const before = process.listeners("exit");
let other: ChildProcess;

beforeEach(() => {
    rmSync(join(projectRoot, ".lab"), { recursive: true, force: true });
    other = spawn("sh", ["-c", "read line", "src/commands/up.ts"]);
});

afterEach(() => {
    other.kill("SIGKILL");
    releases().forEach((listener) => process.off("exit", listener));
});

/** What the locks of this process do at its end. */
function releases(): NodeJS.ExitListener[] {
    return process.listeners("exit").filter((listener) => !before.includes(listener));
}

function held(content: object | string): void {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
}

function holder(): unknown {
    const inFolder = join(path, "holder.json");
    return JSON.parse(readFileSync(existsSync(inFolder) ? inFolder : path, "utf8"));
}

test("a stack that nobody works on is held until this process ends", async () => {
    await lockStack("dev", "tour");
    expect(holder()).toMatchObject({
        what: "npm run tour",
        pid: process.pid,
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown,
    });
    expect(statSync(path).mode & 0o777).toBe(0o700);
    releases().forEach((release) => release(0));
    expect(existsSync(path)).toBe(false);
});

test("a stack that is let go is free, and the end of the process changes nothing more", async () => {
    const letGo = await lockStack("dev", "class -- up");
    letGo();
    expect(existsSync(path)).toBe(false);
    expect(releases()).toEqual([]);
});

test("a stack that another shell's command works on is refused with its name, process and start", async () => {
    held({ command: "up", pid: other.pid, since });
    await expect(lockStack("dev", "down")).rejects.toThrow(
        new Error(
            `npm run up (process ${other.pid}, since ${new Date(since).toLocaleString()}) is already working on stack dev; nothing was changed. Wait until it ends, or end it with Ctrl-C there.`,
        ),
    );
    expect(holder()).toEqual({ command: "up", pid: other.pid, since });
    expect(releases()).toEqual([]);
});

test("who works on a stack is told to whoever looks, and nobody where nobody does", async () => {
    expect(workerOn("dev")).toBeUndefined();
    held({ command: "up", pid: other.pid, since });
    expect(workerOn("dev")).toMatchObject({ what: "npm run up", since });
    held({ command: "up", pid: spawnSync("true").pid, since });
    expect(workerOn("dev")).toBeUndefined();
    await lockStack("dev", "class -- down");
    expect(workerOn("dev")).toMatchObject({ what: "npm run class -- down" });
});

test("a stack that is refused because of its backend is free at once, not only at the end of the process", async () => {
    mkdirSync(stackFolder("dev"), { recursive: true });
    const backend = { id: "0123456789ab", address: "s3://team" };
    writeFileSync(join(stackFolder("dev"), "origin.json"), JSON.stringify({ backend }));
    await expect(lockStack("dev", "board")).rejects.toThrow("stack dev is kept in s3://team");
    expect(existsSync(path)).toBe(false);
    expect(releases()).toEqual([]);
});

test("another stack is free", async () => {
    held({ command: "up", pid: other.pid, since });
    await lockStack("dev2", "up");
    expect(existsSync(join(stackFolder("dev2"), "lock.json"))).toBe(true);
});

test.each<[string, () => object | string]>([
    ["a process that is gone", () => ({ command: "up", pid: spawnSync("true").pid, since })],
    ["a process of another program", () => ({ command: "down", pid: other.pid, since })],
    ["an older process of this one's number", () => ({ command: "up", pid: process.pid, since })],
    ["nobody, because it is damaged", () => "{"],
])("the lock of %s is taken over", async (_, lock) => {
    held(lock());
    await lockStack("dev", "up");
    expect(holder()).toMatchObject({ what: "npm run up", pid: process.pid });
});

test("a lock that another process has taken over meanwhile is not taken away at the end", async () => {
    await lockStack("dev", "up");
    held({ command: "up", pid: other.pid, since });
    releases().forEach((release) => release(0));
    expect(holder()).toMatchObject({ pid: other.pid });
});

const byEphemeral = "npm run up of npm run ephemeral";

test("who works on an ephemeral lab for it is ended in order, which is said", async () => {
    const ended = new Promise((resolve) => other.once("exit", (_, signal) => resolve(signal)));
    const said: string[] = [];
    held({ what: byEphemeral, pid: other.pid });
    await endHolder("dev", (line) => said.push(line));
    expect(await ended).toBe("SIGINT");
    expect(said).toEqual([
        `${byEphemeral} (process ${other.pid}) is still working on stack dev; it is ended first`,
    ]);
});

/** A command that works on the stack and does this at Ctrl-C, once it listens. */
async function listening(atInterrupt: string): Promise<void> {
    const script = `process.on("SIGINT", () => { ${atInterrupt} }); process.stdout.write("up"); setInterval(() => {}, 1e6)`;
    other.kill("SIGKILL");
    other = spawn(process.execPath, ["-e", script]);
    await new Promise((resolve) => other.stdout!.once("data", resolve));
    held({ what: byEphemeral, pid: other.pid });
}

test("one that Ctrl-C does not end within a minute is killed", async () => {
    await listening("");
    const ended = new Promise((resolve) => other.once("exit", (_, signal) => resolve(signal)));
    const time = fakeTime();
    await endHolder("dev", () => undefined, time);
    expect(await ended).toBe("SIGKILL");
    expect(time.now()).toBe(60_000);
});

test("one that takes a while to end in order is waited for, and not killed", async () => {
    await listening("process.exit(7)");
    const ended = new Promise((resolve) => other.once("exit", (code) => resolve(code)));
    const { now, sleep } = fakeTime();
    await endHolder("dev", () => undefined, {
        now,
        sleep: async (ms) => void (await Promise.all([sleep(ms), ended])),
    });
    expect(await ended).toBe(7);
});

test("a user's own command that works on it is not ended, and named", async () => {
    held({ what: "npm run up", pid: other.pid });
    await expect(endHolder("dev", () => undefined)).rejects.toThrow(
        `npm run up (process ${other.pid}) is working on stack dev and was not started by npm run ephemeral, so it continues and the stack is kept. Once it has ended: npm run ephemeral -- --stage down --stack dev`,
    );
    expect(other.exitCode ?? other.signalCode).toBeNull();
});

test("a command tells in its lock for which ephemeral lab it was begun", async () => {
    process.env.LAB_EPHEMERAL = "dev";
    await lockStack("dev", "up");
    await lockStack("dev2", "up");
    delete process.env.LAB_EPHEMERAL;
    expect(holder()).toMatchObject({ what: byEphemeral });
    const file = join(stackFolder("dev2"), "lock.json", "holder.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ what: "npm run up" });
});

test("a process that only has the number of one that worked on a stack is left alone", async () => {
    held({ command: "down", pid: other.pid, since });
    await endHolder("dev", () => undefined);
    await endHolder("another", () => undefined);
    expect(other.exitCode ?? other.signalCode).toBeNull();
});
