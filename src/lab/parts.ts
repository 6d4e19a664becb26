import { Answer, Side, dropping } from "./whoAnswers";

/** What the rule says of one client's requests, as parts of all of them, each 0 to 1. */
export interface Parts {
    /** One for each cluster that must answer. */
    readonly answering: readonly number[];
    /** The part that must fail: 1 where nobody answers. */
    readonly failing: number;
    /** The smallest part that a cluster which must be silent would take if it answered; 1 where there is none. */
    readonly leastIntruder: number;
}

/**
 * How a client's requests are divided: every backend that the load balancer knows gets the same part, whether it
 * answers or drops. Of a cluster whose backends were counted the ready ones are backends, not those that were asked
 * for; and whatever pods of it there are, ready or about to end, could answer where they must not.
 *
 * @param sides Every cluster of the mesh, as {@link Side} of the answer's rule.
 */
export function partsOf(answer: Answer, sides: readonly Side[]): Parts {
    const { answering } = answer;
    const drops = dropping(answer);
    const picked = sides.filter(({ cluster }) => [...answering, ...drops].includes(cluster));
    const backends = sum(picked.map(readyBackends));
    const intruders = sides
        .filter((side) => !picked.includes(side))
        .map((side) => Math.max(1, side.pods ?? 0, readyBackends(side)))
        .map((pods) => pods / (backends + pods));
    // A policy that lets through what it must drop is an intruder with the part that its cluster gets.
    const leaks = picked
        .filter(({ cluster }) => drops.includes(cluster))
        .map((side) => readyBackends(side) / backends);
    const answered = picked.filter(({ cluster }) => answering.includes(cluster));
    return {
        answering: answered.map((side) => readyBackends(side) / backends),
        failing: answered.length === 0 ? 1 : sum(leaks),
        leastIntruder: Math.min(1, ...intruders, ...leaks),
    };
}

/** Backends of a cluster that gets requests or could: at least one, or it would not be asked about. */
function readyBackends({ ready, backends }: Side): number {
    return Math.max(1, ready ?? backends);
}

function sum(numbers: readonly number[]): number {
    return numbers.reduce((total, number) => total + number, 0);
}
