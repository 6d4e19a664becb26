import { ClusterName, configKey } from "../../config/labConfig";
import { settings } from "../../lab/settings";
import { policyText } from "../../lab/sides";
import { Answer, Side, dropping } from "../../lab/whoAnswers";
import { Outcome } from "../verify/requests";
import { Sent } from "./history";

/** A change that was seen. */
export interface Mark {
    /** When, milliseconds since the epoch. */
    readonly at: number;
    /** What changed, a line each. */
    readonly texts: readonly string[];
    /** Who did it: `this page`, or as {@link madeBy} says. */
    readonly by: string;
    /** Milliseconds until the last request got what the change means; undefined while it has not arrived. */
    readonly arrivedMs?: number;
}

/** What one side says, by config key, as far as exercises change it. */
function settingsOf(side: Side): (readonly [key: string, value: string])[] {
    const cluster = side.cluster as ClusterName;
    return [
        ...settings.map(({ key, live }) => [configKey(cluster, key), live(side)] as const),
        // The key is about cluster1 alone.
        ...(cluster === "cluster1" ? [["networkPolicy", policyText(side)] as const] : []),
    ];
}

/** What changed between two looks at a side, as `sharedService: true → false`. */
export function sideChanges(before: Side, after: Side): string[] {
    const old = new Map(settingsOf(before));
    return settingsOf(after)
        .filter(([key, value]) => old.get(key) !== value)
        .map(([key, value]) => `${key}: ${old.get(key)} → ${value}`);
}

/** Who changed an object, from its field manager. */
export function madeBy(manager: string | undefined, isOwnWork: boolean): string {
    if (isOwnWork) {
        return "this page";
    }
    return manager === "pulumi" ? "pulumi up" : (manager ?? "somebody");
}

/** Milliseconds for which requests must fit the rule before a change counts as arrived. */
const steadyMs = 2_000;

/** Whether an outcome is one that the rule does not allow. */
function contradicts(answer: Answer, { kind, cluster = "" }: Outcome): boolean {
    switch (kind) {
        case "answered":
            return !answer.answering.includes(cluster);
        case "failed":
            return answer.answering.length > 0 && dropping(answer).length === 0;
        case "unclear":
            return true;
    }
}

/**
 * How long it took from a change until every client got what the rule says: until the last request that contradicts it,
 * or until the first answer of a cluster that must answer, whichever was later.
 *
 * @param sent What was sent since the change and has ended.
 * @returns Milliseconds; undefined while it cannot be told.
 */
export function arrivedAfter(
    since: number,
    now: number,
    answers: readonly Answer[],
    sent: readonly Sent[],
): number | undefined {
    const times = answers.map((answer) => {
        const own = sent.filter(({ client, at }) => client === answer.client && at >= since);
        const wrong = own.filter(({ outcomes }) =>
            outcomes.some((outcome) => contradicts(answer, outcome)),
        );
        const last = Math.max(since, ...wrong.map(({ at }) => at));
        const first = answer.answering.map((cluster) =>
            Math.min(
                ...own
                    .filter(({ outcomes }) => outcomes.some((one) => one.cluster === cluster))
                    .map(({ at }) => at),
            ),
        );
        return own.some(({ at }) => at > last) ? Math.max(last, ...first) : Infinity;
    });
    const arrived = Math.max(since, ...times);
    return now - arrived >= steadyMs ? arrived - since : undefined;
}
