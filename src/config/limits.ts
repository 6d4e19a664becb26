import { parseAddress } from "./address";
import { isNetwork, prefixLength } from "./cidr";
import { durationSeconds } from "./duration";
import { isMapping } from "./mapping";
import { hasPassword } from "./problem";

/** What a key's value must be, in words and as a test, and what it is read as. */
export interface Limit<T = unknown> {
    readonly legal: string;
    readonly allows: (value: string) => boolean;
    /** What a legal value means. */
    readonly parse: (value: string) => T;
}

const itself = (value: string) => value;

/** A text that a test allows. */
export function text(legal: string, allows: (value: string) => boolean): Limit<string> {
    return { legal, allows, parse: itself };
}

/** One of a few words. */
export function oneOf<T extends string>(...values: T[]): Limit<T> {
    return {
        legal: `one of ${values.join(", ")}`,
        allows: (value) => (values as string[]).includes(value),
        parse: (value) => value as T,
    };
}

/** `true` or `false`. */
export const yesOrNo: Limit<boolean> = {
    ...oneOf("true", "false"),
    parse: (value) => value === "true",
};

/** A whole number, both ends included. */
export function wholeNumber(min: number, max: number): Limit<number> {
    return {
        legal: `a whole number from ${min} to ${max}`,
        allows: (value) =>
            /^(0|-?[1-9]\d{0,14})$/.test(value) && Number(value) >= min && Number(value) <= max,
        parse: Number,
    };
}

/** An object, as JSON. */
export const json: Limit<Readonly<Record<string, unknown>>> = {
    legal: "an object",
    allows: isObject,
    parse: (value) => JSON.parse(value) as Record<string, unknown>,
};

/** A duration as Go writes it, up to a day. */
export const duration = text(
    "a duration from 0s to 24h, e.g. 30s or 1m30s",
    (value) => (durationSeconds(value) ?? Infinity) <= 24 * 3600,
);

/** An IPv4 network whose prefix has that many bits. */
export function network(shortest: number, longest: number): Limit<string> {
    return text(
        `an IPv4 network from /${shortest} to /${longest}, e.g. 10.1.0.0/16, with no host bit set`,
        (value) =>
            isNetwork(value) && prefixLength(value) >= shortest && prefixLength(value) <= longest,
    );
}

/** An image reference, or empty for the one that is taken by itself. */
export const imageOrEmpty = text(
    "an image reference such as name:tag or name:tag@sha256:…, or empty",
    (value) => value === "" || isImageReference(value),
);

/** A path, or empty. */
export const path = text(
    "the path of a file, or empty",
    (value) =>
        /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u.test(value) && value.length <= longestReference,
);

/** Of what a context may be called, what a shell takes as it is: it is in commands that are copied. */
export const context = text(
    "the name of a kubeconfig context (letters, digits, _@%+=:,./-), or empty",
    (value) => /^([\w@%+=:,./][\w@%+=:,./-]{0,252})?$/.test(value),
);

/** Where a cluster is reached, or empty. */
export const address = text(
    "host or host:port, e.g. mesh.example.com or 10.0.0.5:32379, or empty",
    (value) => value === "" || parseAddress(value) !== undefined,
);

/** A Helm chart: a name, an address or a path. */
export const chart = text(
    "a chart name, an oci:// reference or a path, without a user name or a password",
    (value) => isChart(value) && !hasPassword(value),
);

/** A limit that allows an empty text, too. */
export function orEmpty(limit: Limit<string>): Limit<string> {
    return limit.allows("")
        ? limit
        : {
              ...limit,
              legal: `${limit.legal}, or empty`,
              allows: (value) => value === "" || limit.allows(value),
          };
}

/** A chart repository. */
export const repository = text(
    "an http:// or https:// URL without a user name, a password or a query",
    (value) =>
        /^https?:\/\/[!-~]+$/.test(value) &&
        !/[?#]/.test(value) &&
        URL.canParse(value) &&
        !hasPassword(value) &&
        value.length <= longestReference,
);

/**
 * A name of at most 255 characters whose parts neither begin nor end with a separator, tag, digest: an engine or
 * the kubelet would refuse anything else once the clusters are there, and take a leading "-" for an option.
 *
 * @see https://pkg.go.dev/github.com/distribution/reference
 */
function isImageReference(reference: string): boolean {
    const host = /(?:[a-z0-9]+(?:(?:\.|-+)[a-z0-9]+)*:\d{1,5}\/)?/.source;
    const part = /[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*/.source;
    const version = /(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[a-f0-9]{64})?/.source;
    const [, name] = new RegExp(`^(${host}${part}(?:/${part})*)${version}$`).exec(reference) ?? [];
    return name !== undefined && name.length <= 255;
}

/** Longest chart reference, path or URL; no file system and no registry has longer ones. */
const longestReference = 1000;

/** Whether a chart is a path: its name has no slash and no file ending, and an address has a scheme. */
export function isChartPath(reference: string): boolean {
    return !reference.includes("://") && /[/\\]|\.tgz$/.test(reference);
}

const chartName = /^[A-Za-z0-9][\w.-]*$/;

/** Whether it is a chart's name in a repository, which a command line may have as it is. */
export function isChartName(reference: string): boolean {
    return chartName.test(reference);
}

/** A name that Helm takes, an address, or a path, which has a slash or a file ending. */
function isChart(reference: string): boolean {
    const form = reference.includes("://")
        ? /^(oci|https?):\/\/[!-~]+$/
        : isChartPath(reference)
          ? /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u
          : chartName;
    return (
        form.test(reference) &&
        reference.trim() === reference &&
        reference.length <= longestReference
    );
}

function isObject(value: string): boolean {
    try {
        return isMapping(JSON.parse(value));
    } catch {
        return false;
    }
}
