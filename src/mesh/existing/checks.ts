import { NamedRange, overlappingPairs } from "../../config/cidr";
import { ClusterConfig, possibleClusters, configKey } from "../../config/labConfig";
import { Problem, printable, quote } from "../../config/problem";
import { shellQuote } from "../../config/shell";
import { readManifests } from "../../lab/manifests";
import { peerServiceName, loadBalancerName } from "../cilium/peers";
import { ClusterFacts, FoundObject } from "./facts";

/** An existing cluster with all that is known of it. */
export interface Surveyed {
    readonly config: ClusterConfig;
    readonly facts: ClusterFacts;
    /** The mark of what the stack has made in it. */
    readonly mark: string;
}

/** DaemonSets that give pods their network, by the project or product they come from. */
const networks: Readonly<Record<string, string>> = {
    "aws-node": "Amazon VPC CNI",
    "azure-cns": "Azure CNI",
    "calico-node": "Calico",
    canal: "Canal",
    "kube-flannel": "Flannel",
    "kube-flannel-ds": "Flannel",
    "weave-net": "Weave Net",
    kindnet: "kindnet",
    "kube-router": "kube-router",
    "antrea-agent": "Antrea",
    "ovnkube-node": "OVN-Kubernetes",
    anetd: "GKE Dataplane V2",
};

/** What stands in the way of putting mesh and lab into existing clusters; empty if nothing does. */
export function existingProblems(clusters: readonly Surveyed[]): Problem[] {
    const same = sameClusters(clusters);
    return [
        ...(same.length > 0 ? same : overlaps(clusters)),
        ...clusters.flatMap((cluster) => [
            ...ciliumProblems(cluster),
            ...networkProblems(cluster),
            ...foreignObjects(cluster),
            ...nodeProblems(cluster),
        ]),
    ];
}

/** What may stand in the way. */
export function existingWarnings(clusters: readonly Surveyed[]): Problem[] {
    return clusters
        .filter(
            ({ facts, mark }) =>
                facts.nodes.some(({ isReady }) => isReady) &&
                !facts.daemonSets.some((one) => isCilium(one) && one.mark === mark),
        )
        .map(({ config }) => ({
            message: `${config.name} has nodes that are ready without a Cilium; pods that run in them have another network.`,
            fix: "restart those pods once the lab is up, or see that there is no other network",
        }));
}

function isCilium({ name }: FoundObject): boolean {
    return name === "cilium";
}

function ciliumProblems({ config, facts, mark }: Surveyed): Problem[] {
    const foreign = [...facts.daemonSets.filter(isCilium), ...facts.releases].find(
        (one) => one.mark !== mark,
    );
    return foreign === undefined
        ? []
        : [
              {
                  message: `${config.name} has a Cilium that this stack did not make (${foreign.kind} ${foreign.namespace}/${foreign.name}), and it stays untouched.`,
                  fix: "use a cluster without Cilium, or connect that one yourself: https://docs.cilium.io/en/stable/network/clustermesh/setup/",
              },
          ];
}

function networkProblems({ config, facts }: Surveyed): Problem[] {
    const found = facts.daemonSets.find(({ name }) => name in networks);
    return found === undefined
        ? []
        : [
              {
                  message: `${config.name} has ${networks[found.name]} already (DaemonSet ${found.namespace}/${found.name}), and pods can have one network only.`,
                  fix: "use a cluster that was made without a network plugin (see docs/scaling.md)",
              },
          ];
}

/** Objects of others with the names of the stack's own, which would be overwritten. */
function foreignObjects({ config, facts, mark }: Surveyed): Problem[] {
    const ours = [
        ...readManifests(config.name).map(
            ({ kind, metadata }) => `${kind} default/${metadata.name}`,
        ),
        ...possibleClusters.map((name) => `Service kube-system/${peerServiceName(name)}`),
        `Service kube-system/${loadBalancerName}`,
    ];
    return facts.objects
        .filter((one) => ours.includes(titleOf(one)) && one.mark !== mark)
        .map((one) => ({
            message: `${config.name} has a ${titleOf(one)} that this stack did not make, and it stays untouched.`,
            fix: `rename it, or if nobody needs it: kubectl --context ${shellQuote(config.kubeconfigContext)} -n ${one.namespace} delete ${one.kind.toLowerCase()} ${one.name}`,
        }));
}

function titleOf({ kind, namespace, name }: FoundObject): string {
    return `${kind} ${namespace}/${name}`;
}

function nodeProblems({ config, facts }: Surveyed): Problem[] {
    if (facts.nodes.length === 0) {
        return [{ message: `${config.name} has no node.`, fix: "add one" }];
    }
    const { hostname, pathname } = new URL(facts.server);
    // Cilium is told a host and a port, and no path.
    const isUnusable = /^(localhost|127\.|\[::1\])/.test(hostname) || pathname !== "/";
    return !facts.hasKubeProxy && isUnusable
        ? [
              {
                  message: `${config.name} has no kube-proxy, and its nodes cannot use the API server's address ${facts.server} of your kubeconfig.`,
                  fix: `pulumi config set ${configKey(config.name, "kubeconfigContext")} <a context with an address that the nodes reach>`,
              },
          ]
        : [];
}

function sameClusters(clusters: readonly Surveyed[]): Problem[] {
    return clusters.flatMap(({ config, facts }, index) =>
        clusters
            .slice(0, index)
            .filter((other) => other.facts.uid === facts.uid)
            .map((other) => ({
                message: `the contexts ${quote(other.config.kubeconfigContext)} and ${quote(config.kubeconfigContext)} are the same cluster.`,
                fix: `pulumi config set ${configKey(config.name, "kubeconfigContext")} <a context of another cluster>`,
            })),
    );
}

/** Whether Kubernetes gives each node a range for its pods. */
export function hasNodeRanges({ nodes }: Pick<ClusterFacts, "nodes">): boolean {
    return nodes.every(({ podCidrs }) => podCidrs.length > 0);
}

/**
 * Pods of a mesh reach each other by their own addresses, so those must mean one thing in every cluster, and so must
 * the nodes' addresses. Services' addresses never leave their cluster: those of two clusters may be the same.
 */
function overlaps(clusters: readonly Surveyed[]): Problem[] {
    const pods = clusters.flatMap(podRanges);
    const nodes = clusters.flatMap(({ config, facts }) =>
        facts.nodes.flatMap(({ name, addresses }) =>
            addresses.map((address) => ranged(config, `node ${printable(name)}`, `${address}/32`)),
        ),
    );
    const pairs = [
        ...overlappingPairs(pods, [...clusters.flatMap(serviceRanges), ...nodes]),
        ...overlappingPairs(nodes),
    ];
    const keys = clusters
        .filter(({ facts }) => !hasNodeRanges(facts))
        .map(({ config }) => configKey(config.name, "podCidr"));
    return pairs.map(([one, other]) => {
        const key = keys.find((name) =>
            [one, other].some(({ owner }) => owner.startsWith(`${name} `)),
        );
        return {
            message: `${rangeText(one)} and ${rangeText(other)} share addresses; every address of a mesh must be its own.`,
            fix:
                key === undefined
                    ? "use clusters whose ranges differ: that of a cluster's pods cannot be changed"
                    : `pulumi config set ${key} <a free network such as 10.50.0.0/16>`,
        };
    });
}

/** The ranges of a cluster's pods: what Kubernetes has, else what the config says. */
function podRanges({ config, facts }: Surveyed): NamedRange[] {
    if (!hasNodeRanges(facts)) {
        return [ranged(config, configKey(config.name, "podCidr"), config.podCidr)];
    }
    const ofNodes = facts.nodes.flatMap(({ podCidrs }) => podCidrs);
    const live = facts.clusterCidrs.length > 0 ? facts.clusterCidrs : ofNodes;
    return live.map((cidr) => ranged(config, "pods", cidr));
}

function serviceRanges({ config, facts }: Surveyed): NamedRange[] {
    return facts.serviceCidrs.length > 0
        ? facts.serviceCidrs.map((cidr) => ranged(config, "Services", cidr))
        : [ranged(config, configKey(config.name, "serviceCidr"), config.serviceCidr)];
}

function ranged({ name }: ClusterConfig, what: string, cidr: string): NamedRange {
    return { owner: `${what} of ${name}`, cidr };
}

function rangeText({ owner, cidr }: NamedRange): string {
    return `${owner} (${cidr.replace(/\/32$/, "")})`;
}
