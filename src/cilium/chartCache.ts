import { existsSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";
import * as semver from "semver";
import { CiliumConfig } from "../config/labConfig";
import { Problem, nearest } from "../config/problem";
import { labFolder } from "../names";
import {
    Fetch,
    fetchBytes,
    keepDownload,
    reasonOf,
    sha256,
    wrongChecksum,
} from "../tools/download";

/** Which chart of which repository. */
type NamedChart = Pick<CiliumConfig, "chart" | "chartRepository" | "version">;

/** Folder of the charts that were fetched from repositories. */
export const chartsFolder = join(labFolder, "charts");

/** Where a repository's chart is kept, e.g. `.lab/charts/helm.cilium.io/cilium-1.19.6.tgz`. */
export function cachedChart({ chart, chartRepository, version }: NamedChart): string {
    const repository = chartRepository
        .replace(/^https?:\/\//, "")
        .replace(/\/+$/, "")
        .replace(/[^A-Za-z0-9.-]|\.\.+/g, "_");
    return join(chartsFolder, repository, `${chart}-${version}.tgz`);
}

/** One version of a chart in a repository's `index.yaml`. @see https://helm.sh/docs/topics/chart_repository/ */
interface ChartVersion {
    readonly version: string;
    readonly urls: readonly string[];
    /** SHA-256 of the packed chart; repositories may leave it out. */
    readonly digest?: string;
}

/**
 * Fetches a repository's chart, once: what is kept already is used without a look at the repository.
 *
 * @param say Tells the user about a download.
 * @returns What stands in the way; undefined if the chart is there.
 */
export async function ensureChart(
    chart: NamedChart,
    say: (line: string) => void,
    download: Fetch = fetchBytes,
): Promise<Problem | undefined> {
    const path = cachedChart(chart);
    if (existsSync(path)) {
        return undefined;
    }
    say(`downloading chart ${chart.chart} ${chart.version} from ${chart.chartRepository}`);
    const base = chart.chartRepository.replace(/\/*$/, "/");
    const index = `${base}index.yaml`;
    let url = index;
    try {
        const charts = entriesOf(await download(index));
        const versions = charts[chart.chart] ?? [];
        const found = versions.find(({ version }) => version.replace(/^v/, "") === chart.version);
        if (found?.urls[0] === undefined) {
            return notInRepository(chart, charts);
        }
        url = new URL(found.urls[0], base).href;
        const packed = await download(url);
        const expected = found.digest?.replace(/^sha256:/, "");
        if (expected !== undefined && sha256(packed) !== expected) {
            throw new Error(wrongChecksum(url, sha256(packed), expected));
        }
        keepDownload(packed, path, 0o644);
        return undefined;
    } catch (error) {
        return {
            message: `chart ${chart.chart} ${chart.version} could not be downloaded from ${url} (${reasonOf(error as Error)}).`,
            fix: `try again with a connection to it, or pulumi config set ciliumChart <path of a ${chart.chart}-${chart.version}.tgz>`,
        };
    }
}

function entriesOf(index: Buffer): Readonly<Record<string, readonly ChartVersion[]>> {
    const content = yaml.load(index.toString()) as {
        entries?: Record<string, readonly ChartVersion[]>;
    } | null;
    if (typeof content?.entries !== "object") {
        throw new Error("it is no index of charts");
    }
    return content.entries;
}

function notInRepository(
    { chart, chartRepository, version }: NamedChart,
    charts: Readonly<Record<string, readonly ChartVersion[]>>,
): Problem {
    if (charts[chart] === undefined) {
        const meant = nearest(chart, Object.keys(charts));
        return {
            message: `${chartRepository} has no chart ${JSON.stringify(chart)}${meant ? `; did you mean ${meant}?` : "."}`,
            fix: `pulumi config set ciliumChart ${meant ?? "<a chart name, an oci:// reference or a path>"}`,
        };
    }
    const near = nearVersions(
        version,
        charts[chart].map((one) => one.version),
    );
    return {
        message: `${chartRepository} has no version ${version} of chart ${chart}${near.length > 0 ? `; near ones are ${near.join(", ")}` : ""}.`,
        fix: `pulumi config set ciliumVersion ${near[0] ?? "<a version it has>"}`,
    };
}

/** The two released versions below a version and the two above it, the nearest below first. */
export function nearVersions(wanted: string, versions: readonly string[]): string[] {
    const released = versions
        .map((version) => semver.valid(version))
        .filter((version) => version !== null && semver.prerelease(version) === null)
        .map(String);
    const below = released.filter((version) => semver.lt(version, wanted)).sort(semver.rcompare);
    const above = released.filter((version) => semver.gt(version, wanted)).sort(semver.compare);
    return [...below.slice(0, 2), ...above.slice(0, 2)];
}
