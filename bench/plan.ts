import { ProblemsError, quote } from "../src/config/problem";
import { Way, ways as allWays } from "./ways";

/** What the bench can measure. */
export const topics = ["up", "flip", "no-change", "down", "memory", "idle", "growth"] as const;

export type Topic = (typeof topics)[number];

/** What a run of the bench measures. */
export interface Plan {
    readonly rounds: number;
    readonly topics: readonly Topic[];
    readonly ways: readonly Way[];
    /** How long the processor time of an idle pair is measured, in seconds. */
    readonly idleSeconds: number;
    /** Numbers of pairs at which growth is measured, ascending. */
    readonly pairs: readonly number[];
}

/** What is asked for on the command line; texts, as they were typed. */
export interface PlanOptions {
    readonly rounds?: string;
    readonly only?: string;
    readonly ways?: string;
    readonly idleSeconds?: string;
    readonly pairs?: string;
}

/**
 * The plan that options ask for.
 *
 * @throws ProblemsError with everything that is wrong with them.
 */
export function planOf(options: PlanOptions): Plan {
    const { rounds = "3", idleSeconds = "60", pairs = "1,2,4" } = options;
    const { only = topics.join(","), ways = allWays.join(",") } = options;
    const counts = pairs.split(",");
    const problems = [
        isWhole(rounds, 20) ? [] : [wrong("rounds", rounds, "a whole number from 1 to 20")],
        areSome(only, topics) ? [] : [wrong("only", only, `some of ${topics.join(",")}`)],
        areSome(ways, allWays) ? [] : [wrong("ways", ways, `some of ${allWays.join(",")}`)],
        isWhole(idleSeconds, mostIdleSeconds) && Number(idleSeconds) >= 5
            ? []
            : [wrong("idle-seconds", idleSeconds, `a whole number from 5 to ${mostIdleSeconds}`)],
        counts.every((count) => isWhole(count, mostPairs))
            ? []
            : [wrong("pairs", pairs, `whole numbers from 1 to ${mostPairs}`)],
    ].flat();
    if (problems.length > 0) {
        throw new ProblemsError(problems.map((message) => ({ message })));
    }
    return {
        rounds: Number(rounds),
        topics: chosen(only, topics),
        ways: chosen(ways, allWays),
        idleSeconds: Number(idleSeconds),
        pairs: [...new Set(counts.map(Number))].sort((a, b) => a - b),
    };
}

function wrong(option: string, given: string, legal: string): string {
    return `--${option} is ${quote(given)}; it must be ${legal}.`;
}

function areSome(text: string, all: readonly string[]): boolean {
    return text.split(",").every((name) => all.includes(name));
}

/** The named ones, in the order of all. */
function chosen<T extends string>(text: string, all: readonly T[]): T[] {
    return all.filter((name) => text.split(",").includes(name));
}

/**
 * Refuses values of a stack that has more clusters than a pair.
 *
 * @throws ProblemsError with the number.
 */
export function requirePairs({ clusters = 2 }: Readonly<Record<string, unknown>>): void {
    if (String(clusters) !== "2") {
        const message = `--stack-config sets clusters to ${quote(String(clusters))}; the bench measures pairs.`;
        throw new ProblemsError([{ message, fix: "take clusters out of that file" }]);
    }
}

/** Pairs whose ranges fit beside each other, see {@link pairRanges}. */
const mostPairs = 20;

/** Longer than anybody wants to wait, in seconds. */
const mostIdleSeconds = 3600;

function isWhole(text: string, most: number): boolean {
    return /^[1-9]\d{0,3}$/.test(text) && Number(text) <= most;
}

/** The config keys that give a pair ranges of its own; those of pair 1 are the defaults. */
export function pairRanges(pair: number): Record<string, string> {
    const [first, second] = [2 * pair - 1, 2 * pair];
    return {
        podCidr: `10.${first}.0.0/16`,
        cluster2PodCidr: `10.${second}.0.0/16`,
        serviceCidr: `10.${100 + first}.0.0/16`,
        cluster2ServiceCidr: `10.${100 + second}.0.0/16`,
    };
}
