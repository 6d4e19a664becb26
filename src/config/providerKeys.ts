import { readProject } from "./declaration";
import { ClusterName, LabConfig, configKey } from "./labConfig";
import { Problem, quote } from "./problem";

/** The contexts that existing clusters need: one for each, and each another one. */
export function contextProblems(
    values: Readonly<Record<string, string>>,
    clusters: readonly ClusterName[],
): Problem[] {
    const keys = clusters.map((name) => configKey(name, "kubeconfigContext"));
    return keys.flatMap((key, index) => {
        const context = values[key]!;
        const twin = keys.slice(0, index).find((other) => values[other] === context);
        const fix = `pulumi config set ${key} <a name that kubectl config get-contexts shows>`;
        if (context === "") {
            return [{ message: `${key} is empty, and clusterProvider is existing.`, fix }];
        }
        return twin === undefined
            ? []
            : [{ message: `${key} is ${quote(context)}, and so is ${twin}.`, fix }];
    });
}

/** A warning for each key that is set and that the chosen `clusterProvider` does not read. */
export function unreadKeys(config: LabConfig, project = readProject()): Problem[] {
    const isNodeImageSet = config.nodeImage !== project.declarations.nodeImage!.default;
    const forKind = isNodeImageSet ? ["nodeImage"] : [];
    const unread = config.clusterProvider === "kind" ? setForExisting(config) : forKind;
    return unread.map((key) => ({
        message: `${key} is set, and clusterProvider ${config.clusterProvider} does not read it.`,
        fix: `pulumi config rm ${key}`,
    }));
}

function setForExisting({ kubeconfig, clusters }: LabConfig): string[] {
    const ofClusters = clusters.flatMap((cluster) =>
        (["kubeconfigContext", "clusterMeshAddress"] as const)
            .filter((key) => cluster[key] !== "")
            .map((key) => configKey(cluster.name, key)),
    );
    return [...(kubeconfig === "" ? [] : ["kubeconfig"]), ...ofClusters];
}
