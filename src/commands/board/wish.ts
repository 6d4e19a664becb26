import { readProject } from "../../config/declaration";
import { UsageError } from "../../config/errors";
import { LabConfig, configKey } from "../../config/labConfig";
import { isMapping } from "../../config/mapping";
import { requireLabConfig } from "../../config/parseLabConfig";
import { quote } from "../../config/problem";
import { Change, changed, changesTo, exerciseChanges } from "../../lab/exercise";
import { settings } from "../../lab/settings";
import { tourSteps } from "../../lab/tourSteps";
import { changeArgs } from "../../stack/stack";

/** What somebody at the page wants the lab to be. */
export type Wish =
    /** Some settings, the others as they are. */
    | { readonly kind: "set"; readonly values: Readonly<Record<string, string>> }
    | { readonly kind: "exercise"; readonly name: string }
    /** A step of the tour, counted from 0. */
    | { readonly kind: "step"; readonly index: number }
    /** The settings from before the first step of the tour. */
    | { readonly kind: "restore" }
    /** What the config says already: whatever was changed by hand is put back. */
    | { readonly kind: "reconcile" };

/** Guesses by the cluster that asks: who will answer. */
export type Guesses = Readonly<Record<string, readonly string[]>>;

/** The stack that a wish is for. */
export interface Wished {
    readonly config: LabConfig;
    /** The stack's own values. */
    readonly own: Readonly<Record<string, string>>;
    /** Its values before the tour, if it is on the tour. */
    readonly original?: Readonly<Record<string, string>>;
}

/**
 * A wish out of a request's body.
 *
 * @throws UsageError if it is none.
 */
export function parseWish(body: unknown): Wish {
    const { kind, values, name, index } = isMapping(body) ? body : {};
    switch (kind) {
        case "set":
            if (
                isMapping(values) &&
                Object.values(values).every((one) => typeof one === "string")
            ) {
                return { kind, values: values as Record<string, string> };
            }
            break;
        case "exercise":
            if (typeof name === "string") {
                return { kind, name };
            }
            break;
        case "step":
            if (typeof index === "number" && tourSteps[index] !== undefined) {
                return { kind, index };
            }
            break;
        case "restore":
        case "reconcile":
            return { kind };
    }
    throw new UsageError("the request is no change of the lab");
}

/** Guesses out of a request's body; undefined where it has none. Names of no cluster are left out. */
export function parseGuesses(body: unknown, clusters: readonly string[]): Guesses | undefined {
    const guesses = isMapping(body) ? body.guesses : undefined;
    if (!isMapping(guesses)) {
        return undefined;
    }
    const own = Object.entries(guesses).filter(([client]) => clusters.includes(client));
    return Object.fromEntries(
        own.map(([client, answering]) => [
            client,
            clusters.filter((name) => Array.isArray(answering) && answering.includes(name)),
        ]),
    );
}

/** The settings that the page changes, by key, with the values that they have in the config. */
export function settingValues(config: LabConfig): Record<string, string> {
    const ofClusters = config.clusters.flatMap((cluster) =>
        settings.map(({ key }) => [configKey(cluster.name, key), String(cluster[key])] as const),
    );
    return {
        ...Object.fromEntries(ofClusters),
        networkPolicy: config.networkPolicy,
        legacyAnnotations: String(config.legacyAnnotations),
        outage: config.outage,
        outageOf: config.outageOf,
        clusterMeshCacheTtl: config.cilium.cacheTtl,
    };
}

/**
 * What has to change in a stack's config for a wish.
 *
 * @throws ProblemsError if the config would not be legal, UsageError for a key that the page does not change.
 */
export function changesFor(wish: Wish, wished: Wished): Change[] {
    const changes = changesOf(wish, wished);
    requireLabConfig(changed(wished.own, changes), readProject());
    return changes;
}

function changesOf(wish: Wish, { config, own, original }: Wished): Change[] {
    switch (wish.kind) {
        case "set": {
            const now = settingValues(config);
            const unknown = Object.keys(wish.values).find((key) => !(key in now));
            if (unknown !== undefined) {
                throw new UsageError(`${quote(unknown)} is no setting that the board changes`);
            }
            return Object.entries(wish.values).filter(([key, value]) => now[key] !== value);
        }
        case "exercise":
            return exerciseChanges(wish.name, own);
        case "step":
            return changesTo(tourSteps[wish.index]!.settings, own);
        case "restore":
            return changesTo(original ?? own, own);
        case "reconcile":
            return [];
    }
}

/** The commands that do what the page does, to be copied. */
export function commandsFor(
    changes: readonly Change[],
    stack: string,
    isDefault: boolean,
): string[] {
    const option = isDefault ? "" : ` --stack ${stack}`;
    return [
        ...changes.map((change) => `npm run pulumi -- ${changeArgs(change).join(" ")}${option}`),
        `npm run up${option === "" ? "" : ` --${option}`}`,
    ];
}
