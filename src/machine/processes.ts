import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process that a file names, as whoever wrote the file saw it. All but its number may be unknown. */
export interface ProcessName {
    readonly pid: number;
    /** Host name of its machine. */
    readonly host?: string;
    /** Identity of the boot of its kernel; containers have it in common with their host. */
    readonly boot?: string;
    /** The namespace (container) in which it has that number. */
    readonly namespace?: string;
    /** When it started, in the machine's own words: equal for the same process, and only for it. */
    readonly start?: string;
    /** ISO 8601: a time at which it was at work. */
    readonly since?: string;
    /** What its command line has, for files that do not tell when it started. */
    readonly program?: RegExp;
}

/** What the machine says of a process that runs. What it does not say is undefined. */
export interface RunningProcess {
    readonly start?: string;
    /** Milliseconds since the epoch. */
    readonly startedAt?: number;
    readonly commandLine?: string;
}

/** The machine's processes; tests hand in their own. */
export interface Processes {
    readonly host: string;
    readonly boot: string | undefined;
    readonly namespace: string | undefined;
    /** A process of that number; undefined if there is none, or it has ended and only waits for its parent to notice. */
    readonly find: (pid: number) => RunningProcess | undefined;
}

/** Clocks are set while machines run: a start this much after a written time says nothing, in milliseconds. */
const clockSlackMs = 60_000;

/** Longest wait for `ps` or `sysctl`, in milliseconds. */
const answerWithinMs = 5_000;

/** Linux counts a process's start in hundredths of a second, whatever the kernel's own clock (`USER_HZ`, proc(5)). */
const ticksPerSecond = 100;

/**
 * Whether a process that a file names is still at work: one that is gone, is a zombie, or has left its number to
 * another one is not. Without `ps`, or with BusyBox's, it is told by `/proc`; where a machine has neither a process's
 * start nor its command line, any process of that number counts, and so does one of another machine or container,
 * which cannot be asked ({@link isElsewhere}).
 */
export function isAlive(named: ProcessName, processes: Processes = thisMachine): boolean {
    if (isElsewhere(named, processes)) {
        return true;
    }
    const isOfEarlierBoot = differ(named.boot, processes.boot);
    const running = isOfEarlierBoot ? undefined : processes.find(named.pid);
    if (running === undefined) {
        return false;
    }
    if (named.start !== undefined && running.start !== undefined) {
        return named.start === running.start;
    }
    // Conservatively: who looks like the one that is meant counts, though a clock that was set says otherwise.
    if (named.program !== undefined && running.commandLine !== undefined) {
        return named.program.test(running.commandLine);
    }
    const since = Date.parse(named.since ?? "");
    return !((running.startedAt ?? 0) > since + clockSlackMs);
}

/** Whether a process belongs to another machine or container, so that nothing here tells whether it runs. */
export function isElsewhere(named: ProcessName, processes: Processes = thisMachine): boolean {
    if (named.boot !== undefined && named.boot === processes.boot) {
        return differ(named.namespace, processes.namespace);
    }
    return differ(named.host, processes.host);
}

function differ(one: string | undefined, other: string | undefined): boolean {
    return one !== undefined && other !== undefined && one !== other;
}

/** This process as it names itself in a file. */
export function thisProcess(processes: Processes = thisMachine): ProcessName {
    const { host, boot, namespace } = processes;
    const start = processes.find(process.pid)?.start;
    return { pid: process.pid, host, boot, namespace, start };
}

/** Whether there is a process of that number, also one of somebody else's and one that only waits to be buried. */
export function isRunning(pid: number): boolean {
    if (!Number.isInteger(pid) || pid <= 0) {
        return false;
    }
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        // Of a number that no process can have, the system says neither.
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}

/** The processes of this machine. */
export const thisMachine: Processes = {
    host: hostname(),
    get boot() {
        return (known.boot ??= text("/proc/sys/kernel/random/boot_id") ?? macBoot());
    },
    get namespace() {
        return (known.namespace ??= namespaceOf());
    },
    find: (pid) => (isRunning(pid) ? look(pid) : undefined),
};

/** What stays as it is while this process runs, once it was asked for. */
const known: { boot?: string; namespace?: string } = {};

function look(pid: number): RunningProcess | undefined {
    const stat = text(`/proc/${pid}/stat`);
    if (stat !== undefined) {
        return fromProc(pid, stat);
    }
    // Linux without a /proc entry: another user's process that is hidden (`hidepid`), which `ps` does not see either.
    return text("/proc/self/stat") === undefined ? fromPs(pid) : {};
}

/** A process by the second and later fields of `/proc/PID/stat`: the first may have any sign, in parentheses. */
function fromProc(pid: number, stat: string): RunningProcess | undefined {
    const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (/^[ZX]/.test(state)) {
        return undefined;
    }
    const start = fields[18];
    const bootSeconds = Number(/^btime (\d+)$/m.exec(text("/proc/stat") ?? "")?.[1]);
    const startedAt = (bootSeconds + Number(start) / ticksPerSecond) * 1000;
    return {
        start,
        startedAt: Number.isNaN(startedAt) ? undefined : startedAt,
        // Empty: one of the kernel's own.
        commandLine: text(`/proc/${pid}/cmdline`)?.replaceAll("\0", " "),
    };
}

/** A process by macOS's `ps`: state, start in five words, command line. */
function fromPs(pid: number): RunningProcess | undefined {
    const columns = ["stat=", "lstart=", "args="].flatMap((column) => ["-o", column]);
    const line = answer("ps", ["-ww", ...columns, "-p", String(pid)]) ?? "";
    const [, state, start, commandLine] =
        /^\s*(\S+)\s+(\w{3} \w{3} +\d+ [\d:]+ \d{4})\s+(.*?)\s*$/.exec(line) ?? [];
    if (state?.startsWith("Z")) {
        return undefined;
    }
    const startedAt = Date.parse(`${start} UTC`);
    return { start, commandLine, startedAt: Number.isNaN(startedAt) ? undefined : startedAt };
}

function macBoot(): string | undefined {
    return process.platform === "darwin"
        ? answer("sysctl", ["-n", "kern.bootsessionuuid"])?.trim()
        : undefined;
}

function answer(program: string, args: readonly string[]): string | undefined {
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
    const { status, stdout } = spawnSync(program, args, {
        encoding: "utf8",
        env,
        timeout: answerWithinMs,
        stdio: ["ignore", "pipe", "ignore"],
    });
    return status === 0 ? stdout : undefined;
}

function namespaceOf(): string | undefined {
    try {
        return readlinkSync("/proc/self/ns/pid");
    } catch {
        return undefined;
    }
}

function text(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8").trim();
    } catch {
        return undefined;
    }
}
