import { projectRoot } from "../config/declaration";
import { ClusterName, clusterNames, configKey, possibleClusters } from "../config/labConfig";
import { ProblemsError, nearest, quote } from "../config/problem";
import { readStackValues } from "../config/stackFile";
import { settings } from "./settings";

/** The keys that an exercise sets: what the lab varies, in both clusters. */
export const exerciseKeys = variedKeys(clusterNames);

/** The keys that have their defaults unless an exercise says otherwise: those of more clusters, too. */
export const resetKeys = variedKeys(possibleClusters);

function variedKeys(clusters: readonly ClusterName[]): readonly string[] {
    const ofClusters = clusters.flatMap((cluster) =>
        settings.map(({ key }) => configKey(cluster, key)),
    );
    return [...ofClusters, "networkPolicy", "outage", "outageOf", "clusterMeshCacheTtl"];
}

/** Names of the committed exercises. */
export const exercises = [
    "baseline",
    "failover",
    "not-shared",
    "not-shared-failover",
    "local-first",
    "remote-first",
    "not-global",
    "network-policy",
    "outage",
    "outage-with-ttl",
] as const;

/** One change of a stack's config: a value, or undefined for the default. */
export type Change = readonly [key: string, value: string | undefined];

/**
 * What has to change in a stack's own values so that the lab is as an exercise has it.
 *
 * @throws ProblemsError if there is no such exercise.
 */
export function exerciseChanges(
    exercise: string,
    own: Readonly<Record<string, string>>,
    root = projectRoot,
): Change[] {
    if (!(exercises as readonly string[]).includes(exercise)) {
        const meant = nearest(exercise, exercises);
        const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
        const message = `--exercise is ${quote(exercise)}; it must be one of ${exercises.join(", ")}${hint}`;
        throw new ProblemsError([{ message }]);
    }
    return changesTo(readStackValues(exercise, root), own);
}

/**
 * What has to change in a stack's own values so that the lab's keys have the wanted ones, else defaults.
 *
 * @param more Keys beyond the lab's that are treated alike.
 */
export function changesTo(
    wanted: Readonly<Record<string, string>>,
    own: Readonly<Record<string, string>>,
    more: readonly string[] = [],
): Change[] {
    return [...new Set([...resetKeys, ...more])]
        .filter((key) => wanted[key] !== own[key])
        .map((key): Change => [key, wanted[key]]);
}

/** A stack's own values after changes. */
export function changed(
    own: Readonly<Record<string, string>>,
    changes: readonly Change[],
): Record<string, string> {
    const values = { ...own, ...Object.fromEntries(changes) };
    return Object.fromEntries(
        Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
}
