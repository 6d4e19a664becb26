import { partsOf } from "./parts";
import { Answer, Outage, Side, whoAnswers } from "./whoAnswers";
import { answeringByClient, expectedText, reasonsText } from "./wording";

/** What must come of a cluster's loss. */
export interface OutagePhases {
    /** Until its backends are revoked; left out where they never are. */
    readonly before?: OutagePhase;
    /** For good: after they were revoked, or for ever where they never are. */
    readonly end: OutagePhase;
}

/** The mesh at one time of an outage, and who answers then. */
export interface OutagePhase {
    readonly sides: readonly Side[];
    readonly answers: readonly Answer[];
}

/**
 * The phases of a cluster's loss, of which the others' load balancers learn only by `clustermesh.cacheTTL`.
 *
 * @param sides The mesh before the loss.
 * @param lost Name of the cluster that is lost.
 * @param isRevoked Whether there is a TTL, so that the lost cluster's backends are revoked in the end.
 */
export function outagePhases(
    sides: readonly Side[],
    lost: string,
    isRevoked: boolean,
    ciliumVersion: string,
): OutagePhases {
    const phase = (outage: Outage): OutagePhase => {
        const then = sides.map((side) => (side.cluster === lost ? { ...side, outage } : side));
        return { sides: then, answers: whoAnswers(then, ciliumVersion) };
    };
    return isRevoked ? { before: phase("kept"), end: phase("revoked") } : { end: phase("kept") };
}

/** Who answers in the end, in the shape of {@link answeringByClient}, and before that where it differs by a TTL. */
export function phasesByClient({ before, end }: OutagePhases): Record<string, unknown> {
    const untilRevoked = before && answeringByClient(before.answers);
    return { ...answeringByClient(end.answers), ...(untilRevoked && { untilRevoked }) };
}

/** Both phases as lines: who asks, who must answer, how many requests time out, and why. */
export function phaseLines({ before, end }: OutagePhases): string[] {
    return before === undefined
        ? ["For good (without clustermesh.cacheTTL):", ...linesOf(end)]
        : [
              "Until the loss was noticed (60 to 150 s) and the TTL has run:",
              ...linesOf(before),
              "After that:",
              ...linesOf(end),
          ];
}

function linesOf({ sides, answers }: OutagePhase): string[] {
    return answers
        .filter(({ client }) => sides.every((side) => side.cluster !== client || !side.outage))
        .flatMap((answer) => {
            const { failing } = partsOf(answer, sides);
            const part =
                failing > 0 && failing < 1
                    ? ` (${Math.round(failing * 100)} % of the requests)`
                    : "";
            return [
                `  ${answer.client} asks: ${expectedText(answer)}${part}`,
                ...reasonsText(answer).map((reason) => `    ${reason}`),
            ];
        });
}
