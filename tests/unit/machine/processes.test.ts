import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import {
    ProcessName,
    Processes,
    RunningProcess,
    isAlive,
    isElsewhere,
    isRunning,
    thisMachine,
    thisProcess,
} from "../../../src/machine/processes";

const gone = spawnSync("true").pid;
const at = "2026-03-01T09:30:00.000Z";

/** A machine on which process 7 runs. */
function machine(running: RunningProcess | undefined, more: Partial<Processes> = {}): Processes {
    const find = (pid: number) => (pid === 7 ? running : undefined);
    return { host: "here", boot: "b1", namespace: "n1", find, ...more };
}

/** A process with a start, as this machine names it. */
const named: ProcessName = { pid: 7, host: "here", boot: "b1", namespace: "n1", start: "100" };

test("this process is alive, and one that has ended is not", () => {
    expect(isAlive(thisProcess())).toBe(true);
    expect(isAlive({ pid: gone })).toBe(false);
    expect([0, -1, Number.NaN, 1.5, gone, process.pid].map(isRunning)).toEqual([
        ...Array<boolean>(5).fill(false),
        true,
    ]);
});

test("a process that has ended, and that its parent has not asked about, is not alive", async () => {
    const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 30"]);
    try {
        const pid = await new Promise<number>((resolve) =>
            parent.stdout.once("data", (text: Buffer) => resolve(Number(text.toString()))),
        );
        while (isAlive({ pid })) {
            await new Promise((later) => setTimeout(later, 20));
        }
        expect(isRunning(pid)).toBe(true);
    } finally {
        parent.kill("SIGKILL");
    }
});

(existsSync("/proc/self/stat") ? test : test.skip)(
    "without any ps on PATH, Linux tells start and command line of a process, whatever its name has in it",
    async () => {
        const path = process.env.PATH;
        const sleeper = spawn("bash", ["-c", "exec -a 'a) Z (1 2' sleep 30"]);
        try {
            process.env.PATH = "";
            await new Promise((later) => sleeper.once("spawn", later));
            while (!thisMachine.find(sleeper.pid!)?.commandLine?.startsWith("a) Z")) {
                await new Promise((later) => setTimeout(later, 20));
            }
            const { start, startedAt, commandLine } = thisMachine.find(sleeper.pid!)!;
            expect(start).toMatch(/^\d+$/);
            expect(Math.abs(startedAt! - Date.now())).toBeLessThan(60_000);
            expect(commandLine).toContain("30");
            expect(isAlive({ ...thisProcess(), pid: sleeper.pid!, start })).toBe(true);
            expect(isAlive({ ...thisProcess(), pid: sleeper.pid!, start: "1" })).toBe(false);
        } finally {
            process.env.PATH = path;
            sleeper.kill("SIGKILL");
        }
    },
);

test.each<[string, boolean, Partial<ProcessName>, RunningProcess | undefined, Partial<Processes>?]>(
    [
        ["of that number and start", true, {}, { start: "100" }],
        ["of that number, started at another time", false, {}, { start: "101" }],
        ["of that number, whose start cannot be told", true, {}, {}],
        ["that is not there", false, {}, undefined],
        ["of an earlier boot", false, { boot: "b0" }, { start: "100" }],
        [
            "of an earlier boot of this machine, whose name is unknown",
            false,
            { boot: "b0", host: undefined },
            {},
        ],
        ["of another machine", true, { host: "far", boot: "b0" }, undefined],
        [
            "of another machine, of which the boot is unknown",
            true,
            { host: "far", boot: undefined },
            undefined,
        ],
        ["of another container on this machine", true, { namespace: "n2" }, undefined],
        ["of this machine, which has another name by now", false, { host: "older" }, undefined],
        [
            "of a machine without boots, by its start",
            false,
            { boot: undefined },
            { start: "1" },
            { boot: undefined },
        ],
    ],
)("a process %s counts as alive: %s", (_, alive, more, running, at2 = {}) => {
    expect(isAlive({ ...named, ...more }, machine(running, at2))).toBe(alive);
});

test.each<[string, boolean, RunningProcess]>([
    ["has the program's command line", true, { commandLine: "pulumi up" }],
    [
        "has it, though a clock that was set says that it started later",
        true,
        { commandLine: "pulumi", startedAt: Date.parse(at) + 1e7 },
    ],
    ["has another one", false, { commandLine: "/sbin/init" }],
    ["is one of the kernel's own", false, { commandLine: "" }],
    ["started before", true, { startedAt: Date.parse(at) - 1000 }],
    [
        "started just after, which a clock may be wrong by",
        true,
        { startedAt: Date.parse(at) + 59_000 },
    ],
    ["started long after", false, { startedAt: Date.parse(at) + 61_000 }],
    ["does not say anything", true, {}],
])(
    "where a file tells no start, a process of that number that %s counts as alive: %s",
    (_, alive, running) => {
        expect(
            isAlive({ pid: 7, host: "here", since: at, program: /pulumi/ }, machine(running)),
        ).toBe(alive);
    },
);

test("without a time in the file, a later start says nothing", () => {
    expect(isAlive({ pid: 7 }, machine({ startedAt: Date.now() }))).toBe(true);
    expect(isAlive({ pid: 7, since: "?" }, machine({ startedAt: Date.now() }))).toBe(true);
});

test("a container of the same machine is elsewhere, another name of it is not", () => {
    expect(isElsewhere({ ...named, namespace: "n2" }, machine(undefined))).toBe(true);
    expect(isElsewhere({ ...named, host: "older" }, machine(undefined))).toBe(false);
});
