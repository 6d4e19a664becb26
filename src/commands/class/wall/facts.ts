import { ClusterName } from "../../../config/labConfig";
import { News } from "../../../machine/timeline";
import { Outcome } from "../outcome";
import { ClusterState } from "../status";

/** A cluster of a student's lab, by the engine and what this checkout remembers. */
export interface ClusterFact {
    readonly cluster: ClusterName;
    readonly state: ClusterState;
    /** The config says that its node is paused. */
    readonly isMeantAway: boolean;
}

/** A command that works on a lab. */
export interface Worker {
    /** As one types it: `npm run up`. */
    readonly what: string;
    /** Since when, milliseconds since the epoch; undefined where its lock does not say. */
    readonly since: number | undefined;
}

/** How far a student has come with exercises and guesses. */
export interface Learned {
    /** What is set, in words: an exercise, a step of the tour, or settings. Undefined where the config cannot be read. */
    readonly exercise: string | undefined;
    readonly guesses: number;
    readonly right: number;
    /** Steps of the tour that were done, on the board or on the terminal. */
    readonly steps: number;
}

/** What is known of a lab without asking its clusters. Times are milliseconds since the epoch. */
export interface LabFacts {
    readonly clusters: readonly ClusterFact[];
    /** Undefined: nobody works on it. */
    readonly worker: Worker | undefined;
    /** Whether the run at work makes a cluster, so that the lab cannot have been up before. */
    readonly makesClusters: boolean;
    /** What its last `up` said last, by whatever command it was. */
    readonly news: News | undefined;
    /** What the last command of the class came to for it. */
    readonly outcome: Outcome | undefined;
    /** Whether it has a config file, which `up` makes and `down` leaves. */
    readonly wasMade: boolean;
    /** Why engine, config or files do not tell. */
    readonly trouble: string | undefined;
    readonly learned: Learned;
    /** Longest time that a change may take to arrive, in milliseconds. */
    readonly arrivesWithinMs: number;
}

/** What came of asking a lab's clients. */
export interface Asked {
    readonly verdict: "agrees" | "disagrees" | "unasked";
    /** Why it is not the first one. */
    readonly why: string | undefined;
    /** Settings that were changed by hand, so that the live objects are not as the config has them. */
    readonly byHand: readonly string[];
    /** Backends that are not ready, where some are not: requests can be as the rule says for those that are. */
    readonly lacking: readonly string[];
}

/** Whether there is nothing to be mended. */
export function isWell({ verdict, lacking }: Asked): boolean {
    return verdict === "agrees" && lacking.length === 0;
}

/** The same, with its times in milliseconds since the epoch. */
export interface Check extends Asked {
    readonly at: number;
    /** Since when it comes to the same each time. */
    readonly since: number;
}

/** A check after another one of the same lab. */
export function checkAfter(before: Check | undefined, asked: Asked, at: number): Check {
    const isSame = before?.verdict === asked.verdict && isWell(before) === isWell(asked);
    return { ...asked, at, since: isSame ? before.since : at };
}
