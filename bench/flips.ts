import { LabConfig } from "../src/config/labConfig";
import { currentAnnotations } from "../src/lab/annotations";
import { partsOf } from "../src/lab/parts";
import { sidesOf } from "../src/lab/sides";
import { whoAnswers } from "../src/lab/whoAnswers";
import { Time } from "../src/machine/poll";
import { askFrom } from "../src/proof/verify/ask";
import { askersAmong } from "../src/proof/verify/liveMesh";
import { lookSample } from "../src/proof/verify/statistics";
import { ConnectedCluster } from "./handPair";

/** A change of cluster1's side, as config of ours and as what a person types. */
export interface Flip {
    readonly name: string;
    readonly change: readonly [key: string, value: string];
    /** Arguments of kubectl after the context. */
    readonly kubectl: readonly string[];
}

/** Every variant of the lab's settings and the way back from it, each starting where the one before ended. */
export const flips: readonly Flip[] = [
    ...annotationFlips("globalService", currentAnnotations.global),
    ...annotationFlips("sharedService", currentAnnotations.shared),
    affinityFlip("local"),
    affinityFlip(undefined),
    affinityFlip("remote"),
    affinityFlip(undefined),
    ...["0", "2"].map((replicas) => ({
        name: `rebelBaseReplicas ${replicas}`,
        change: ["rebelBaseReplicas", replicas] as const,
        kubectl: ["scale", "deployment/rebel-base", `--replicas=${replicas}`],
    })),
];

function annotationFlips(key: string, annotation: string): Flip[] {
    return ["false", "true"].map((value) => ({
        name: `${key} ${value}`,
        change: [key, value],
        kubectl: annotate(`${annotation}=${value}`),
    }));
}

function affinityFlip(value: "local" | "remote" | undefined): Flip {
    const { affinity } = currentAnnotations;
    return {
        name: `serviceAffinity ${value ?? "none"}`,
        change: ["serviceAffinity", value ?? "none"],
        kubectl: annotate(value === undefined ? `${affinity}-` : `${affinity}=${value}`),
    };
}

function annotate(annotation: string): string[] {
    return ["annotate", "--overwrite", "service/rebel-base", annotation];
}

/** One round of requests of one client. */
export interface AskedRound {
    /** When its last answer was there, in milliseconds. */
    readonly end: number;
    /** Whether exactly those answered that the new rule says. */
    readonly agrees: boolean;
}

/**
 * When the answers of a client were right for good: the end of the first round from which on all agree.
 *
 * @returns Undefined if the last round does not agree.
 */
export function settledAt(rounds: readonly AskedRound[]): number | undefined {
    const wrong = rounds.findLastIndex(({ agrees }) => !agrees);
    return rounds[wrong + 1]?.end;
}

/** Rounds of requests until the answers are right for good. */
export interface FlipArgs {
    /** One for each client: sends a round of requests and says whether the new rule holds. */
    readonly ask: readonly (() => Promise<boolean>)[];
    /** Makes the change; it may arrive later. */
    readonly change: () => Promise<void>;
    readonly time: Time;
}

/** Pause between two rounds of a client, in milliseconds. */
const pauseMs = 100;

/** How long answers must stay right, in milliseconds. */
const quietMs = 2000;

/** Longest wait for the change to arrive once it was made, in milliseconds. */
const flipWithinMs = 60000;

/**
 * Makes a change and asks from every client until the answers have been right for {@link quietMs}. Nobody asks while
 * it is made: on two processors the requests would double the time that Pulumi takes.
 *
 * @returns Seconds from the start of the change to the end of every client's first round from which on all agree; an
 *   upper bound, because the change may have arrived before its command ended.
 * @throws Error if the change fails, or does not arrive within {@link flipWithinMs}.
 */
export async function flipSeconds({ ask, change, time }: FlipArgs): Promise<number> {
    const start = time.now();
    await change();
    const changed = time.now();
    const settled = await Promise.all(
        ask.map(async (askOnce) => {
            const rounds: AskedRound[] = [];
            for (;;) {
                const agrees = await askOnce();
                rounds.push({ end: time.now(), agrees });
                const right = settledAt(rounds);
                if (right !== undefined && time.now() - right >= quietMs) {
                    return right;
                }
                if (time.now() - changed > flipWithinMs) {
                    throw new Error(
                        `answers are not right ${flipWithinMs / 1000} s after the change`,
                    );
                }
                await time.sleep(pauseMs);
            }
        }),
    );
    return (Math.max(...settled) - start) / 1000;
}

/** For each client, a look that says whether the answers are as a config wants them. */
export function askersOf(
    config: LabConfig,
    apis: readonly ConnectedCluster[],
): (() => Promise<boolean>)[] {
    const sides = sidesOf(config);
    const clusters = sides.map(({ cluster }) => cluster);
    return whoAnswers(sides).map((expected, index) => async () => {
        const { api } = apis[index]!;
        const sample = lookSample(partsOf(expected, sides));
        try {
            const [asker] = askersAmong(await api.pods("default", "name=x-wing"));
            return (await askFrom({ api, asker: asker!, expected, clusters, sample })).agrees;
        } catch {
            // A round that could not be asked proves nothing.
            return false;
        }
    });
}
