import { Parts } from "../../lab/parts";

/**
 * How many requests a verdict needs, and which numbers of failures fit the rule.
 *
 * **Model.** Cilium picks a backend for each connection, every backend alike, whatever it picked before. So of `n`
 * requests of one client the number that a group of backends gets is binomial, with the group's part of all backends
 * (measured: 1 and 3 backends, 14 and 26 of 40 requests).
 *
 * **False alarm**: the rule holds and the verdict says that it does not. A client raises one if
 * - a cluster that must answer with part `s` gets none of the requests, chance `(1 - s)^n`, or
 * - the number of failures is outside of the bounds, where part of the requests must fail: the chance of both tails is
 *   summed exactly.
 *
 * Nothing else can happen where the rule holds: an answer of a cluster that must be silent, or a failure where none may
 * be, contradicts it by itself. Each client gets an equal part of {@link errorChance}, and of it the clusters that must
 * answer one half and each tail a quarter, so all clients together stay below it (Bonferroni).
 *
 * **Miss**: the rule does not hold for a client and the verdict says that it does. A fault that takes part `q` of the
 * client's requests stays unseen with chance `(1 - q)^n`. It is enough to see it at one client, so clients do not share
 * this chance. Judgements do: whoever asks again and again until the answers fit finds luck in the end. The `j`th
 * judgement of a verdict gets {@link errorChance} / (j (j + 1)), and the sum over all j, however many, is
 * {@link errorChance}. Each is made of requests of its own, none of which was looked at before.
 *
 * **Least fault.** {@link leastFault} of a client's requests, or less where a cluster that must be silent would get less
 * (`Parts.leastIntruder`). Fewer requests cannot do: even n without any contradiction leave 10 % of losses unseen with
 * chance 0.9^n, which is below one in a million from 132 on. Where part of the requests must fail, a failing part that
 * is {@link failingTolerance} off is a fault.
 */

/** Chance of a false alarm, and of a miss, of a verdict as a whole. */
export const errorChance = 1e-6;

/** Part of one client's requests that a fault must take to be seen for certain, but for {@link errorChance}. */
export const leastFault = 0.1;

/** How far the failing part must be off to be seen for certain, but for {@link errorChance}, where some must fail. */
export const failingTolerance = 0.25;

/** How many requests a client sends, and how many of them may fail. */
export interface Sample {
    readonly requests: number;
    /** Fewest failures that fit the rule. */
    readonly leastFailures: number;
    /** Most failures that fit the rule. */
    readonly mostFailures: number;
}

/** The chance of a miss that the `judgement`th judgement of a verdict may use up, from 1; all together {@link errorChance}. */
export function missChanceOf(judgement: number): number {
    return errorChance / (judgement * (judgement + 1));
}

/**
 * A client's sample of a judgement: nearly the smallest with which false alarms of all clients and judgements, and
 * misses of all judgements, stay below {@link errorChance}.
 *
 * @param parts What the rule says of the client.
 * @param clients Number of clients that are judged together, at least 1.
 * @param judgement Which judgement of the verdict it is, from 1.
 */
export function judgementSample(parts: Parts, clients: number, judgement: number): Sample {
    const falseAlarm = errorChance / clients;
    const miss = missChanceOf(judgement);
    const fewest = Math.max(
        requestsToSee(Math.min(leastFault, parts.leastIntruder), miss),
        requestsToSee(Math.min(1, ...parts.answering), falseAlarm / 2),
        isMixed(parts.failing) ? fewestOfMixed(parts.failing) : 0,
    );
    for (let requests = fewest; ; requests += 1 + Math.floor(requests / 64)) {
        const sample = withBounds(requests, parts.failing, falseAlarm / 4);
        if (
            chanceOfNone(parts.answering, requests) <= falseAlarm / 2 &&
            missOfFailing(sample, parts.failing) <= miss
        ) {
            return sample;
        }
    }
}

/** Whether part of the requests must fail and part of them must not. */
function isMixed(failing: number): boolean {
    return failing > 0 && failing < 1;
}

/** Where the search of a sample with bounds begins: by the normal curve, well below what it takes. */
function fewestOfMixed(failing: number): number {
    const spread = 4.5 * (Math.sqrt(failing * (1 - failing)) + 0.4);
    return Math.max(30, Math.floor((spread / failingTolerance / 1.25) ** 2));
}

/** Fewest requests of a look: what the lab's own loop sends, twice. */
const fewestRequests = 20;

/** Chance at which a look takes a state that has settled for one that has not. */
const unsettledChance = 1e-3;

/**
 * A client's sample of a look, which tells whether a judgement is worth while. It proves nothing: of what the rule lets
 * fail any number fits, and a state that has settled passes for one that has not once in a thousand looks.
 */
export function lookSample({ answering, failing }: Parts): Sample {
    const groups = [...answering, failing].filter((part) => part > 0);
    let requests = fewestRequests;
    while (chanceOfNone(groups, requests) > unsettledChance) {
        requests++;
    }
    return {
        requests,
        leastFailures: isMixed(failing) ? 1 : failing * requests,
        mostFailures: failing > 0 ? requests : 0,
    };
}

/** Number of requests after which something that takes this part of them has been seen, but for a chance. */
function requestsToSee(part: number, chance: number): number {
    return Math.ceil(Math.log(chance) / Math.log1p(-part));
}

/** Upper bound of the chance that one of several groups gets none of the requests. */
function chanceOfNone(parts: readonly number[], requests: number): number {
    return parts.reduce((sum, part) => sum + (1 - part) ** requests, 0);
}

/** So many requests, with the widest bounds outside of which each tail is at most as likely as given. */
function withBounds(requests: number, failing: number, tail: number): Sample {
    if (!isMixed(failing)) {
        const failures = failing * requests;
        return { requests, leastFailures: failures, mostFailures: failures };
    }
    const chances = binomial(requests, failing);
    let leastFailures = 0;
    for (let below = chances[0]!; below <= tail; below += chances[leastFailures]!) {
        leastFailures++;
    }
    let mostFailures = requests;
    for (let above = chances[requests]!; above <= tail; above += chances[mostFailures]!) {
        mostFailures--;
    }
    return { requests, leastFailures, mostFailures };
}

/**
 * Chance that a failing part which is {@link failingTolerance} off fits the bounds; the farther off, the smaller. Where it
 * is less than that, none failing at all must not fit.
 */
function missOfFailing(sample: Sample, failing: number): number {
    if (!isMixed(failing)) {
        return 0;
    }
    const wrong = [failing - failingTolerance, failing + failingTolerance];
    return Math.max(...wrong.map((part) => chanceWithin(sample, Math.min(1, Math.max(0, part)))));
}

/** Chance that the number of failures fits the bounds where this part of the requests fails. */
export function chanceWithin(
    { requests, leastFailures, mostFailures }: Sample,
    failing: number,
): number {
    return binomial(requests, failing)
        .slice(leastFailures, mostFailures + 1)
        .reduce((sum, chance) => sum + chance, 0);
}

/** The chances of 0 to n successes of n tries. */
export function binomial(tries: number, chance: number): number[] {
    if (chance === 0 || chance === 1) {
        return Array.from({ length: tries + 1 }, (_, count) => Number(count === chance * tries));
    }
    // As logarithms: of thousands of tries, none of either outcome is less likely than a number can say.
    const odds = Math.log(chance) - Math.log1p(-chance);
    let logarithm = tries * Math.log1p(-chance);
    return Array.from({ length: tries + 1 }, (_, count) => {
        if (count > 0) {
            logarithm += odds + Math.log((tries - count + 1) / count);
        }
        return Math.exp(logarithm);
    });
}
