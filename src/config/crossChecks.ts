import { NamedRange, overlappingPairs } from "./cidr";
import { readProject } from "./declaration";
import { ClusterName, LabConfig, configKey } from "./labConfig";
import { Problem, quote } from "./problem";

/** An outage of a cluster that there is not, or that nobody here can stop. */
export function outageProblems(
    { outage = "none", outageOf, clusterProvider }: Readonly<Record<string, string>>,
    clusters: readonly ClusterName[],
): Problem[] {
    if (outage === "none") {
        return [];
    }
    if (!(clusters as readonly string[]).includes(outage)) {
        return [
            {
                message: `outage is ${quote(outage)}, but clusters is ${clusters.length}; it must be one of none, ${clusters.join(", ")}.`,
                fix: `pulumi config set outage ${clusters.at(-1)}, or pulumi config rm outage`,
            },
        ];
    }
    return clusterProvider === "existing" && outageOf === "cluster"
        ? [
              {
                  message: `outage is ${outage}, and clusterProvider is existing: only kind's clusters can be stopped from here.`,
                  fix: "pulumi config set outageOf clustermesh-apiserver, or pulumi config rm outage",
              },
          ]
        : [];
}

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
            return [
                {
                    message: `${key} is empty, and clusterProvider existing needs a context for every cluster.`,
                    fix,
                },
            ];
        }
        return twin === undefined
            ? []
            : [
                  {
                      message: `${key} is ${quote(context)}, and so is ${twin}; every cluster needs a context of its own.`,
                      fix,
                  },
              ];
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

export function overlappingRanges(
    values: Readonly<Record<string, string>>,
    illegal: readonly string[],
    clusters: readonly ClusterName[],
): Problem[] {
    const ranges = clusters
        .flatMap((cluster) => [configKey(cluster, "podCidr"), configKey(cluster, "serviceCidr")])
        .filter((key) => !illegal.includes(key))
        .map((key) => ({ owner: key, cidr: values[key]! }));
    return overlappingPairs(ranges).map(overlapProblem);
}

/** The ranges that the clusters' pods and Services take, each owned by its config key. */
export function rangesOf(config: LabConfig): NamedRange[] {
    return config.clusters.flatMap((cluster) =>
        (["podCidr", "serviceCidr"] as const).map((key) => ({
            owner: configKey(cluster.name, key),
            cidr: cluster[key],
        })),
    );
}

/** The problem of two overlapping ranges, with what each of them is. */
export function overlapProblem([ours, other]: [NamedRange, NamedRange]): Problem {
    return {
        message: `${ours.owner} ${ours.cidr} overlaps ${other.owner} ${other.cidr}; every range must be its own.`,
        fix: `pulumi config set ${ours.owner} <a free network such as 10.50.0.0/16>`,
    };
}
