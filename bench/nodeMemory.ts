/** Memory of one node or several, in MiB. */
export interface NodeMemory {
    /** Everything but page cache: what the node cannot do without. */
    readonly total: number;
    /** By consumer; their sum is the total. */
    readonly parts: Readonly<Record<string, number>>;
}

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
 * Memory of a node from what {@link memoryScript} printed.
 *
 * @throws Error if the cgroup's numbers are not there.
 */
export function parseNodeMemory(output: string): NodeMemory {
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

/** Consumers by the beginning or a telling part of the command line; the first that matches. */
const consumers: readonly (readonly [RegExp, string])[] = [
    [/^kube-apiserver/, "kube-apiserver"],
    [/^kube-controller-manager/, "kube-controller-manager"],
    [/^kube-scheduler/, "kube-scheduler"],
    [/^\S*kube-proxy /, "kube-proxy"],
    [/^\S*kubelet/, "kubelet"],
    [/^etcd .*\/var\/lib\/etcd/, "etcd"],
    [/^\S*etcd/, "etcd of the mesh"],
    [/^\S*cilium-operator/, "Cilium operator"],
    [/^\S*clustermesh-apiserver kvstoremesh/, "kvstoremesh"],
    [/^\S*clustermesh-apiserver/, "clustermesh-apiserver"],
    [/^\S*cilium-health/, "Cilium health responder"],
    [/^\S*cilium/, "Cilium agent"],
    [/^\S*coredns/, "CoreDNS"],
    [/^\S*local-path-provisioner/, "local-path-provisioner"],
    [/^\S*containerd-shim/, "containerd shims"],
    [/^\S*containerd/, "containerd"],
    [/^nginx/, "rebel-base"],
    [/^sleep /, "x-wing"],
];

function consumerOf(commandLine: string): string {
    return consumers.find(([pattern]) => pattern.test(commandLine))?.[1] ?? "other";
}

/** The memory of several nodes together. */
export function sumMemory(nodes: readonly NodeMemory[]): NodeMemory {
    const parts: Record<string, number> = {};
    for (const [name, value] of nodes.flatMap((node) => Object.entries(node.parts))) {
        parts[name] = (parts[name] ?? 0) + value;
    }
    return { total: nodes.reduce((sum, { total }) => sum + total, 0), parts };
}
