import { ClusterName, configKey } from "../../config/labConfig";
import { AnnotationKeys, currentAnnotations, legacyAnnotations } from "../../lab/annotations";
import { namespaceAnnotation } from "../../lab/globalNamespace";
import { Setting, settings } from "../../lab/settings";
import { liveOutageText, policyText } from "../../lab/sides";
import { Answer, Side, dropping } from "../../lab/whoAnswers";
import { Outcome } from "../verify/requests";
import { FieldPath, authorOf } from "./authors";
import { Sent } from "./history";
import { Look, ManagedFields } from "./look";

/** A change that was seen. */
export interface Mark {
    /** When, milliseconds since the epoch. */
    readonly at: number;
    /** What changed, a line each. */
    readonly texts: readonly string[];
    /** Who did it: `this board`, or as {@link madeBy} says. */
    readonly by: string;
    /** Milliseconds until the last request got what the change means; undefined while it has not arrived. */
    readonly arrivedMs?: number;
}

/** What of a look tells of changes. */
export type Seen = Pick<Look, "side" | "template" | "managed">;

/** A change of the lab between two looks at a cluster. */
export interface SeenChange {
    /** What changed, as `sharedService: true → false`. */
    readonly text: string;
    /** Who changed it, as {@link authorOf} says. */
    readonly author: string | undefined;
}

/** One thing that the live objects say, and where they do. */
interface Told {
    readonly key: string;
    readonly value: string;
    readonly object: keyof ManagedFields;
    /** Fields of the object; none where it is the whole object that says it. */
    readonly paths: readonly FieldPath[];
}

const replicas: readonly FieldPath[] = [["spec", "replicas"]];

/** What one side says, by config key, as far as exercises change it. */
function toldBy(side: Side): Told[] {
    const cluster = side.cluster as ClusterName;
    return [
        ...settings.map(({ key, live, annotation }) => ({
            key: configKey(cluster, key),
            value: live(side),
            ...(annotation === undefined ? placeOf(key) : annotationPlace(annotation)),
        })),
        {
            // The key is about cluster1 alone; of the others nothing is told.
            key: "networkPolicy",
            value: cluster === "cluster1" ? policyText(side) : "",
            object: "policy",
            paths: [],
        },
        { key: "outage", value: liveOutageText(side), object: "apiserver", paths: replicas },
    ];
}

function annotationPlace(name: keyof AnnotationKeys): Pick<Told, "object" | "paths"> {
    const names = [currentAnnotations[name], legacyAnnotations[name]];
    return { object: "service", paths: names.map((one) => ["metadata", "annotations", one]) };
}

/** Where a setting is that no annotation of the Service has. */
function placeOf(key: Setting["key"]): Pick<Told, "object" | "paths"> {
    return key === "rebelBaseReplicas"
        ? { object: "deployment", paths: replicas }
        : { object: "namespace", paths: [["metadata", "annotations", namespaceAnnotation]] };
}

/** What changed between two looks at a cluster, and who did it. */
export function changesBetween(before: Seen, after: Seen): SeenChange[] {
    const old = new Map(toldBy(before.side).map(({ key, value }) => [key, value]));
    const author = (object: keyof ManagedFields, paths: readonly FieldPath[]) =>
        authorOf(paths, before.managed[object], after.managed[object]);
    const told = toldBy(after.side)
        .filter(({ key, value }) => old.get(key) !== value)
        .map(({ key, value, object, paths }) => ({
            text: `${key}: ${old.get(key)} → ${value}`,
            author: author(object, paths),
        }));
    const templates = [before, after].map(({ template }) => template);
    const isRestart = !templates.includes(undefined) && templates[0] !== templates[1];
    const restart = {
        text: `rebel-base in ${after.side.cluster} gets new pods`,
        author: author("deployment", []),
    };
    return [...told, ...(isRestart ? [restart] : [])];
}

/** Changes of all clusters within that time and by the same author are one mark, in milliseconds. */
export const togetherMs = 2_500;

/** Marks that are kept. */
const mostMarks = 200;

/** The marks with those of some more changes, one for each author. */
export function withChanges(
    marks: readonly Mark[],
    changes: readonly SeenChange[],
    { at, isOwnWork }: { readonly at: number; readonly isOwnWork: boolean },
): readonly Mark[] {
    return changes
        .reduce((all, { text, author }) => {
            const by = madeBy(author, isOwnWork);
            const isSame = (mark: Mark) => mark.by === by && at - mark.at < togetherMs;
            const same = all.findLast(isSame);
            const mark = { at, by, texts: [...(same?.texts ?? []), text] };
            return [...all.filter((one) => one !== same), mark];
        }, marks)
        .slice(-mostMarks);
}

/**
 * Who changed an object, from what its fields say. What this board does, Pulumi writes; while that goes on, others may
 * change something, too.
 */
export function madeBy(author: string | undefined, isOwnWork: boolean): string {
    if (author === "pulumi" || author === undefined) {
        return isOwnWork ? "this board" : author === "pulumi" ? "pulumi up" : "somebody";
    }
    return author;
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
