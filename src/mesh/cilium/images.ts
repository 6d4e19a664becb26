import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as yaml from "js-yaml";
import { ClusterConfig, LabConfig, ciliumOf } from "../../config/labConfig";
import { readManifests } from "../../lab/manifests";
import { applyVariant, variantOf } from "../../lab/variant";
import { findInTar } from "../../machine/tar";
import { chartSource } from "./chart";
import { Values, ciliumValues, mergeValues } from "./values";

/**
 * What says which images a cluster's pods are made of. It has no more than that, so that nothing else in the config
 * makes a cluster look for images again; the chart is read only then, because that takes a tenth of a second.
 */
export interface WantedImages {
    /** Path of Cilium's chart, or an OCI reference. */
    readonly chart: string;
    /** The Helm values that choose its images. */
    readonly values: Values;
    /** References of the lab's own images. */
    readonly lab: readonly string[];
}

/** What a cluster's pods are made of by the config. */
export function wantedImages(config: LabConfig, cluster: ClusterConfig): WantedImages {
    const nobody = { name: cluster.name, id: cluster.id, address: "" };
    const cilium = ciliumOf(config, cluster.name);
    const values = ciliumValues(nobody, [], { cert: "", key: "" }, cilium);
    const objects = applyVariant(readManifests(cluster.name), variantOf(config, cluster));
    const lab = objects.flatMap(({ spec }) => containersOf(spec).map(({ image }) => image));
    return {
        chart: chartSource(cilium).chart,
        values: imageValues(values),
        lab: [...new Set(lab)],
    };
}

/** References of all wanted images. Of a chart that cannot be read here only overrides are known. */
export function imageReferences({ chart, values, lab }: WantedImages): string[] {
    return [...new Set([...chartImages(chartDefaults(chart), values), ...lab])];
}

function chartDefaults(chart: string): Values {
    try {
        const file = statSync(chart).isDirectory()
            ? readFileSync(join(chart, "values.yaml"))
            : findInTar(gunzipSync(readFileSync(chart)), isDefaults);
        return (yaml.load(file?.toString() ?? "") ?? {}) as Values;
    } catch {
        // An OCI reference, or no chart; then Helm says so.
        return {};
    }
}

/** Helm's own place for them, in the chart's only folder. */
function isDefaults(name: string): boolean {
    return /^[^/]+\/values\.yaml$/.test(name);
}

interface PodSpec {
    readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } };
}

interface Container {
    readonly image: string;
}

function containersOf(spec: unknown): readonly Container[] {
    return (spec as PodSpec | undefined)?.template?.spec?.containers ?? [];
}

/** One image that the chart may use. */
export interface ChartImage {
    /** Where the chart's values have it. */
    readonly path: string;
    /** The values that switch it on, each with what decides. */
    readonly switches: Readonly<Record<string, (value: unknown) => boolean>>;
    /** The part of the repository's name that the chart itself adds. */
    readonly suffix?: string;
    readonly digestKey?: string;
}

const isTrue = (value: unknown) => value === true;
const isNotFalse = (value: unknown) => value !== false;

const isCronJob = (value: unknown) => value === "cronJob";
/**
 * The images of the chart's parts that run on a kind node. One that is not here is pulled by the kubelet.
 *
 * @see https://docs.cilium.io/en/stable/helm-reference/
 */
const images: readonly ChartImage[] = [
    { path: "image", switches: { agent: isNotFalse } },
    {
        path: "operator.image",
        switches: { "operator.enabled": isNotFalse },
        suffix: "-generic",
        digestKey: "genericDigest",
    },
    { path: "clustermesh.apiserver.image", switches: { "clustermesh.useAPIServer": isTrue } },
    // Undefined is the chart's own way to say yes.
    { path: "envoy.image", switches: { l7Proxy: isNotFalse, "envoy.enabled": isNotFalse } },
    {
        path: "certgen.image",
        switches: {
            "clustermesh.useAPIServer": isTrue,
            "clustermesh.apiserver.tls.auto.method": isCronJob,
        },
    },
    {
        path: "certgen.image",
        switches: { "hubble.enabled": isTrue, "hubble.tls.auto.method": isCronJob },
    },
    {
        path: "hubble.relay.image",
        switches: { "hubble.enabled": isTrue, "hubble.relay.enabled": isTrue },
    },
    ...["backend", "frontend"].map((part) => ({
        path: `hubble.ui.${part}.image`,
        switches: { "hubble.enabled": isTrue, "hubble.ui.enabled": isTrue },
    })),
];

/** Of Helm values, those that {@link chartImages} looks at: others change no image. */
function imageValues(values: Values): Values {
    return images
        .flatMap(({ path, switches }) => [path, ...Object.keys(switches)])
        .reduce<Values>((picked, path) => {
            const value = valueAt(values, path);
            return value === undefined ? picked : mergeValues(picked, nested(path, value));
        }, {});
}

/**
 * The images that a Cilium chart names for its pods, as its template `cilium.image` puts them together.
 *
 * @param defaults The chart's own values; empty where they are not known, and then only overrides are.
 * @param values Helm values over them.
 */
function chartImages(defaults: Values, values: Values): string[] {
    const merged = mergeValues(defaults, values);
    const used = images
        .filter(({ switches }) =>
            Object.entries(switches).every(([path, decides]) => decides(valueAt(merged, path))),
        )
        .map((image) => reference(valueAt(merged, image.path), image))
        .filter((one) => one !== undefined);
    return [...new Set(used)];
}

function reference(value: unknown, { suffix, digestKey }: ChartImage): string | undefined {
    const image = (value ?? {}) as Readonly<Record<string, unknown>>;
    const text = (key: string) => {
        const one = image[key];
        return typeof one === "string" || typeof one === "number" ? String(one) : "";
    };
    if (text("override") !== "") {
        return text("override");
    }
    if (text("repository") === "") {
        return undefined;
    }
    const tag = text("tag") === "" ? "" : `:${text("tag")}`;
    const digest = image.useDigest === true ? `@${text(digestKey ?? "digest")}` : "";
    const own = suffix === undefined ? "" : `${suffix}${text("suffix")}`;
    return `${text("repository")}${own}${tag}${digest}`;
}

function valueAt(values: unknown, path: string): unknown {
    return path
        .split(".")
        .reduce<unknown>(
            (at, key) =>
                typeof at === "object" && at !== null
                    ? (at as Record<string, unknown>)[key]
                    : undefined,
            values,
        );
}

function nested(path: string, value: unknown): Values {
    return path
        .split(".")
        .reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}
