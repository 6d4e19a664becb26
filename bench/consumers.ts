/** What something takes of a node or of several: memory in MiB, or processor time in percent of one processor. */
export interface Consumption {
    readonly total: number;
    /** By consumer; their sum is the total. */
    readonly parts: Readonly<Record<string, number>>;
}

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

/** What every other process counts as. */
export const otherConsumer = "other";

/** Whose process it is, by its command line with spaces between the arguments. */
export function consumerOf(commandLine: string): string {
    return consumers.find(([pattern]) => pattern.test(commandLine))?.[1] ?? otherConsumer;
}

/** What several nodes take together. */
export function sumOf(nodes: readonly Consumption[]): Consumption {
    const parts: Record<string, number> = {};
    for (const [name, value] of nodes.flatMap((node) => Object.entries(node.parts))) {
        parts[name] = (parts[name] ?? 0) + value;
    }
    return { total: nodes.reduce((sum, { total }) => sum + total, 0), parts };
}
