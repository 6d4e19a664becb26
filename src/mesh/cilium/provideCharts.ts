import { LabConfig } from "../../config/labConfig";
import { Problem } from "../../config/problem";
import { Machine } from "../../machine/machine";
import {
    WantedChart,
    chartProblem,
    chartSource,
    ensureChart,
    isNamed,
    wantedCharts,
} from "./chart";
import { readChartKeys, unknownValues } from "./chartKeys";

/**
 * Fetches the charts of a stack's clusters that are only names, in a preview too: what is fetched is kept.
 *
 * @returns What stands in the way, and the user's Helm values that a chart does not know.
 */
export async function provideCharts(
    config: LabConfig,
    machine: Machine,
): Promise<readonly Problem[]> {
    const all = wantedCharts(config).map((chart) => provideChart(chart, machine));
    return (await Promise.all(all)).flat();
}

async function provideChart(
    { cilium, keys }: WantedChart,
    machine: Machine,
): Promise<readonly Problem[]> {
    const missing = isNamed(cilium.chart)
        ? await ensureChart(cilium, machine.say, machine.download, keys)
        : chartProblem(cilium, keys);
    if (missing !== undefined || Object.keys(cilium.values).length === 0) {
        return missing === undefined ? [] : [missing];
    }
    const known = readChartKeys(chartSource(cilium).chart);
    const name = isNamed(cilium.chart) ? `${cilium.chart} ${cilium.version}` : cilium.chart;
    return known === undefined ? [] : unknownValues(cilium.values, known, name);
}
