import { Surveyed } from "../../src/mesh/existing/checks";
import { ClusterFacts, FoundObject } from "../../src/mesh/existing/facts";
import { configWith } from "./defaultConfig";

/** Config of a stack in two existing clusters, with more keys. */
export function existingConfig(more: Readonly<Record<string, string>> = {}) {
    return configWith({
        clusterProvider: "existing",
        kubeconfigContext: "east",
        cluster2KubeconfigContext: "west",
        ...more,
    });
}

/** An object that is there. */
export function found(kind: string, place: string, mark?: string): FoundObject {
    const [namespace = "", name = ""] = place.split("/");
    return { kind, namespace, name, mark };
}

/** An empty cluster by its number, changed. */
export function factsOf(number: number, changes: Partial<ClusterFacts> = {}): ClusterFacts {
    return {
        uid: `uid-${number}`,
        server: `https://k8s-${number}.example.com:6443`,
        nodes: [
            {
                name: `node-${number}`,
                addresses: [`192.168.${number}.10`],
                isReady: false,
                podCidrs: [`10.${number}.0.0/24`],
            },
        ],
        clusterCidrs: [`10.${number}.0.0/16`],
        serviceCidrs: [`10.10${number}.0.0/16`],
        hasKubeProxy: true,
        daemonSets: [found("DaemonSet", "kube-system/kube-proxy")],
        releases: [],
        objects: [found("Service", "default/kubernetes")],
        ...changes,
    };
}

/** Two clusters as they were found, whose marks are `mark-1` and `mark-2`. */
export function surveyed(
    changes: Partial<Record<1 | 2, Partial<ClusterFacts>>> = {},
    keys: Readonly<Record<string, string>> = {},
): Surveyed[] {
    return existingConfig(keys).clusters.map((config, index) => {
        const number = (index + 1) as 1 | 2;
        return { config, facts: factsOf(number, changes[number]), mark: `mark-${number}` };
    });
}
