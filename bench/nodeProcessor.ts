import { Consumption, consumerOf, otherConsumer, sumOf } from "./consumers";

/** What a while cost, in percent of one processor. */
export interface ProcessorUse {
    /** All of it, by consumer. */
    readonly all: Consumption;
    /** The part of it that the kernel spent on a consumer's behalf. */
    readonly kernel: Consumption;
    /** The whole machine meanwhile, with everything that has nothing to do with the nodes. */
    readonly machine: { readonly all: number; readonly kernel: number };
}

/**
 * Processes that did not live through the whole while: probes by exec, `runc`, shells. What a node's cgroup has counted
 * and no lasting process has.
 */
export const shortLived = "short-lived processes (probes, execs)";

/** The command lines of all processes, each argument behind its process' path. */
const namesScript = `grep -az . /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'`;

/**
 * The time by the machine's own clock, the processor time of machine, node and each process so far. Of cgroup v1 the
 * node's own \`cpuacct\` is mounted, of v2 its own \`cpu.stat\`.
 */
const timesScript = `
read -r up rest < /proc/uptime; echo "uptime $up"
read -r machine < /proc/stat; echo "machine $machine"
v1=/sys/fs/cgroup/cpuacct
[ -e $v1/cpuacct.usage ] || v1=/sys/fs/cgroup/cpu,cpuacct
if [ -e $v1/cpuacct.usage ]; then
  read -r usage < $v1/cpuacct.usage; echo "usage_nsec $usage"
  cat $v1/cpuacct.stat
else
  grep -E '^(usage|user|system)_usec ' /sys/fs/cgroup/cpu.stat
fi
cat /proc/[0-9]*/stat 2>/dev/null
`;

/**
 * Shell scripts for a node, for the two ends of a while. The names cost more than the times, so they are asked for
 * before the while begins and after it has ended.
 */
export const processorScripts = {
    start: `${namesScript}\n${timesScript}`,
    end: `${timesScript}\n${namesScript}\n`,
} as const;

/** Time in seconds. */
interface Spent {
    readonly all: number;
    readonly kernel: number;
}

/** What a node said of itself. */
export interface ProcessorSnapshot {
    /** Seconds since the machine's start. */
    readonly at: number;
    readonly machine: Spent;
    readonly node: Spent;
    /** By process id and start, because ids are given out again. */
    readonly processes: ReadonlyMap<string, Spent & { readonly consumer: string }>;
}

/** Ticks a second in which Linux counts for programs, on every platform that kind has node images for. */
const ticksPerSecond = 100;

/**
 * What one of the {@link processorScripts} printed.
 *
 * @throws Error if the cgroup's numbers or the clock are not there.
 */
export function parseProcessor(output: string): ProcessorSnapshot {
    const number = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? NaN);
    const microseconds = (name: string) => number(new RegExp(`^${name}_usec (\\d+)$`, "m")) / 1e6;
    const isFirstVersion = /^usage_nsec /m.test(output);
    const node = isFirstVersion
        ? {
              all: number(/^usage_nsec (\d+)$/m) / 1e9,
              kernel: number(/^system (\d+)$/m) / ticksPerSecond,
          }
        : { all: microseconds("usage"), kernel: microseconds("system") };
    const at = number(/^uptime ([\d.]+)$/m);
    const machine = machineTime(/^machine cpu +([\d ]+)$/m.exec(output)?.[1] ?? "");
    if (![at, node.all, node.kernel, machine.all].every(Number.isFinite)) {
        throw new Error("the node does not say how much processor time it takes");
    }
    return { at, machine, node, processes: processesOf(output) };
}

/** Of `/proc/stat`'s first line: all but idle and stolen time. @see proc_stat(5) */
function machineTime(line: string): Spent {
    const [user = NaN, nice = NaN, system = NaN, , , interrupts = 0, softInterrupts = 0] = line
        .split(" ")
        .map(Number);
    const kernel = system + interrupts + softInterrupts;
    return { all: (user + nice + kernel) / ticksPerSecond, kernel: kernel / ticksPerSecond };
}

/** The lines of `/proc/<pid>/stat` with their command lines. @see proc_pid_stat(5) */
function processesOf(output: string): ProcessorSnapshot["processes"] {
    const commandLines = new Map<string, string[]>();
    for (const [, pid, arg] of output.matchAll(/^\/proc\/(\d+)\/cmdline:(.*)$/gm)) {
        commandLines.set(pid!, [...(commandLines.get(pid!) ?? []), arg!]);
    }
    const processes = new Map<string, Spent & { consumer: string }>();
    for (const [, pid, name, rest] of output.matchAll(/^(\d+) \((.*)\) ([A-Za-z] .*)$/gm)) {
        const fields = rest!.split(" ");
        const [user, kernel] = [Number(fields[11]), Number(fields[12])];
        const commandLine = commandLines.get(pid!)?.join(" ") ?? name!;
        processes.set(`${pid} ${fields[19]}`, {
            all: (user + kernel) / ticksPerSecond,
            kernel: kernel / ticksPerSecond,
            consumer: consumerOf(commandLine),
        });
    }
    return processes;
}

/**
 * What a node took between two snapshots. A process that has begun meanwhile counts with all it has spent, if it is one
 * of the known consumers; what no process can be found for is of those that have ended.
 */
export function processorUse(start: ProcessorSnapshot, end: ProcessorSnapshot): ProcessorUse {
    const seconds = end.at - start.at;
    const percent = (spent: number) => (100 * spent) / seconds;
    const all: Record<string, number> = {};
    const kernel: Record<string, number> = {};
    for (const [key, { consumer, ...now }] of end.processes) {
        const then = start.processes.get(key);
        if (then !== undefined || consumer !== otherConsumer) {
            all[consumer] = (all[consumer] ?? 0) + percent(now.all - (then?.all ?? 0));
            kernel[consumer] = (kernel[consumer] ?? 0) + percent(now.kernel - (then?.kernel ?? 0));
        }
    }
    const node = between(start.node, end.node);
    return {
        all: withRest(all, percent(node.all)),
        kernel: withRest(kernel, percent(node.kernel)),
        machine: {
            all: percent(between(start.machine, end.machine).all),
            kernel: percent(between(start.machine, end.machine).kernel),
        },
    };
}

function between(start: Spent, end: Spent): Spent {
    return { all: end.all - start.all, kernel: end.kernel - start.kernel };
}

/** Ticks are coarse, so that the parts may come to a little more than the total. */
function withRest(parts: Readonly<Record<string, number>>, total: number): Consumption {
    const known = Object.values(parts).reduce((sum, value) => sum + value, 0);
    return { total, parts: { ...parts, [shortLived]: Math.max(0, total - known) } };
}

/** What several nodes of one machine took together. */
export function sumOfUses(uses: readonly ProcessorUse[]): ProcessorUse {
    const machine = { all: 0, kernel: 0, ...uses[0]?.machine };
    return {
        all: sumOf(uses.map(({ all }) => all)),
        kernel: sumOf(uses.map(({ kernel }) => kernel)),
        machine,
    };
}
