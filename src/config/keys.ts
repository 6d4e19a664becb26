import gte from "semver/functions/gte";
import valid from "semver/functions/valid";
import { ClusterName, clusterNames, possibleClusters } from "./clusterNames";
import { ConfigType, Project } from "./declaration";
import {
    Limit,
    address,
    chart,
    context,
    duration,
    imageOrEmpty,
    json,
    network,
    oneOf,
    orEmpty,
    path,
    repository,
    text,
    wholeNumber,
    yesOrNo,
} from "./limits";

/**
 * The oldest Cilium whose chart takes the lab's values (`clustermesh.config.clusters` as a list) and whose agents keep
 * the rule: 1.18.0 alone drops remote backends of Services whose port has no name (cilium/cilium#41104).
 */
export const oldestCilium = "1.18.1";

/** A key under another name than that of its place in the config. */
interface Renamed<T> {
    readonly key: string;
    readonly limit: Limit<T>;
}

const as = <T>(key: string, limit: Limit<T>): Renamed<T> => ({ key, limit });

/**
 * The keys that exist once for each cluster, `cluster2…` in front for all but the first. Types and defaults are in
 * Pulumi.yaml, for Pulumi reads them there; what is legal beyond the type, and what a value is read as, is here.
 */
const ofEachCluster = {
    /** The Service is global. */
    globalService: yesOrNo,
    /** The Service's backends may answer clients of other clusters. */
    sharedService: yesOrNo,
    /** Whose backends its clients prefer; `none` writes no annotation at all (cilium/cilium#46623). */
    serviceAffinity: oneOf("none", "local", "remote"),
    rebelBaseReplicas: wholeNumber(0, 20),
    /** The lab's namespace is global, so that its Services leave the cluster; from Cilium 1.20 on. */
    globalNamespace: yesOrNo,
    podCidr: network(8, 24),
    serviceCidr: network(12, 24),
    /** Context of an existing cluster; empty with kind. */
    kubeconfigContext: context,
    /** Where the others reach an existing cluster, `host` or `host:port`; empty: by a LoadBalancer. */
    clusterMeshAddress: address,
};

/**
 * Which Cilium a cluster has. Unprefixed, the keys are cluster1's and all others' that have none of their own; with a
 * cluster in front they may be empty, which is cluster1's.
 */
const releaseOfEachCluster = {
    version: as(
        "ciliumVersion",
        text(
            `a version, ${oldestCilium} or later, e.g. 1.20.2`,
            (value) => valid(value) === value && gte(value, oldestCilium),
        ),
    ),
    chart: as("ciliumChart", chart),
    /** Empty: the chart's. */
    images: {
        agent: as("ciliumImage", imageOrEmpty),
        operator: as("ciliumOperatorImage", imageOrEmpty),
        clusterMeshApiserver: as("clusterMeshApiserverImage", imageOrEmpty),
    },
};

/** The keys that exist once, each at its place in the config. */
const ofTheLab = {
    /** Who makes the clusters: kind, or somebody else who has done so already. */
    clusterProvider: oneOf("kind", "existing"),
    /** Path of the kubeconfig file with the contexts of existing clusters; empty: kubectl's own choice. */
    kubeconfig: path,
    /** Whether a policy guards cluster1's rebel-base: nobody, or all but cluster1's own x-wing are kept out. */
    networkPolicy: oneOf("none", "cluster1-only"),
    /** The cluster that dies, or none. */
    outage: oneOf("none", ...possibleClusters),
    /** What of it dies: all of it, or what the others learn of its Services by. */
    outageOf: oneOf("cluster", "clustermesh-apiserver"),
    legacyAnnotations: yesOrNo,
    xWingReplicas: wholeNumber(1, 10),
    /** Empty: the manifest's. */
    rebelBaseImage: imageOrEmpty,
    /** Empty: the manifest's. */
    xWingImage: imageOrEmpty,
    /** Hours after its last `up` that the lab may be removed; 0 is never. */
    ttlHours: wholeNumber(0, 365 * 24),
    /** Empty: the lab chooses, see `mesh/kind/nodeImage`. */
    nodeImage: imageOrEmpty,
    /** What is the same in the Cilium of all clusters. */
    cilium: {
        chartRepository: as("ciliumChartRepository", repository),
        /** How long agents keep what they know of a cluster that they cannot reach; 0s is for ever. */
        cacheTtl: as("clusterMeshCacheTtl", duration),
        /** The agents keep the last flows, for `npm run flows`. */
        hubble: as("hubble", yesOrNo),
        values: as("ciliumValues", json),
    },
};

/** What a table's rows are read as, at the same places. */
type Read<T> = {
    readonly [K in keyof T]: T[K] extends Limit<infer V>
        ? V
        : T[K] extends Renamed<infer V>
          ? V
          : Read<T[K]>;
};

/** One cluster of the mesh. */
export interface ClusterConfig extends Read<typeof ofEachCluster> {
    readonly name: ClusterName;
    /** Cilium's `cluster.id`, 1 to 255, unique in the mesh. */
    readonly id: number;
    /** Which Cilium it has: what its own keys say, else cluster1's. */
    readonly release: Read<typeof releaseOfEachCluster>;
}

/** Everything the stack config says, checked. */
export interface LabConfig extends Read<typeof ofTheLab> {
    /** Two, or more where the config says so; the first of `possibleClusters`. */
    readonly clusters: readonly ClusterConfig[];
}

/** A key that says which Cilium a cluster has. */
export type ReleaseKey =
    | "ciliumVersion"
    | "ciliumChart"
    | "ciliumImage"
    | "ciliumOperatorImage"
    | "clusterMeshApiserverImage";

export type ClusterKey = keyof typeof ofEachCluster;

/** The keys that say which Cilium a cluster has. */
export const releaseKeys = Object.keys(limitsIn(releaseOfEachCluster)) as ReleaseKey[];

/** The keys that exist once for each cluster. */
export const clusterKeys = Object.keys(ofEachCluster) as ClusterKey[];

/** The config key that sets `key` of a cluster: unprefixed for cluster1, else with the cluster in front. */
export function configKey(cluster: ClusterName, key: ClusterKey | ReleaseKey): string {
    return cluster === "cluster1" ? key : `${cluster}${key[0]!.toUpperCase()}${key.slice(1)}`;
}

/** The config that legal values mean. */
export function readConfig(
    values: Readonly<Record<string, string>>,
    clusters: readonly ClusterName[],
): LabConfig {
    return {
        ...read(ofTheLab, (place) => values[place]!),
        clusters: clusters.map((name, index) => ({
            name,
            id: index + 1,
            ...read(ofEachCluster, (place) => values[configKey(name, place as ClusterKey)]!),
            release: read(
                releaseOfEachCluster,
                (key) => values[releaseKey(values, name, key as ReleaseKey)]!,
            ),
        })),
    };
}

/** The key that decides about a cluster's Cilium: its own where that has a value, else cluster1's. */
export function releaseKey(
    values: Readonly<Record<string, string>>,
    cluster: ClusterName,
    key: ReleaseKey,
): string {
    const own = configKey(cluster, key);
    return values[own] ? own : key;
}

function read<T extends object>(table: T, valueOf: (key: string) => string): Read<T> {
    const entries = Object.entries(table as Record<string, Limit | Renamed<unknown> | object>);
    return Object.fromEntries(
        entries.map(([place, row]) => {
            if ("parse" in row) {
                return [place, row.parse(valueOf(place))];
            }
            return [place, "key" in row ? row.limit.parse(valueOf(row.key)) : read(row, valueOf)];
        }),
    ) as Read<T>;
}

/** Every key's limit by its name. */
const limits: Readonly<Record<string, Limit>> = {
    clusters: wholeNumber(clusterNames.length, possibleClusters.length),
    ...limitsIn(ofTheLab),
    ...Object.fromEntries(possibleClusters.flatMap(limitsOf)),
};

function limitsOf(cluster: ClusterName): (readonly [string, Limit])[] {
    const own = Object.entries(limitsIn(releaseOfEachCluster)) as [ClusterKey, Limit<string>][];
    const ofRelease = own.map(
        ([key, limit]) => [key, cluster === "cluster1" ? limit : orEmpty(limit)] as const,
    );
    const all = [...(Object.entries(ofEachCluster) as [ClusterKey, Limit][]), ...ofRelease];
    return all.map(([key, limit]) => [configKey(cluster, key), limit] as const);
}

function limitsIn(table: object): Record<string, Limit> {
    const entries = Object.entries(table as Record<string, Limit | Renamed<unknown> | object>);
    return Object.assign(
        {},
        ...entries.map(([place, row]) => {
            if ("parse" in row) {
                return { [place]: row };
            }
            return "key" in row ? { [row.key]: row.limit } : limitsIn(row);
        }),
    ) as Record<string, Limit>;
}

const limitsByType: Readonly<Record<ConfigType, Limit>> = {
    boolean: yesOrNo,
    integer: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    string: text("a text", () => true),
    object: json,
};

/** The limit of a declared key: its own, else that of its type. */
export function limitOf(project: Project, key: string): Limit {
    return limits[key] ?? limitsByType[project.declarations[key]!.type];
}
