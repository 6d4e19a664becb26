import { ClusterName, configKey } from "../../config/labConfig";
import { AnnotationKeys, currentAnnotations, legacyAnnotations } from "../../lab/annotations";
import { namespaceAnnotation } from "../../lab/globalNamespace";
import { outageSeconds } from "../../lab/outage";
import { Setting, settings } from "../../lab/settings";
import { liveOutageText, policyText } from "../../lab/sides";
import { Answer, Side, dropping, whoAnswers } from "../../lab/whoAnswers";
import { Outcome } from "../verify/requests";
import { FieldPath, authorOf } from "./authors";
import { Sent } from "./history";
import { LabFacts, arrivingMs, isMeantAway, sidesSeen } from "./labView";
import { Look, ManagedFields } from "./look";
import { Mark, SeenChange, lastChange } from "./marks";
import { deletedPods } from "./pods";
import { policyChanges } from "./policies";

/** What of a look tells of changes. */
export type Seen = Pick<Look, "side" | "template" | "managed" | "rebelBases" | "policies">;

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
    const { cluster } = after.side;
    return [
        ...told,
        ...(isRestart ? [restart] : []),
        ...(templates[0] === templates[1] ? podsBetween(before, after) : []),
        ...policyChanges(cluster, before.policies, after.policies),
    ];
}

/** Pods that were deleted; what a change of their number takes away has the mark of that change. */
function podsBetween(before: Seen, after: Seen): SeenChange[] {
    const [from, to] = [before, after].map(({ side, rebelBases }) => ({
        cluster: side.cluster,
        pods: rebelBases,
        wanted: side.backends,
    }));
    return from!.wanted === to!.wanted ? deletedPods(from!, to!) : [];
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

/**
 * The marks once it is known how long the last change took to arrive, where that is known by now: while a cluster cannot
 * be seen, it is not, unless it is meant to be dead.
 */
export function settled(facts: LabFacts): readonly Mark[] {
    const { marks, now, known, config, sent } = facts;
    const last = lastChange(marks);
    const sides = sidesSeen(facts);
    const longestMs = Math.max(arrivingMs, outageSeconds(config) * 1000);
    const isOpen = last !== undefined && last.arrivedMs === undefined && now - last.at <= longestMs;
    if (!isOpen || sides.length < known.length) {
        return marks;
    }
    const dead = known.filter((one) => isMeantAway(one, config)).map(({ cluster }) => cluster);
    const answers = whoAnswers(sides).filter(({ client }) => !dead.includes(client));
    const arrivedMs = answers.length === 0 ? undefined : arrivedAfter(last.at, now, answers, sent);
    return arrivedMs === undefined
        ? marks
        : marks.map((mark) => (mark === last ? { ...mark, arrivedMs } : mark));
}
