import * as semver from "semver";
import { parseAddress } from "./address";
import { isNetwork, prefixLength } from "./cidr";
import { Declaration, Project } from "./declaration";
import { ClusterKey, clusterNames, configKey, possibleClusters } from "./labConfig";

/** The oldest Cilium whose chart takes the lab's values (`clustermesh.config.clusters` as a list). */
export const oldestCilium = "1.18.0";

/** What a key's value must be, in words and as a test. */
export interface Limit {
    readonly legal: string;
    readonly allows: (value: string) => boolean;
}

/**
 * A name of at most 255 characters whose parts neither begin nor end with a separator, tag, digest: an engine or
 * the kubelet would refuse anything else once the clusters are there, and take a leading "-" for an option.
 *
 * @see https://pkg.go.dev/github.com/distribution/reference
 */
function isImageReference(text: string): boolean {
    const host = /(?:[a-z0-9]+(?:(?:\.|-+)[a-z0-9]+)*:\d{1,5}\/)?/.source;
    const part = /[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*/.source;
    const version = /(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[a-f0-9]{64})?/.source;
    const [, name] = new RegExp(`^(${host}${part}(?:/${part})*)${version}$`).exec(text) ?? [];
    return name !== undefined && name.length <= 255;
}

/** Longest chart reference, path or URL; no file system and no registry has longer ones. */
const longestReference = 1000;

/** A name that Helm takes, an address, or a path, which has a slash or a file ending. */
function isChart(text: string): boolean {
    const form = text.includes("://")
        ? /^(oci|https?):\/\/[!-~]+$/
        : /[/\\]|\.tgz$/.test(text)
          ? /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u
          : /^[A-Za-z0-9][\w.-]*$/;
    return form.test(text) && text.trim() === text && text.length <= longestReference;
}

const wholeNumber = (min: number, max: number): Limit => ({
    legal: `a whole number from ${min} to ${max}`,
    allows: (value) =>
        /^(0|-?[1-9]\d{0,14})$/.test(value) && Number(value) >= min && Number(value) <= max,
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
    allows: (value) => (orEmpty && value === "") || isImageReference(value),
});

const path: Limit = {
    legal: "the path of a file, or empty",
    allows: (value) => /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u.test(value) && value.length <= 1000,
};

/** Of what a context may be called, what a shell takes as it is: it is in commands that are copied. */
const context: Limit = {
    legal: "the name of a kubeconfig context (letters, digits, _@%+=:,./-), or empty",
    allows: (value) => /^([\w@%+=:,./][\w@%+=:,./-]{0,252})?$/.test(value),
};
const address: Limit = {
    legal: "host or host:port, e.g. mesh.example.com or 10.0.0.5:32379, or empty",
    allows: (value) => value === "" || parseAddress(value) !== undefined,
};

const limitsByType: Record<Declaration["type"], Limit> = {
    boolean: oneOf("true", "false"),
    integer: wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    string: { legal: "a text", allows: () => true },
    object: { legal: "an object", allows: isObject },
};

/** What each key's value must be beyond its declared type. */
const limits: Readonly<Record<string, Limit>> = {
    clusters: wholeNumber(clusterNames.length, possibleClusters.length),
    ...forEachCluster("serviceAffinity", oneOf("none", "local", "remote")),
    ...forEachCluster("rebelBaseReplicas", wholeNumber(0, 20)),
    ...forEachCluster("podCidr", network(8, 24)),
    ...forEachCluster("serviceCidr", network(12, 24)),
    networkPolicy: oneOf("none", "cluster1-only"),
    ...forEachCluster("kubeconfigContext", context),
    ...forEachCluster("clusterMeshAddress", address),
    clusterProvider: oneOf("kind", "existing"),
    kubeconfig: path,
    xWingReplicas: wholeNumber(1, 10),
    rebelBaseImage: image(true),
    xWingImage: image(true),
    ttlHours: wholeNumber(0, 365 * 24),
    nodeImage: image(false),
    ciliumVersion: {
        legal: `a version, ${oldestCilium} or later, e.g. 1.19.6`,
        allows: (value) => semver.valid(value) === value && semver.gte(value, oldestCilium),
    },
    ciliumChart: { legal: "a chart name, an oci:// reference or a path", allows: isChart },
    ciliumChartRepository: {
        legal: "an http:// or https:// URL",
        allows: (value) =>
            /^https?:\/\/[!-~]+$/.test(value) &&
            URL.canParse(value) &&
            value.length <= longestReference,
    },
    ciliumImage: image(true),
    ciliumOperatorImage: image(true),
    clusterMeshApiserverImage: image(true),
};

function forEachCluster(key: ClusterKey, limit: Limit): Record<string, Limit> {
    return Object.fromEntries(possibleClusters.map((cluster) => [configKey(cluster, key), limit]));
}

/** The limit of a declared key: its own, else that of its type. */
export function limitOf(project: Project, key: string): Limit {
    return limits[key] ?? limitsByType[project.declarations[key]!.type];
}

function isObject(json: string): boolean {
    try {
        const value: unknown = JSON.parse(json);
        return typeof value === "object" && value !== null && !Array.isArray(value);
    } catch {
        return false;
    }
}
