import { Side, whoAnswers } from "../../src/lab/whoAnswers";
import { Outcome } from "../../src/proof/verify/requests";
import { Verification } from "../../src/proof/verify/result";
import { kindOf, resultOf } from "./results";

/**
 * A proof of a mesh, as `verify` would end with.
 *
 * @param got What came of the requests of the client of that number, from 0.
 * @param more What is not as in the others.
 * @param podOf Pod that asks for the client of that number.
 */
export function proofOf(
    sides: readonly Side[],
    got: (client: number) => readonly Outcome[],
    more: Partial<Verification> = {},
    podOf: (client: number) => string = () => "x-wing-1",
): Verification {
    const clusters = sides.map(({ cluster }) => cluster);
    const clients = whoAnswers(sides).map((expected, index) =>
        resultOf(expected, got(index), clusters, { pod: podOf(index) }),
    );
    return {
        stack: "dev",
        at: "2026-03-01T12:34:56.789Z",
        ciliumVersion: "1.19.6",
        sides,
        differences: [],
        drift: [],
        certificates: [],
        clients,
        unasked: [],
        agrees: clients.every(({ agrees }) => agrees),
        seconds: 4.2,
        rounds: 1,
        ...more,
    };
}

/**
 * Outcomes by their numbers: `3 1 0` are three answers of the first cluster, one of the second, and no failure.
 *
 * @param millisecondsOf How long the request of that number took, from 0, of those with one outcome.
 */
export function outcomesOf(
    counts: string,
    sides: readonly Side[],
    millisecondsOf: (request: number) => number,
): Outcome[] {
    return counts.split(" ").flatMap((count, index) =>
        Array.from({ length: Number(count) }, (_, request) => ({
            ...kindOf(sides[index]?.cluster),
            milliseconds: millisecondsOf(request),
        })),
    );
}
