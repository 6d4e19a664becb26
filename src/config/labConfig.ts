import * as semver from "semver";
import { NamedRange, isNetwork, overlappingPairs, prefixLength } from "./cidr";
import { Declaration, Project, rawValue } from "./declaration";
import { Problem, nearest, quote } from "./problem";

/** Whose backends a Service's clients prefer; `none` writes no annotation at all (cilium/cilium#46623). */
export type ServiceAffinity = "none" | "local" | "remote";

/** The names of the lab's clusters: Cilium's `cluster.name`, the kubeconfig contexts and the outputs' keys. */
export const clusterNames = ["cluster1", "cluster2"] as const;
export type ClusterName = (typeof clusterNames)[number];

/** What the lab varies in one cluster. */
export interface ServiceSettings {
    readonly globalService: boolean;
    readonly sharedService: boolean;
    readonly serviceAffinity: ServiceAffinity;
    readonly rebelBaseReplicas: number;
}

/** One cluster of the mesh. */
export interface ClusterConfig extends ServiceSettings {
    readonly name: ClusterName;
    /** Cilium's `cluster.id`, 1 to 255, unique in the mesh. */
    readonly id: number;
    readonly podCidr: string;
    readonly serviceCidr: string;
}

/** Which Cilium is installed, and from where. */
export interface CiliumConfig {
    readonly version: string;
    readonly chart: string;
    readonly chartRepository: string;
    readonly images: {
        /** Empty: the chart's. */
        readonly agent: string;
        readonly operator: string;
        readonly clusterMeshApiserver: string;
    };
    readonly values: Readonly<Record<string, unknown>>;
}

/** Everything the stack config says, checked. */
export interface LabConfig {
    readonly clusters: readonly ClusterConfig[];
    readonly legacyAnnotations: boolean;
    readonly xWingReplicas: number;
    readonly rebelBaseImage: string;
    readonly xWingImage: string;
    readonly nodeImage: string;
    readonly cilium: CiliumConfig;
}

/** The keys that exist once for each cluster. */
export const clusterKeys = [
    "globalService",
    "sharedService",
    "serviceAffinity",
    "rebelBaseReplicas",
    "podCidr",
    "serviceCidr",
] as const;
export type ClusterKey = (typeof clusterKeys)[number];

/** The oldest Cilium whose chart takes the lab's values (`clustermesh.config.clusters` as a list). */
export const oldestCilium = "1.18.0";

/** The config key that sets `key` of a cluster: unprefixed for cluster1, else with the cluster in front. */
export function configKey(cluster: ClusterName, key: ClusterKey): string {
    return cluster === "cluster1" ? key : `${cluster}${key[0]!.toUpperCase()}${key.slice(1)}`;
}

interface Limit {
    readonly legal: string;
    readonly allows: (value: string) => boolean;
}

const imageReference =
    /^([a-z0-9.-]+(:\d+)?\/)?[a-z0-9._-]+(\/[a-z0-9._-]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$/;

const wholeNumber = (min: number, max: number): Limit => ({
    legal: `a whole number from ${min} to ${max}`,
    allows: (value) => /^-?\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max,
});
const oneOf = (...values: string[]): Limit => ({
    legal: `one of ${values.join(", ")}`,
    allows: (value) => values.includes(value),
});
const network = (shortest: number, longest: number): Limit => ({
    legal: `an IPv4 network from /${shortest} to /${longest}, e.g. 10.1.0.0/16, with no host bit set`,
    allows: (value) =>
        isNetwork(value) && prefixLength(value) >= shortest && prefixLength(value) <= longest,
});
const image = (orEmpty: boolean): Limit => ({
    legal: `an image reference such as name:tag or name:tag@sha256:…${orEmpty ? ", or empty" : ""}`,
    allows: (value) => (orEmpty && value === "") || imageReference.test(value),
});
const nonEmpty: Limit = {
    legal: "a chart name, an oci:// reference or a path",
    allows: (value) => value.trim() !== "" && value.trim() === value,
};

const limitsByType: Record<Declaration["type"], Limit> = {
    boolean: oneOf("true", "false"),
    integer: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    string: { legal: "a text", allows: () => true },
    object: { legal: "an object", allows: isObject },
};

/** What each key's value must be beyond its declared type. */
const limits: Readonly<Record<string, Limit>> = {
    ...forEachCluster("serviceAffinity", oneOf("none", "local", "remote")),
    ...forEachCluster("rebelBaseReplicas", wholeNumber(0, 20)),
    ...forEachCluster("podCidr", network(8, 24)),
    ...forEachCluster("serviceCidr", network(12, 24)),
    xWingReplicas: wholeNumber(1, 10),
    rebelBaseImage: image(true),
    xWingImage: image(true),
    nodeImage: image(false),
    ciliumVersion: {
        legal: `a version such as 1.19.6, ${oldestCilium} or later`,
        allows: (value) => semver.valid(value) === value && semver.gte(value, oldestCilium),
    },
    ciliumChart: nonEmpty,
    ciliumChartRepository: {
        legal: "an http:// or https:// URL",
        allows: (value) => /^https?:\/\/\S+$/.test(value),
    },
    ciliumImage: image(true),
    ciliumOperatorImage: image(true),
    clusterMeshApiserverImage: image(true),
};

/** A parsed config, or everything that is wrong with it. */
export type ParseResult =
    | { readonly config: LabConfig; readonly problems: readonly [] }
    | { readonly config?: undefined; readonly problems: readonly Problem[] };

/**
 * Turns the raw values of a stack into the lab's config, or says all that is wrong at once.
 *
 * @param given Values by key without the namespace, as Pulumi hands them out: text, objects as JSON.
 * @param project What Pulumi.yaml declares; its defaults stand for keys not given.
 */
export function parseLabConfig(
    given: Readonly<Record<string, string>>,
    project: Project,
): ParseResult {
    const declared = Object.keys(project.declarations);
    const values = {
        ...Object.fromEntries(declared.map((key) => [key, defaultOf(project, key)])),
        ...given,
    };
    const unknown = Object.keys(given).filter((key) => !declared.includes(key));
    const illegal = declared.filter((key) => !limitOf(project, key).allows(values[key]!));
    const problems = [
        ...unknown.map((key) => unknownKey(key, declared)),
        ...illegal.map((key) => illegalValue(key, values[key]!, project)),
        ...overlappingRanges(values, illegal, project),
    ];
    return problems.length > 0 ? { problems } : { config: buildConfig(values), problems: [] };
}

/** The ranges that the clusters' pods and Services take, each owned by its config key. */
export function rangesOf(config: LabConfig): NamedRange[] {
    return config.clusters.flatMap((cluster) =>
        (["podCidr", "serviceCidr"] as const).map((key) => ({
            owner: configKey(cluster.name, key),
            cidr: cluster[key],
        })),
    );
}

/** The problem of two overlapping ranges, with what each of them is. */
export function overlapProblem([ours, other]: [NamedRange, NamedRange]): Problem {
    return {
        message: `${ours.owner} ${ours.cidr} overlaps ${other.owner} ${other.cidr}; every range must be its own.`,
        fix: `pulumi config set ${ours.owner} <a free network such as 10.50.0.0/16>`,
    };
}

function forEachCluster(key: ClusterKey, limit: Limit): Record<string, Limit> {
    return Object.fromEntries(clusterNames.map((cluster) => [configKey(cluster, key), limit]));
}

function limitOf(project: Project, key: string): Limit {
    return limits[key] ?? limitsByType[project.declarations[key]!.type];
}

function defaultOf(project: Project, key: string): string {
    return rawValue(project.declarations[key]!.default);
}

function isObject(json: string): boolean {
    try {
        const value: unknown = JSON.parse(json);
        return typeof value === "object" && value !== null && !Array.isArray(value);
    } catch {
        return false;
    }
}

function unknownKey(key: string, declared: readonly string[]): Problem {
    const meant = nearest(key, declared);
    const shown = quote(key).slice(1, -1);
    return {
        message: meant
            ? `${shown} is not a config key of this project; did you mean ${meant}?`
            : `${shown} is not a config key of this project.`,
        fix: meant
            ? `pulumi config rm ${shown} && pulumi config set ${meant} <value>`
            : `pulumi config rm ${shown}`,
    };
}

function illegalValue(key: string, value: string, project: Project): Problem {
    const isDefaultUsable = limitOf(project, key).allows(defaultOf(project, key));
    const example = isDefaultUsable ? defaultOf(project, key) || '""' : "<value>";
    // Pulumi refuses a text for an object, `{}` too; without the key its default holds.
    const isObjectKey = project.declarations[key]!.type === "object";
    return {
        message: `${key} is ${quote(value)}; it must be ${limitOf(project, key).legal}.`,
        fix: isObjectKey ? `pulumi config rm ${key}` : `pulumi config set ${key} ${example}`,
    };
}

function overlappingRanges(
    values: Readonly<Record<string, string>>,
    illegal: readonly string[],
    project: Project,
): Problem[] {
    const ranges = clusterNames
        .flatMap((cluster) => [configKey(cluster, "podCidr"), configKey(cluster, "serviceCidr")])
        .filter((key) => key in project.declarations && !illegal.includes(key))
        .map((key) => ({ owner: key, cidr: values[key]! }));
    return overlappingPairs(ranges).map(overlapProblem);
}

function buildConfig(values: Readonly<Record<string, string>>): LabConfig {
    const text = (key: string) => values[key]!;
    return {
        clusters: clusterNames.map((name, index) => ({
            name,
            id: index + 1,
            globalService: text(configKey(name, "globalService")) === "true",
            sharedService: text(configKey(name, "sharedService")) === "true",
            serviceAffinity: text(configKey(name, "serviceAffinity")) as ServiceAffinity,
            rebelBaseReplicas: Number(text(configKey(name, "rebelBaseReplicas"))),
            podCidr: text(configKey(name, "podCidr")),
            serviceCidr: text(configKey(name, "serviceCidr")),
        })),
        legacyAnnotations: text("legacyAnnotations") === "true",
        xWingReplicas: Number(text("xWingReplicas")),
        rebelBaseImage: text("rebelBaseImage"),
        xWingImage: text("xWingImage"),
        nodeImage: text("nodeImage"),
        cilium: {
            version: text("ciliumVersion"),
            chart: text("ciliumChart"),
            chartRepository: text("ciliumChartRepository"),
            images: {
                agent: text("ciliumImage"),
                operator: text("ciliumOperatorImage"),
                clusterMeshApiserver: text("clusterMeshApiserverImage"),
            },
            values: JSON.parse(text("ciliumValues")) as Record<string, unknown>,
        },
    };
}
