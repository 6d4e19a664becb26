import { Consumption, consumerOf } from "./consumers";

/**
 * Shell script for a node: the memory its container's cgroup accounts for, of either cgroup version, then each
 * process with the memory that is its own (a share of what it shares), without mapped files.
 */
export const memoryScript = `
v1=/sys/fs/cgroup/memory
if [ -e $v1/memory.usage_in_bytes ]; then
  echo "usage $(cat $v1/memory.usage_in_bytes)"
  grep -E '^total_(cache|shmem) ' $v1/memory.stat
else
  echo "usage $(cat /sys/fs/cgroup/memory.current)"
  grep -E '^(file|shmem) ' /sys/fs/cgroup/memory.stat
fi
for process in /proc/[0-9]*; do
  echo "process $(tr '\\0' ' ' < $process/cmdline)"
  grep -E '^Pss_(Anon|Shmem)' $process/smaps_rollup
done 2>/dev/null
`;

const mib = 2 ** 20;

/**
 * Memory of a node in MiB, from what {@link memoryScript} printed: everything but page cache, which the node can do
 * without.
 *
 * @throws Error if the cgroup's numbers are not there.
 */
export function parseNodeMemory(output: string): Consumption {
    const number = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? NaN);
    const usage = number(/^usage (\d+)$/m);
    const cache = number(/^(?:total_cache|file) (\d+)$/m);
    const shared = number(/^(?:total_)?shmem (\d+)$/m);
    // Both versions count tmpfs and shared memory as cache; it cannot be dropped like a file's.
    const total = (usage - cache + shared) / mib;
    if (!Number.isFinite(total)) {
        throw new Error("the node does not say how much memory it takes");
    }
    const parts: Record<string, number> = {};
    for (const block of output.split(/^process /m).slice(1)) {
        const [commandLine = "", ...lines] = block.split("\n");
        const kib = lines
            .map((line) => Number(/^Pss_\w+: +(\d+) kB$/.exec(line)?.[1] ?? 0))
            .reduce((sum, value) => sum + value, 0);
        const name = consumerOf(commandLine);
        parts[name] = (parts[name] ?? 0) + kib / 1024;
    }
    const known = Object.values(parts).reduce((sum, value) => sum + value, 0);
    return { total, parts: { ...parts, [kernel]: total - known } };
}

/** What no process owns: the kernel's own memory for the node, BPF maps and tmpfs files among it. */
const kernel = "kernel (BPF maps, tmpfs, sockets)";
