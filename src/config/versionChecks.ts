import compare from "semver/functions/compare";
import gte from "semver/functions/gte";
import major from "semver/functions/major";
import minor from "semver/functions/minor";
import { ClusterName } from "./clusterNames";
import { durationSeconds } from "./duration";
import { ReleaseKey, configKey, oldestCilium, releaseKey, releaseKeys } from "./keys";
import { isChartPath } from "./limits";
import { Problem, quote } from "./problem";

type Values = Readonly<Record<string, string>>;

/** Which Cilium a cluster has, and the key that says so. */
interface Version {
    readonly cluster: ClusterName;
    readonly key: string;
    readonly version: string;
}

/** What a stack's versions of Cilium do not allow. All values are within their own limits. */
export function versionProblems(values: Values, clusters: readonly ClusterName[]): Problem[] {
    const versions = clusters.map((cluster): Version => {
        const key = releaseKey(values, cluster, "ciliumVersion");
        return { cluster, key, version: values[key]! };
    });
    return [
        ...laterKeys(values, versions),
        ...distantVersions(versions),
        ...versions.slice(1).flatMap((one) => inheritedReleases(values, versions[0]!, one)),
    ];
}

/**
 * The keys that an older Cilium than the one they came with does not know, if they are set. `clusterMeshCacheTtl` is in
 * the values of every release; a namespace's annotation is read in its own cluster, where its Services are exported
 * (`operator/watchers/service_sync.go` of 1.20).
 */
function laterKeys(values: Values, versions: readonly Version[]): Problem[] {
    const [oldest] = [...versions].sort((a, b) => compare(a.version, b.version));
    const ttl = values.clusterMeshCacheTtl!;
    const ttls =
        durationSeconds(ttl) === 0
            ? []
            : [{ key: "clusterMeshCacheTtl", since: "1.19", reached: oldest! }];
    const namespaces = versions
        .map((reached) => ({
            key: configKey(reached.cluster, "globalNamespace"),
            since: "1.20",
            reached,
        }))
        .filter(({ key }) => values[key] === "false");
    return [...ttls, ...namespaces]
        .filter(({ since, reached }) => !gte(reached.version, `${since}.0-0`))
        .map(({ key, since, reached }) => ({
            message: `${key} is ${quote(values[key]!)}; Cilium has it from ${since} on, and ${reached.key} is ${reached.version}.`,
            fix: `pulumi config rm ${key}, or pulumi config set ${reached.key} <${since}.0 or later>`,
        }));
}

/**
 * Clusters of which another has a Cilium more than one minor version away, each with the first of these.
 *
 * @see https://docs.cilium.io/en/stable/network/clustermesh/setup/#cluster-addressing-requirements
 */
function distantVersions(versions: readonly Version[]): Problem[] {
    return versions.flatMap(({ key, version }, index) => {
        const distant = versions
            .slice(0, index)
            .find((other) => other.key !== key && !areNear(other.version, version));
        // One that follows ciliumVersion is told of at the cluster that does not.
        if (distant === undefined || key === "ciliumVersion") {
            return [];
        }
        return [
            {
                message: `${key} is ${version}, and ${distant.key} is ${distant.version}; Cilium wants the clusters of a mesh to be at most one minor version apart.`,
                fix: `pulumi config set ${key} <a version of ${nearMinors(distant.version)}>, or pulumi config rm ${key}`,
            },
        ];
    });
}

function areNear(one: string, other: string): boolean {
    return major(one) === major(other) && Math.abs(minor(one) - minor(other)) <= 1;
}

/** The minor versions that a version can be in a mesh with, as far as they are legal: `1.19, 1.20 or 1.21`. */
function nearMinors(version: string): string {
    const legal = [-1, 0, 1]
        .map((step) => minor(version) + step)
        .filter((near) => near >= 0 && gte(`${major(version)}.${near}.999`, oldestCilium))
        .map((near) => `${major(version)}.${near}`);
    return `${legal.slice(0, -1).join(", ")} or ${legal.at(-1)}`;
}

/** A chart or image that names the version of cluster1's Cilium, in a cluster that has another one. */
function inheritedReleases(
    values: Values,
    first: Version,
    { cluster, key, version }: Version,
): Problem[] {
    if (version === first.version) {
        return [];
    }
    return releaseKeys
        .filter((one) => values[one] !== "" && releaseKey(values, cluster, one) === one)
        .filter(
            (one) =>
                one !== "ciliumVersion" && !(one === "ciliumChart" && hasAllVersions(values[one]!)),
        )
        .map((one) => ({
            message: `${key} is ${version}, and ${one} is ${quote(values[one]!)}, which is cluster1's of ${first.version}; ${cluster} needs its own.`,
            fix: `pulumi config set ${configKey(cluster, one)} <${wordOf(one)} of ${version}>`,
        }));
}

/** Whether a chart's version is chosen by `ciliumVersion`: that of a name, and of an `oci://` reference. */
function hasAllVersions(chart: string): boolean {
    return chart.startsWith("oci://") || !(isChartPath(chart) || chart.includes("://"));
}

function wordOf(key: ReleaseKey): string {
    return key === "ciliumChart" ? "the chart" : "the image";
}
