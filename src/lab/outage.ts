import gte from "semver/functions/gte";
import { durationSeconds } from "../config/duration";
import { ClusterName, LabConfig } from "../config/labConfig";
import { oldestVersion } from "./ciliumVersions";
import { partsOf } from "./parts";
import { Answer, Outage, Side, whoAnswers } from "./whoAnswers";
import { answeringByClient, expectedText, reasonsText } from "./wording";

/**
 * Seconds after which what is known of a cluster that cannot be reached is revoked, counted from when that was noticed;
 * 0 is never. The extra Helm values win. Before 1.19 there is no such thing, and a chart of 1.18 refuses the value, so a
 * mesh with such a cluster has none.
 */
export function cacheTtlSeconds(config: LabConfig): number {
    const { cacheTtl, values } = config.cilium;
    const { cacheTTL = cacheTtl } = (values.clustermesh ?? {}) as { readonly cacheTTL?: unknown };
    return gte(oldestVersion(config), "1.19.0-0") ? (durationSeconds(String(cacheTTL)) ?? 0) : 0;
}

/** The longest time until the others notice that a cluster cannot be reached, in seconds (60 to 150, read in 1.20.2). */
const noticedSeconds = 150;

/** Seconds by which an outage that the config asks for has come to its end state, the others' time included. */
export function outageSeconds(config: LabConfig): number {
    const ttl = config.outage === "none" ? 0 : cacheTtlSeconds(config);
    return ttl === 0 ? 0 : noticedSeconds + Math.ceil(ttl) + 60;
}

/** What an outage that the config asks for makes of a cluster's side, in the end. */
export function outageSide(
    cluster: ClusterName,
    config: LabConfig,
): Pick<Side, "outage" | "controlPlane"> {
    const { outage, outageOf } = config;
    if (outage !== cluster) {
        return {};
    }
    const end = cacheTtlSeconds(config) > 0 ? "revoked" : "kept";
    return outageOf === "cluster" ? { outage: end } : { controlPlane: end };
}

/** The clusters that are meant to be dead, each with what the others do about it in the end. */
export function wantedOutages(config: LabConfig): Partial<Record<ClusterName, Outage>> {
    const pairs = config.clusters.flatMap(({ name }) => {
        const { outage } = outageSide(name, config);
        return outage === undefined ? [] : [[name, outage] as const];
    });
    return Object.fromEntries(pairs);
}

/** A side as it is until its backends are revoked. */
export function beforeRevoked({ outage, controlPlane, ...side }: Side): Side {
    return {
        ...side,
        ...(outage === undefined ? {} : { outage: "kept" }),
        ...(controlPlane === undefined ? {} : { controlPlane: "kept" }),
    };
}

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
 * The phases of the outage that a config asks for; the others' load balancers learn of it only by `clustermesh.cacheTTL`.
 *
 * @param sides Its sides in the end.
 */
export function phasesOf(sides: readonly Side[], config: LabConfig): OutagePhases {
    const phase = (then: readonly Side[]): OutagePhase => ({
        sides: then,
        answers: whoAnswers(then),
    });
    return cacheTtlSeconds(config) > 0
        ? { before: phase(sides.map(beforeRevoked)), end: phase(sides) }
        : { end: phase(sides) };
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
