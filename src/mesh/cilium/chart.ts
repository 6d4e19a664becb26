import { existsSync, readFileSync } from "node:fs";
import { join, isAbsolute } from "node:path";
import * as yaml from "js-yaml";
import compare from "semver/functions/compare";
import gt from "semver/functions/gt";
import lt from "semver/functions/lt";
import prerelease from "semver/functions/prerelease";
import rcompare from "semver/functions/rcompare";
import valid from "semver/functions/valid";
import { projectRoot } from "../../config/declaration";
import { CiliumConfig, LabConfig, ciliumOf, configKey } from "../../config/labConfig";
import { isChartName, isChartPath } from "../../config/limits";
import { isMapping } from "../../config/mapping";
import { Problem, nearest, printable, quote } from "../../config/problem";
import {
    Fetch,
    downloadFix,
    fetchBytes,
    reasonOf,
    sha256,
    wrongChecksum,
} from "../../machine/download";
import { FileError, fileSystem } from "../../machine/fileErrors";
import { readText, writeWhole } from "../../machine/files";
import { labFolder, shortHash } from "../../machine/names";

/** Which chart of which repository. */
type NamedChart = Pick<CiliumConfig, "chart" | "chartRepository" | "version">;

/** The keys that say which chart it is, to be named where it cannot be had. */
export interface ChartKeyNames {
    readonly version: string;
    readonly chart: string;
}

const keysOfCluster1: ChartKeyNames = { version: "ciliumVersion", chart: "ciliumChart" };

/** A chart that clusters of a stack are made with, with the keys that say so. */
export interface WantedChart {
    readonly cilium: CiliumConfig;
    readonly keys: ChartKeyNames;
}

/** The charts that a stack's clusters are made with, each once, by the keys of the first cluster that has it. */
export function wantedCharts(config: LabConfig): WantedChart[] {
    const charts = config.clusters.map(({ name }): WantedChart => ({
        cilium: ciliumOf(config, name),
        keys: {
            version: configKey(name, "ciliumVersion"),
            chart: configKey(name, "ciliumChart"),
        },
    }));
    const sources = charts.map(({ cilium }) => JSON.stringify(chartSource(cilium)));
    return charts.filter((_, index) => sources.indexOf(sources[index]!) === index);
}

/** Folder of the charts that were fetched from repositories. */
export const chartsFolder = join(labFolder, "charts");

/** Where a repository's chart is kept, e.g. `.lab/charts/helm.cilium.io/cilium-1.19.6.tgz`. */
export function cachedChart({ chart, chartRepository, version }: NamedChart): string {
    return join(chartsFolder, repositoryFolder(chartRepository), `${chart}-${version}.tgz`);
}

/**
 * A repository's folder: its host's name, and a hash of the whole URL where that has more than a host by https. No two
 * repositories have the same, and no user or password is in it.
 */
function repositoryFolder(repository: string): string {
    const url = repository.replace(/\/+$/, "");
    const plain = /^https:\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)*)$/.exec(url)?.[1];
    if (plain !== undefined) {
        return plain;
    }
    const host = /^[a-z]+:\/\/(?:[^/@]*@)?([A-Za-z0-9.-]*)/.exec(url)?.[1] ?? "";
    return `${host.replace(/^\.+|\.\.+/g, "_")}_${shortHash(url)}`;
}

/** Where the checksum of a kept chart is. */
function checksumPath(path: string): string {
    return `${path}.sha256`;
}

/** Whether a chart is kept, and is what was fetched. One that a bundle has brought was checked there. */
function isKept(path: string): boolean {
    if (!existsSync(path)) {
        return false;
    }
    const kept = fileSystem(path, "read", () => readFileSync(path));
    const expected = readText(checksumPath(path))?.trim();
    return expected === undefined || sha256(kept) === expected;
}

/** One version of a chart in a repository's `index.yaml`. @see https://helm.sh/docs/topics/chart_repository/ */
interface ChartVersion {
    readonly version: string;
    readonly urls: readonly string[];
    /** SHA-256 of the packed chart; repositories may leave it out. */
    readonly digest?: string;
}

/**
 * Fetches a repository's chart, once: what is kept already and is whole is used without a look at the repository.
 *
 * @param say Tells the user about a download.
 * @param keys The keys that a message names; cluster1's by default.
 * @returns What stands in the way; undefined if the chart is there.
 */
export async function ensureChart(
    chart: NamedChart,
    say: (line: string) => void,
    download: Fetch = fetchBytes,
    keys = keysOfCluster1,
): Promise<Problem | undefined> {
    const path = cachedChart(chart);
    try {
        if (isKept(path)) {
            return undefined;
        }
    } catch (error) {
        return (error as FileError).problem;
    }
    say(`downloading chart ${chart.chart} ${chart.version} from ${chart.chartRepository}`);
    const base = chart.chartRepository.replace(/\/*$/, "/");
    const index = `${base}index.yaml`;
    let url = index;
    try {
        const charts = entriesOf(await download(index));
        const versions = Object.hasOwn(charts, chart.chart) ? charts[chart.chart]! : [];
        const found = versions.find(({ version }) => version.replace(/^v/, "") === chart.version);
        if (found?.urls[0] === undefined) {
            return notInRepository(chart, charts, keys);
        }
        url = new URL(found.urls[0], base).href;
        const packed = await download(url);
        const expected = found.digest?.replace(/^sha256:/, "");
        if (expected !== undefined && sha256(packed) !== expected) {
            throw new Error(wrongChecksum(url, sha256(packed), expected));
        }
        writeWhole(path, packed, 0o644);
        writeWhole(checksumPath(path), `${sha256(packed)}\n`, 0o644);
        return undefined;
    } catch (error) {
        if (error instanceof FileError) {
            return error.problem;
        }
        return {
            message: `chart ${chart.chart} ${chart.version} could not be downloaded from ${printable(url)} (${reasonOf(error as Error)}).`,
            fix: `${downloadFix(error as Error, url) ?? "try again with a connection to it"}, or pulumi config set ${keys.chart} <path of a ${chart.chart}-${chart.version}.tgz>`,
        };
    }
}

/** The charts of an index, as far as they are as they should be. @throws Error if it is none. */
function entriesOf(index: Buffer): Readonly<Record<string, readonly ChartVersion[]>> {
    const content = yaml.load(index.toString());
    const entries = isMapping(content) ? content.entries : undefined;
    if (!isMapping(entries)) {
        throw new Error("it is no index of charts");
    }
    // Messages name them in commands, and an index is somebody else's.
    const charts = Object.entries(entries).filter(([name]) => isChartName(name));
    return Object.fromEntries(
        charts.map(([name, versions]) => [
            name,
            Array.isArray(versions) ? versions.filter(isChartVersion) : [],
        ]),
    );
}

function isChartVersion(value: unknown): value is ChartVersion {
    const { version, urls, digest } = isMapping(value) ? value : {};
    return (
        typeof version === "string" &&
        Array.isArray(urls) &&
        urls.every((url) => typeof url === "string") &&
        (digest === undefined || typeof digest === "string")
    );
}

function notInRepository(
    { chart, chartRepository, version }: NamedChart,
    charts: Readonly<Record<string, readonly ChartVersion[]>>,
    keys: ChartKeyNames,
): Problem {
    if (charts[chart] === undefined) {
        const meant = nearest(chart, Object.keys(charts));
        return {
            message: `${chartRepository} has no chart ${JSON.stringify(chart)}${meant ? `; did you mean ${meant}?` : "."}`,
            fix: `pulumi config set ${keys.chart} ${meant ?? "<a chart name, an oci:// reference or a path>"}`,
        };
    }
    const near = nearVersions(
        version,
        charts[chart].map((one) => one.version),
    );
    return {
        message: `${chartRepository} has no version ${version} of chart ${chart}${near.length > 0 ? `; near ones are ${near.join(", ")}` : ""}.`,
        fix: `pulumi config set ${keys.version} ${near[0] ?? "<a version it has>"}`,
    };
}

/** The two released versions below a version and the two above it, the nearest below first. */
export function nearVersions(wanted: string, versions: readonly string[]): string[] {
    const released = versions
        .map((version) => valid(version))
        .filter((version) => version !== null && prerelease(version) === null)
        .map(String);
    const below = released.filter((version) => lt(version, wanted)).sort(rcompare);
    const above = released.filter((version) => gt(version, wanted)).sort(compare);
    return [...below.slice(0, 2), ...above.slice(0, 2)];
}

/** What a Helm release is told about its chart. */
export interface ChartSource {
    /** An absolute path, or an OCI reference. */
    readonly chart: string;
    readonly version?: string;
}

/**
 * Where Helm finds the chart: a path or an OCI reference as it is; for a name, the file that `ensureChart` has
 * fetched from the repository, because Helm itself would fetch it at every update.
 */
export function chartSource(
    cilium: Pick<CiliumConfig, "chart" | "chartRepository" | "version">,
): ChartSource {
    if (isChartPath(cilium.chart)) {
        return { chart: absolute(cilium.chart) };
    }
    return isOci(cilium.chart)
        ? { chart: cilium.chart, version: cilium.version }
        : { chart: cachedChart(cilium) };
}

/** A chart that is a path where nothing is; undefined if it is there, or no path. */
export function chartProblem(
    { chart }: Pick<CiliumConfig, "chart">,
    keys = keysOfCluster1,
): Problem | undefined {
    return isChartPath(chart) && !existsSync(absolute(chart))
        ? {
              message: `${keys.chart} is ${quote(chart)}, but there is no such file or folder (${absolute(chart)}).`,
              fix: `pulumi config set ${keys.chart} <a chart name, an oci:// reference or a path that exists>`,
          }
        : undefined;
}

/** Whether the chart is a name in the repository. */
export function isNamed(chart: string): boolean {
    return !isChartPath(chart) && !isOci(chart);
}

/** Whether the chart is an OCI reference, which Helm itself loads. */
export function isOci(chart: string): boolean {
    return chart.includes("://");
}

function absolute(path: string): string {
    return isAbsolute(path) ? path : join(projectRoot, path);
}
