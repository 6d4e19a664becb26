import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { projectRoot } from "../config/declaration";
import { CiliumConfig } from "../config/labConfig";
import { Problem, quote } from "../config/problem";
import { cachedChart } from "./chartCache";

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
    if (isPath(cilium.chart)) {
        return { chart: absolute(cilium.chart) };
    }
    return isOci(cilium.chart)
        ? { chart: cilium.chart, version: cilium.version }
        : { chart: cachedChart(cilium) };
}

/** A chart that is a path where nothing is; undefined if it is there, or no path. */
export function chartProblem({ chart }: Pick<CiliumConfig, "chart">): Problem | undefined {
    return isPath(chart) && !existsSync(absolute(chart))
        ? {
              message: `ciliumChart is ${quote(chart)}, but there is no such file or folder (${absolute(chart)}).`,
              fix: "pulumi config set ciliumChart <a chart name, an oci:// reference or a path that exists>",
          }
        : undefined;
}

/** Whether the chart is a name in the repository. */
export function isNamed(chart: string): boolean {
    return !isPath(chart) && !isOci(chart);
}

/** A chart's name has no slash and no file ending; a path has. */
function isPath(chart: string): boolean {
    return !isOci(chart) && /[/\\]|\.tgz$/.test(chart);
}

function isOci(chart: string): boolean {
    return chart.includes("://");
}

function absolute(path: string): string {
    return isAbsolute(path) ? path : join(projectRoot, path);
}
