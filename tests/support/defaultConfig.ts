import { projectRoot, readProject } from "../../src/config/declaration";
import { CiliumConfig, LabConfig, ciliumOf } from "../../src/config/labConfig";
import { parseLabConfig, requireLabConfig } from "../../src/config/parseLabConfig";
import { readStackValues } from "../../src/config/stackFile";

/** The config of a stack that sets the given keys and nothing else. */
export function configWith(given: Readonly<Record<string, string>> = {}): LabConfig {
    const { config, problems } = parseLabConfig(given, readProject());
    if (config === undefined) {
        throw new Error(problems.map(({ message }) => message).join("\n"));
    }
    return config;
}

/** The Cilium of a cluster of such a stack; cluster1's by default. */
export function ciliumWith(
    given: Readonly<Record<string, string>> = {},
    cluster = "cluster1",
): CiliumConfig {
    return ciliumOf(configWith(given), cluster);
}

/** The config of a stack by its file. @throws ProblemsError with everything that is wrong with it. */
export function stackConfig(stack: string, root = projectRoot): LabConfig {
    return requireLabConfig(readStackValues(stack, root), readProject(root));
}

/** A cluster whose node is given no image. */
export const noImages = { chart: "", values: {}, lab: [] };
