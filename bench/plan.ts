import { ProblemsError, quote } from "../src/config/problem";

/** What the bench can measure. */
export const topics = ["up", "flip", "no-change", "down", "memory", "growth"] as const;

export type Topic = (typeof topics)[number];

/** What a run of the bench measures. */
export interface Plan {
    readonly rounds: number;
    readonly topics: readonly Topic[];
    /** Numbers of pairs at which growth is measured, ascending. */
    readonly pairs: readonly number[];
}

/**
 * The plan that options ask for.
 *
 * @throws ProblemsError with everything that is wrong with them.
 */
export function planOf(options: {
    readonly rounds?: string;
    readonly only?: string;
    readonly pairs?: string;
}): Plan {
    const { rounds = "3", only = topics.join(","), pairs = "1,2,4" } = options;
    const names = only.split(",");
    const counts = pairs.split(",");
    const problems = [
        ...(isWhole(rounds, 20)
            ? []
            : [`--rounds is ${quote(rounds)}; it must be a whole number from 1 to 20.`]),
        ...(names.every((name) => (topics as readonly string[]).includes(name))
            ? []
            : [`--only is ${quote(only)}; it must be some of ${topics.join(",")}.`]),
        ...(counts.every((count) => isWhole(count, mostPairs))
            ? []
            : [`--pairs is ${quote(pairs)}; it must be whole numbers from 1 to ${mostPairs}.`]),
    ];
    if (problems.length > 0) {
        throw new ProblemsError(problems.map((message) => ({ message })));
    }
    return {
        rounds: Number(rounds),
        topics: topics.filter((topic) => names.includes(topic)),
        pairs: [...new Set(counts.map(Number))].sort((a, b) => a - b),
    };
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

function isWhole(text: string, most: number): boolean {
    return /^[1-9]\d?$/.test(text) && Number(text) <= most;
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

/** Whose turn it is first in a round: both ways get the machine as often in each state. */
export function isOursFirst(round: number): boolean {
    return round % 2 === 1;
}
