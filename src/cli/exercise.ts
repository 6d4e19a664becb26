import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../config/declaration";
import { ClusterKey, clusterNames, configKey } from "../config/labConfig";
import { nearest } from "../config/problem";
import { readStackValues } from "../config/stackFile";
import { UsageError } from "./command";

/** The keys that an exercise sets: what the lab varies, in both clusters. */
export const exerciseKeys: readonly string[] = clusterNames.flatMap((cluster) =>
    (["globalService", "sharedService", "serviceAffinity", "rebelBaseReplicas"] as const).map(
        (key: ClusterKey) => configKey(cluster, key),
    ),
);

/** Names of the committed exercises. */
export const exercises = [
    "baseline",
    "failover",
    "not-shared",
    "not-shared-failover",
    "local-first",
    "remote-first",
    "not-global",
] as const;

/** One change of a stack's config: a value, or undefined for the default. */
export type Change = readonly [key: string, value: string | undefined];

/**
 * What has to change in a stack's own values so that the lab is as an exercise has it.
 *
 * @throws UsageError if there is no such exercise.
 */
export function exerciseChanges(
    exercise: string,
    own: Readonly<Record<string, string>>,
    root = projectRoot,
): Change[] {
    const files = readdirSync(join(root, "stacks"));
    if (
        !(exercises as readonly string[]).includes(exercise) ||
        !files.includes(`Pulumi.${exercise}.yaml`)
    ) {
        const meant = nearest(exercise, exercises);
        throw new UsageError(
            `--exercise is ${JSON.stringify(exercise)}; it must be one of ${exercises.join(", ")}${meant ? `; did you mean ${meant}?` : ""}`,
        );
    }
    const wanted = readStackValues(exercise, root);
    return exerciseKeys
        .filter((key) => wanted[key] !== own[key])
        .map((key): Change => [key, wanted[key]]);
}

/** The `pulumi` arguments that make a change. */
export function changeArgs([key, value]: Change): string[] {
    return value === undefined ? ["config", "rm", key] : ["config", "set", key, value];
}
