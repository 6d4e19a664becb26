import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as yaml from "js-yaml";
import { chartSource } from "../cilium/chartSource";
import { Values, ciliumValues } from "../cilium/values";
import { ClusterConfig, LabConfig } from "../config/labConfig";
import { readManifests } from "../lab/manifests";
import { applyVariant, variantOf } from "../lab/variant";
import { findInTar } from "../tools/tar";
import { chartImages, imageValues } from "./chartImages";

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
    const values = ciliumValues(nobody, [], { cert: "", key: "" }, config.cilium);
    const objects = applyVariant(readManifests(cluster.name), variantOf(config, cluster));
    const lab = objects.flatMap(({ spec }) => containersOf(spec).map(({ image }) => image));
    return {
        chart: chartSource(config.cilium).chart,
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
