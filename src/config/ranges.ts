import { NamedRange } from "./cidr";
import { LabConfig, configKey } from "./labConfig";
import { Problem } from "./problem";

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
