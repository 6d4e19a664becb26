import { LabConfig } from "../../config/labConfig";
import { beforeRevoked, wantedOutages } from "../../lab/outage";
import { Parts, partsOf } from "../../lab/parts";
import { Difference, differences, sidesOf } from "../../lab/sides";
import { Answer, Side, whoAnswers } from "../../lab/whoAnswers";
import { clientResult } from "../verify/clientResult";
import { ClientResult } from "../verify/result";
import { errorChance } from "../verify/statistics";
import { Sent } from "./history";
import { batchEveryMs, batchSize } from "./load";
import { Look, PeerView, PodView } from "./look";
import { Mark, lastChange } from "./marks";
import { PolicyView } from "./policies";

/** A cluster of the lab at a moment. */
export interface ClusterView {
    readonly cluster: string;
    /** Why it cannot be seen now; what else is told of it is then the last that was seen. */
    readonly trouble?: string;
    /** It is meant to be dead, and cannot be seen. */
    readonly isMeantAway?: boolean;
    /** Undefined before it was seen for the first time. */
    readonly side?: Side;
    readonly rebelBases: readonly PodView[];
    readonly xWings: readonly PodView[];
    /** Undefined where no agent tells. */
    readonly peers?: readonly PeerView[];
    /** Somebody else's policies that hold for the lab's pods, and which the rule does not know. */
    readonly policies?: readonly PolicyView[];
}

/** What the clients of one cluster got in the last seconds. */
export interface ClientView {
    readonly result: ClientResult;
    /** Whether there are enough requests for a verdict. */
    readonly isEnough: boolean;
    /** Of its failed requests those that waited in vain; the others were refused, or answered by another program. */
    readonly timedOut: number;
    /** Seconds of which the result tells. */
    readonly seconds: number;
    /** Why no requests are sent, where none are. */
    readonly trouble?: string;
}

/** The lab as it is. */
export interface LabView {
    readonly stack: string;
    readonly at: number;
    readonly clusters: readonly ClusterView[];
    /** One for each cluster that was seen; none while one was never seen, since the rule needs all sides. */
    readonly clients: readonly ClientView[];
    readonly differences: readonly Difference[];
    /**
     * `agrees` and `disagrees` as of the requests, `arriving` until there are enough of them after a change, `unknown` where a cluster
     * cannot be seen or asks nothing.
     */
    readonly verdict: "agrees" | "disagrees" | "arriving" | "unknown";
}

/** What is known of one cluster. */
export interface Known {
    readonly cluster: string;
    readonly look?: Look;
    readonly peers?: readonly PeerView[];
    /** Policies of other kinds than the look has. */
    readonly policies?: readonly PolicyView[];
    readonly trouble?: string;
    /** Why no requests are sent from it. */
    readonly loadTrouble?: string;
}

/** The trouble of a cluster that the stack has no kubeconfig of. */
export const notThere = "it is not there; npm run up makes it";

/** All that {@link labView} goes by. */
export interface LabFacts {
    readonly stack: string;
    readonly config: LabConfig;
    readonly now: number;
    readonly known: readonly Known[];
    /** What was sent and has ended, in the order in which it was sent. */
    readonly sent: readonly Sent[];
    readonly marks: readonly Mark[];
}

/** Milliseconds of requests that shares and verdicts are taken from, where that is enough of them. */
const windowMs = 5_000;

/** Milliseconds that a change may take before requests that contradict it are called wrong. */
export const arrivingMs = 60_000;

/** Milliseconds after which a request without an answer was one that waited: curl's time to connect is 1 s. */
const timeoutMs = 900;

/** The lab at a moment, from what was seen and what came of the requests. */
export function labView(facts: LabFacts): LabView {
    const { stack, config, now, known } = facts;
    const sides = sidesSeen(facts);
    const isWhole = known.length > 0 && sides.length === known.length;
    const clients = isWhole ? clientViews(sides, facts) : [];
    return {
        stack,
        at: now,
        clusters: known.map(({ cluster, look, peers, policies = [], trouble }) => ({
            cluster,
            trouble,
            side: look?.side,
            isMeantAway: isMeantAway({ cluster, trouble }, config),
            rebelBases: look?.rebelBases ?? [],
            xWings: look?.xWings ?? [],
            peers,
            policies: [...(look?.policies ?? []), ...policies].filter(({ held }) => held !== ""),
        })),
        clients,
        differences: isWhole ? differences(config, sides) : [],
        verdict: verdictOf(clients, facts),
    };
}

/** Whether a cluster that cannot be seen is meant to be dead. */
export function isMeantAway(
    { cluster, trouble }: Pick<Known, "cluster" | "trouble">,
    config: LabConfig,
): boolean {
    return trouble !== undefined && cluster in wantedOutages(config);
}

/** The sides that are known; of a cluster that is meant to be dead it is the config's. */
export function sidesSeen({ known, config }: LabFacts): Side[] {
    const configured = sidesOf(config);
    return known.flatMap((one) => {
        const wanted = configured.find(({ cluster }) => cluster === one.cluster);
        const side = isMeantAway(one, config) ? wanted : one.look?.side;
        return side === undefined ? [] : [side];
    });
}

/** What every client gets. Until a dead cluster's backends are dropped, what comes of those that are kept is right. */
function clientViews(sides: readonly Side[], facts: LabFacts): ClientView[] {
    const viewsOf = (then: readonly Side[]) =>
        whoAnswers(then).map((answer) => clientView(answer, then, facts));
    const end = viewsOf(sides);
    const before = viewsOf(sides.map(beforeRevoked));
    const [isEnd, isBefore] = [end, before].map((views) =>
        views.every(({ result }) => result.agrees),
    );
    return !isEnd && isBefore ? before : end;
}

function verdictOf(all: readonly ClientView[], facts: LabFacts): LabView["verdict"] {
    // Nobody asks in a cluster that is dead.
    const dead = facts.known.filter((one) => isMeantAway(one, facts.config));
    const clients = all.filter(({ result }) =>
        dead.every(({ cluster }) => cluster !== result.client),
    );
    const isDark =
        clients.length === 0 ||
        facts.known.some((one) => one.trouble !== undefined && !isMeantAway(one, facts.config)) ||
        clients.some(({ result, trouble }) => trouble !== undefined || result.requests === 0);
    if (isDark) {
        return "unknown";
    }
    if (isArriving(facts) || clients.some(({ isEnough }) => !isEnough)) {
        return "arriving";
    }
    return clients.every(({ result }) => result.agrees) ? "agrees" : "disagrees";
}

/** Fewest requests that a verdict is given on. */
const fewestRequests = 20;

/** Requests after which everything that must come of them has been seen, but for a chance of one in a million each. */
function requestsNeeded({ answering, failing }: Parts): number {
    return [...answering, failing].reduce((most, part) => {
        const needed = part === 0 ? 0 : Math.ceil(Math.log(errorChance) / Math.log1p(-part));
        return Math.max(most, needed);
    }, fewestRequests);
}

/** Whether a change was made that may still be on its way. */
function isArriving({ marks, now }: Pick<LabFacts, "marks" | "now">): boolean {
    const last = lastChange(marks);
    return last !== undefined && last.arrivedMs === undefined && now - last.at < arrivingMs;
}

/**
 * How much longer than its load's own pace a busy machine may take for the requests that are needed. Past that, there is
 * no verdict: what was answered long ago says nothing of now.
 */
const mostSlowness = 4;

/**
 * What a client sent in the last seconds, and before that as much as its requests need to miss no cluster; nothing from
 * before the last change arrived.
 */
function recent(client: string, needed: number, facts: LabFacts): Sent[] {
    const { now, sent, marks } = facts;
    const window = now - windowMs;
    const last = lastChange(marks);
    const changed = last?.arrivedMs === undefined ? 0 : last.at + last.arrivedMs;
    const most = Math.max(windowMs, mostSlowness * (needed / batchSize) * batchEveryMs);
    const oldest = isArriving(facts) ? window : Math.max(now - most, changed + 1);
    const own: Sent[] = [];
    let requests = 0;
    for (const one of sent.filter((batch) => batch.client === client).toReversed()) {
        if (one.at < oldest || (one.at < window && requests >= needed)) {
            break;
        }
        own.unshift(one);
        requests += one.outcomes.length;
    }
    return own;
}

/** What a client gets, with what the rule says of it. */
function clientView(answer: Answer, sides: readonly Side[], facts: LabFacts): ClientView {
    const { now, known } = facts;
    const parts = partsOf(answer, sides);
    const needed = requestsNeeded(parts);
    const own = recent(answer.client, needed, facts);
    const outcomes = own.flatMap((one) => one.outcomes);
    const { look, loadTrouble } = known.find(({ cluster }) => cluster === answer.client) ?? {};
    const pod = look?.xWings.find(({ state }) => state === "ready")?.name ?? "no x-wing";
    const clusters = sides.map(({ cluster }) => cluster);
    const sample = sampleOf(parts, outcomes.length);
    return {
        result: clientResult(answer, { pod, node: undefined }, outcomes, clusters, sample),
        isEnough: outcomes.length >= needed,
        timedOut: outcomes.filter(
            ({ kind, milliseconds }) => kind === "failed" && milliseconds >= timeoutMs,
        ).length,
        seconds: Math.round((now - (own[0]?.at ?? now)) / 1000),
        trouble: loadTrouble,
    };
}

/** What fits the rule of requests that are there: where some must fail and some not, any number but none. */
function sampleOf({ failing }: Parts, requests: number) {
    const isMixed = failing > 0 && failing < 1;
    return {
        requests,
        leastFailures: isMixed ? 1 : failing * requests,
        mostFailures: failing > 0 ? requests : 0,
    };
}
