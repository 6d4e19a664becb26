import { Values } from "../cilium/values";
import { hasNodeRanges } from "./checks";
import { ClusterFacts } from "./facts";

/**
 * Cilium's Helm values that follow from what an existing cluster is like: whose ranges its pods get, and whether
 * Cilium has to do kube-proxy's work and find the API server by itself. The sizes of its tables stay Cilium's own.
 *
 * @param podCidr Range for the pods of a cluster whose nodes have none.
 * @see https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/
 */
export function existingValues(
    facts: Pick<ClusterFacts, "nodes" | "hasKubeProxy" | "server">,
    podCidr: string,
    labels: Readonly<Record<string, string>>,
): Values {
    const { hostname, port, protocol } = new URL(facts.server);
    const kubeProxy = facts.hasKubeProxy
        ? {}
        : {
              kubeProxyReplacement: true,
              // A URL has an IPv6 address in brackets, and nobody else.
              k8sServiceHost: hostname.replace(/^\[(.*)\]$/, "$1"),
              k8sServicePort: Number(port || (protocol === "http:" ? 80 : 443)),
          };
    return {
        commonLabels: labels,
        ipam: hasNodeRanges(facts)
            ? { mode: "kubernetes" }
            : { mode: "cluster-pool", operator: { clusterPoolIPv4PodCIDRList: [podCidr] } },
        ...kubeProxy,
    };
}
