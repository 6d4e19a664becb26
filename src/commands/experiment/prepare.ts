import { isDeepStrictEqual } from "node:util";
import { LabConfig } from "../../config/labConfig";
import { ProblemsError, quote } from "../../config/problem";
import { Change, changed, changesTo, resetKeys } from "../../lab/exercise";
import { Experiment } from "../../lab/experiments";

type Values = Readonly<Record<string, string>>;

/** An experiment as it is to be made. */
export interface Planned extends Experiment {
    /** It begins with the stack's own settings, not with the lab's defaults. */
    readonly isOwn?: boolean;
}

/** What an experiment begins with and leads to. */
export interface Prepared {
    readonly planned: Planned;
    /** What the stack's file is changed by before. */
    readonly start: readonly Change[];
    /** The stack's own values then. */
    readonly values: Values;
    readonly from: LabConfig;
    readonly to: LabConfig;
}

/**
 * What an experiment needs before it can be begun.
 *
 * @param configOf The config that own values make; throws ProblemsError if they are not legal.
 * @param own The stack's own values now.
 * @param original Those from before all experiments, of `keys`.
 * @param keys The keys that the experiments change, or that have their defaults in them.
 * @throws ProblemsError if the config before or after it is not legal, or nothing would change.
 */
export function prepare(
    configOf: (own: Values) => LabConfig,
    planned: Planned,
    own: Values,
    original: Values,
    keys: readonly string[],
): Prepared {
    const isOfLab = (key: string) => resetKeys.includes(key);
    const kept = Object.entries(original).filter(([key]) => planned.isOwn || !isOfLab(key));
    const start = changesTo({ ...Object.fromEntries(kept), ...planned.from }, own, keys);
    const values = changed(own, start);
    const of = planned.isOwn ? "--to" : planned.name;
    const from = legalConfig(of, () => configOf(values));
    const to = legalConfig(of, () => configOf(changed(values, Object.entries(planned.to))));
    requireEffect(of, planned.to, from, to);
    return { planned, start, values, from, to };
}

const otherSettings =
    "other values of --from and --to, or another experiment (npm run experiment -- --help)";

/** A config; what is not legal in it comes from the experiment, since the stack's own config has been checked. */
function legalConfig(of: string, config: () => LabConfig): LabConfig {
    try {
        return config();
    } catch (error) {
        if (!(error instanceof ProblemsError)) {
            throw error;
        }
        throw new ProblemsError(
            error.problems.map(({ message }) => ({
                message: `${of}: ${message}`,
                fix: otherSettings,
            })),
        );
    }
}

/** @throws ProblemsError where there is nothing to measure: the change changes nothing, or there is no pod to kill. */
function requireEffect(of: string, set: Values, from: LabConfig, to: LabConfig): void {
    const [key] = Object.keys(set);
    const [{ rebelBaseReplicas }] = from.clusters as [LabConfig["clusters"][number]];
    const why =
        key === undefined && rebelBaseReplicas === 0
            ? "rebelBaseReplicas is 0 before it, so that there is no pod to kill"
            : key !== undefined && isDeepStrictEqual(from, to)
              ? `${key} is ${quote(set[key]!)} before it already, so that nothing would change`
              : undefined;
    if (why !== undefined) {
        throw new ProblemsError([{ message: `${of}: ${why}.`, fix: otherSettings }]);
    }
}
