import { ClusterName, clusterNames, possibleClusters } from "./clusterNames";
import { Declaration, Project, rawValue } from "./declaration";
import { ClusterKey, ReleaseKey, clusterKeys, configKey, limitOf, releaseKeys } from "./keys";

/** The keys that exist for each cluster, for cluster1 without its name. */
const ofEachCluster: readonly (ClusterKey | ReleaseKey)[] = [...clusterKeys, ...releaseKeys];

/**
 * The clusters that a stack has by its `clusters`. Where that is no legal number, the two of the lab and those that
 * the stack has keys for, so that a key is not complained of for a mistake in another.
 */
export function clustersOf(
    given: Readonly<Record<string, string>>,
    project: Project,
): readonly ClusterName[] {
    const count = given.clusters ?? rawValue(project.declarations.clusters!.default);
    if (limitOf(project, "clusters").allows(count)) {
        return possibleClusters.slice(0, Number(count));
    }
    const named = Object.keys(given).map(clusterOfKey);
    return possibleClusters.filter((cluster) => isDeclared(cluster) || named.includes(cluster));
}

/** The cluster that a key is for, whether or not a stack has it; undefined for a key of all or of none. */
export function clusterOfKey(key: string): ClusterName | undefined {
    return possibleClusters.find((cluster) =>
        ofEachCluster.some((one) => configKey(cluster, one) === key),
    );
}

/**
 * The project with the keys of clusters that Pulumi.yaml does not declare: those of cluster2, with ranges of their
 * own. Declared, Pulumi would hand out their defaults to stacks without such a cluster.
 */
export function withClusters(project: Project, clusters: readonly ClusterName[]): Project {
    const more = clusters
        .filter((cluster) => !isDeclared(cluster))
        .flatMap((cluster) =>
            ofEachCluster.map((key): [string, Declaration] => {
                const like = project.declarations[configKey("cluster2", key)]!;
                return [configKey(cluster, key), { ...like, ...ownRange(cluster, key) }];
            }),
        );
    return {
        ...project,
        declarations: { ...project.declarations, ...Object.fromEntries(more) },
    };
}

function isDeclared(cluster: ClusterName): boolean {
    return (clusterNames as readonly ClusterName[]).includes(cluster);
}

/** `10.3.0.0/16` and `10.103.0.0/16` for cluster3; nothing for a key that is no range. */
function ownRange(cluster: ClusterName, key: ClusterKey | ReleaseKey): { default?: string } {
    const id = possibleClusters.indexOf(cluster) + 1;
    switch (key) {
        case "podCidr":
            return { default: `10.${id}.0.0/16` };
        case "serviceCidr":
            return { default: `10.${100 + id}.0.0/16` };
        default:
            return {};
    }
}
