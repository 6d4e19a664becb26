import { labState } from "../status";
import { Check, LabFacts, Learned, Worker, isWell } from "./facts";

/** The state of a student's lab. */
export type LabState = "not up" | "coming up" | "up" | "down" | "failed" | "unknown";

/** What requests get, held against the rule; `changing` while a command works on the lab. */
export type TileVerdict = Check["verdict"] | "not asked" | "changing";

/** Why a student does not get on. */
export interface Stuck {
    readonly why: string;
    /** Since when, milliseconds since the epoch. */
    readonly since: number | undefined;
}

/** What the wall shows of a lab. */
export interface Tile {
    readonly state: LabState;
    /** What it does or waits for, or why it is in its state. */
    readonly note: string | undefined;
    /** Since when the note holds, milliseconds since the epoch. */
    readonly noteSince: number | undefined;
    /** Undefined where there is nobody to be asked. */
    readonly verdict: TileVerdict | undefined;
    /** When it was asked, milliseconds since the epoch. */
    readonly askedAt: number | undefined;
    /** Undefined: the student gets on, or has not begun. */
    readonly stuck: Stuck | undefined;
    readonly learned: Learned;
    readonly byHand: readonly string[];
}

/** Milliseconds after which whoever waits for the same thing is stuck: what fails in vain ends an `up` sooner. */
export const waitsTooLongMs = 180_000;

/** Milliseconds after which a verdict that is not well is more than a change on its way. */
export const wrongTooLongMs = 60_000;

/** What the wall shows of a lab, from what is known of it and what came of asking it last. */
export function tileOf(facts: LabFacts, check: Check | undefined, now: number): Tile {
    const failure = failureOf(facts, check);
    const state = stateOf(facts, failure);
    const verdict = state === "up" ? verdictOf(facts, check) : undefined;
    const wrong =
        check === undefined || verdict !== check.verdict || isWell(check)
            ? undefined
            : { why: whyOf(check), since: check.since };
    const note = noteOf(facts, state, failure) ?? wrong;
    return {
        state,
        note: note?.why,
        noteSince: note?.since,
        verdict,
        askedAt: verdict === undefined || verdict === "not asked" ? undefined : check?.at,
        stuck: stuckOf(facts, state, { note, wrong }, now),
        learned: facts.learned,
        byHand: verdict === undefined ? [] : (check?.byHand ?? []),
    };
}

/** Whether a lab can be asked: all of it that shall run does, and nobody changes it. */
export function isAskable(facts: LabFacts): boolean {
    return areThere(facts.clusters) && changing(facts) === undefined;
}

/** The command that changes a lab at this moment; undefined if none does. */
function changing({ worker }: LabFacts): Worker | undefined {
    return worker === undefined || isLookingOn(worker) ? undefined : worker;
}

/** The tour holds a lab while the student thinks, too, and a setting of the class is made in a moment. */
function isLookingOn({ what }: Worker): boolean {
    return /^npm run (tour|class -- set)\b/.test(what);
}

function isTakingDown({ what }: Worker): boolean {
    return /^npm run (class -- )?down\b/.test(what);
}

function areThere(clusters: LabFacts["clusters"]): boolean {
    return clusters.every(
        ({ state, isMeantAway }) => state === "running" || (isMeantAway && state === "stopped"),
    );
}

/** Why the last `up` failed; undefined if it did not, or the clients could be asked since and all backends are ready. */
function failureOf({ outcome, news }: LabFacts, check: Check | undefined): Stuck | undefined {
    const ofClass = outcome?.work === "up" ? Date.parse(outcome.at) : -Infinity;
    const failure =
        news !== undefined && news.at > ofClass
            ? news.isFailure && { why: news.text, since: news.at }
            : outcome?.work === "up" &&
              !outcome.ok && {
                  why: `${outcome.isStopped === true ? "stopped: " : ""}${outcome.reason}`,
                  since: ofClass,
              };
    const isOver =
        failure &&
        check !== undefined &&
        check.verdict !== "unasked" &&
        check.lacking.length === 0 &&
        check.at > failure.since;
    return failure && !isOver ? failure : undefined;
}

function stateOf(facts: LabFacts, failure: Stuck | undefined): LabState {
    const { clusters, makesClusters, wasMade } = facts;
    const worker = changing(facts);
    const states = clusters.map(({ state }) => state);
    if (worker !== undefined && isTakingDown(worker)) {
        return "down";
    }
    if (worker !== undefined && (makesClusters || !areThere(clusters))) {
        return "coming up";
    }
    if (states.includes("unknown")) {
        return "unknown";
    }
    if (failure !== undefined) {
        return "failed";
    }
    if (areThere(clusters)) {
        return "up";
    }
    if (states.every((state) => state === "missing")) {
        return wasMade ? "down" : "not up";
    }
    return states.every((state) => state === "missing" || state === "stopped") ? "down" : "failed";
}

function noteOf(facts: LabFacts, state: LabState, failure: Stuck | undefined): Stuck | undefined {
    const { clusters, news, trouble } = facts;
    const worker = changing(facts);
    const states = clusters.map((one) => one.state);
    const text = (why: string, since?: number): Stuck => ({ why, since });
    if (worker !== undefined && state === "down") {
        return text(`${worker.what} takes it away`, worker.since);
    }
    if (worker !== undefined) {
        const own = news !== undefined && news.at >= (worker.since ?? 0) ? news : undefined;
        return text(own?.text ?? `${worker.what} is at work`, own?.at ?? worker.since);
    }
    switch (state) {
        case "failed":
            return failure ?? text(`${labState(states)}; npm run up repairs it`);
        case "unknown":
            return text(trouble ?? "nobody tells what there is of it");
        case "not up":
            return text("nobody has brought it up yet");
        case "down":
            return states.includes("stopped")
                ? text("its nodes are stopped; npm run up starts them")
                : text("it was taken down, or not brought up yet");
        default:
            return trouble === undefined ? undefined : text(trouble);
    }
}

function verdictOf(facts: LabFacts, check: Check | undefined): TileVerdict {
    return isAskable(facts) ? (check?.verdict ?? "not asked") : "changing";
}

function whyOf({ why, lacking }: Check): string {
    return why ?? lacking.join("; ");
}

function stuckOf(
    facts: LabFacts,
    state: LabState,
    { note, wrong }: { readonly note: Stuck | undefined; readonly wrong: Stuck | undefined },
    now: number,
): Stuck | undefined {
    const isFor = ({ since = now }: Stuck, ms: number) => now - since >= ms;
    if (changing(facts) !== undefined) {
        return note && state !== "down" && isFor(note, waitsTooLongMs) ? note : undefined;
    }
    if (state === "failed" || state === "unknown" || facts.trouble !== undefined) {
        return note;
    }
    const patience = Math.max(wrongTooLongMs, facts.arrivesWithinMs);
    return wrong && isFor(wrong, patience) ? wrong : undefined;
}

/** A span of time without its small change: `40 s`, `12 min`, `3 h`. Milliseconds are given. */
export function spanText(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60) {
        return `${seconds - (seconds % 10)} s`;
    }
    const minutes = Math.floor(seconds / 60);
    return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}
