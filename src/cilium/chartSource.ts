import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { projectRoot } from "../config/declaration";
import { CiliumConfig } from "../config/labConfig";
import { Problem, quote } from "../config/problem";

/** What a Helm release is told about its chart. */
export interface ChartSource {
    readonly chart: string;
    readonly version?: string;
    readonly repositoryOpts?: { readonly repo: string };
}

/** Where Helm finds the chart: a path or an OCI reference as it is, a name in the repository. */
export function chartSource(
    cilium: Pick<CiliumConfig, "chart" | "chartRepository" | "version">,
): ChartSource {
    if (isPath(cilium.chart)) {
        return { chart: absolute(cilium.chart) };
    }
    return cilium.chart.includes("://")
        ? { chart: cilium.chart, version: cilium.version }
        : {
              chart: cilium.chart,
              version: cilium.version,
              repositoryOpts: { repo: cilium.chartRepository },
          };
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

/** A chart's name has no slash and no file ending; a path has. */
function isPath(chart: string): boolean {
    return !chart.includes("://") && /[/\\]|\.tgz$/.test(chart);
}

function absolute(path: string): string {
    return isAbsolute(path) ? path : join(projectRoot, path);
}
