import { relative } from "node:path";
import { projectRoot } from "../config/declaration";
import { ClusterConfig, LabConfig } from "../config/labConfig";
import { ciliumVersions, isMixed } from "../lab/ciliumVersions";
import { phaseLines, phasesOf } from "../lab/outage";
import { settingsLine } from "../lab/settings";
import { sidesOf } from "../lab/sides";
import { whoAnswers } from "../lab/whoAnswers";
import { expectationLines } from "../lab/wording";
import { kindClusterName, kubeconfigVariable, stackFolder } from "../machine/names";
import { shellQuote } from "../machine/terminal";
import { LabStack } from "../stack/home";
import { currentStack } from "./chosenStack";

/** What a cluster of the lab is outside of it. */
function whereabouts(
    stack: string,
    { clusterProvider }: LabConfig,
    { name, kubeconfigContext }: ClusterConfig,
): string {
    return clusterProvider === "kind"
        ? `${name} is kind cluster ${kindClusterName(stack, name)}`
        : `${name} is your context ${kubeconfigContext}`;
}

/** What a student needs after an `up`: names, how to ask by hand, what is set, who must answer, what to try next. */
export function summary({ name: stack, config }: Pick<LabStack, "name" | "config">): string {
    const names = config.clusters.map(({ name }) => name);
    const cilium = ({ release }: ClusterConfig) =>
        isMixed(ciliumVersions(config)) ? `, Cilium ${release.version}` : "";
    const lines = config.clusters.map((one) => `  ${one.name}: ${settingsLine(one)}${cilium(one)}`);
    const other = !config.clusters[0]!.sharedService;
    const option = stack === currentStack() ? "" : ` --stack ${stack}`;
    const sides = sidesOf(config);
    const expected =
        config.outage === "none"
            ? expectationLines(whoAnswers(sides))
            : phaseLines(phasesOf(sides, config));
    return [
        `Stack ${stack}: ${config.clusters.map((cluster) => whereabouts(stack, config, cluster)).join(", ")}`,
        "",
        "Try it:",
        `  export KUBECONFIG=${shellQuote(kubeconfigVariable(stack, names))}   # contexts ${names.join(", ")}`,
        "  kubectl --context cluster1 exec deploy/x-wing -- curl -s rebel-base",
        "",
        "Set:",
        ...lines,
        ...(config.outage === "none"
            ? []
            : [`  outage ${config.outage}, outageOf ${config.outageOf}`]),
        ...(config.networkPolicy === "none" ? [] : [`  networkPolicy ${config.networkPolicy}`]),
        "",
        "Must answer:",
        ...expected.map((line) => `  ${line}`),
        "",
        `Next: npm run pulumi -- config set sharedService ${other}${option}, then npm run up${option === "" ? "" : ` --${option}`}`,
        `All files of the stack: ${relative(projectRoot, stackFolder(stack))}`,
    ].join("\n");
}
