import { CannotAskError } from "../../config/errors";
import { LabConfig } from "../../config/labConfig";
import { ciliumVersions, versionsText } from "../../lab/ciliumVersions";
import { differences } from "../../lab/sides";
import { Side } from "../../lab/whoAnswers";
import { Time } from "../../machine/poll";
import { EndingCertificate, findEndingCertificates } from "../../mesh/cilium/certificates";
import { driftLine, findDrift } from "../drift/drift";
import { AskedCluster, LiveCluster, Outages, possibleMeshes, readMesh } from "./liveMesh";
import { Verification } from "./result";
import { Round, RoundArgs, judge, look } from "./round";

/** What to verify. */
export interface VerifyArgs {
    readonly stack: string;
    readonly config: LabConfig;
    /** API servers by cluster, in the order of the config's clusters. */
    readonly apis: readonly AskedCluster[];
    /** Longest wait for requests and rule to agree, in milliseconds; what has begun by then is ended. */
    readonly withinMs: number;
    readonly time: Time;
    /** The date, which `time` may not have: it stands while the machine sleeps. The system's by default. */
    readonly date?: () => Date;
    /** The clusters that are meant to be away; by default none. */
    readonly outages?: Outages;
    /** Why asking again cannot help, if something says so; undefined: it may. */
    readonly whyHopeless?: () => Promise<string | undefined>;
}

/** Pause between two rounds, in milliseconds. */
const pauseMs = 200;

/** How often the last judgement is made, if somebody changes the settings meanwhile. */
const lastTries = 3;

/**
 * Sends real requests from x-wing pods of every cluster until they agree with the rule for the live objects, or the time
 * is up. Waiting and judging are two things: a round looks first, with few requests, whether the answers have become
 * what the rule says, and only then judges, with requests that nobody has looked at (`statistics.ts` says how many, and
 * why asking again and again does not make a proof of luck). Every round reads the objects again, so changes made by hand
 * count; where they change while it judges, it starts judging again.
 *
 * @throws CannotAskError if nobody could be asked until the time was up, or at once where no cluster has an API server to
 *   ask; it names what is not as the stack made it.
 */
export async function verify(args: VerifyArgs): Promise<Verification> {
    const { time, withinMs } = args;
    const start = time.now();
    // Who has no API server to ask at the start gets none while it waits.
    const isVain = args.apis.every(({ api }) => api instanceof Error);
    let judgements = 0;
    let triesLeft = lastTries;
    for (let rounds = 1; ; rounds++) {
        const isLast = isVain || time.now() - start >= withinMs;
        const seen = await lookAround(args, isLast);
        await requireHope(args, seen.live);
        if (isLast || seen.isSettled) {
            const judged = await judgeFresh(args, seen, ++judgements);
            if (judged.isUnchanged && (isLast || isDone(judged))) {
                const seconds = (time.now() - start) / 1000;
                return verificationOf(args, seen.sides, judged, { seconds, rounds });
            }
            if (isLast && --triesLeft === 0) {
                throw new CannotAskError(
                    "the settings changed each time while the requests were sent",
                );
            }
        }
        await time.sleep(pauseMs);
    }
}

/** The mesh as a round found it. */
interface Seen {
    readonly live: readonly LiveCluster[];
    readonly sides: readonly Side[];
    /** Few requests of every client came out as the rule says, so that a judgement is worth while. */
    readonly isSettled: boolean;
}

/** Reads the live objects, and looks whether the answers are what they say; the last round judges without a look. */
async function lookAround(args: VerifyArgs, isLast: boolean): Promise<Seen> {
    const live = await readMesh(args.apis, args.config);
    const meshes = possibleMeshes(live, args.config, args.outages ?? {});
    const [likeliest] = meshes;
    if (!isLast || meshes.length > 1) {
        for (const sides of meshes) {
            const round = await look(roundArgs(args, live, sides));
            if (round.clients.length > 0 && round.clients.every(({ agrees }) => agrees)) {
                return { live, sides, isSettled: isDone(round) };
            }
        }
    }
    return { live, sides: likeliest!, isSettled: false };
}

/** A judgement, and what there is to say besides. */
interface Judged extends Round {
    /** The objects are after the requests what they were before. */
    readonly isUnchanged: boolean;
    readonly drift: readonly string[];
    readonly certificates: readonly EndingCertificate[];
}

async function judgeFresh(
    args: VerifyArgs,
    { live, sides }: Seen,
    judgement: number,
): Promise<Judged> {
    const round = await judge(roundArgs(args, live, sides), judgement);
    const read = live.filter((cluster) => "side" in cluster);
    const apis = args.apis.filter(({ cluster }) => read.some((one) => one.cluster === cluster));
    const now = dateOf(args);
    const [after, drift, certificates] = await Promise.all([
        readMesh(apis, args.config),
        Promise.all(apis.map((asked) => driftOf(asked, args.config))),
        Promise.all(apis.map((asked) => certificatesOf(asked, now))),
    ]);
    return {
        ...round,
        isUnchanged: sidesText(after) === sidesText(read),
        drift: drift.flat(),
        certificates: certificates.flat(),
    };
}

async function certificatesOf({ cluster, api }: AskedCluster, now: Date) {
    return api instanceof Error ? [] : findEndingCertificates(cluster, api, now);
}

async function driftOf({ cluster, api }: AskedCluster, config: LabConfig): Promise<string[]> {
    if (api instanceof Error) {
        return [];
    }
    // What cannot be told now is no reason to keep back what the requests got.
    const drifts = await findDrift(config, [{ cluster, api }]).catch(() => []);
    return drifts.filter(({ about }) => about !== "setting").map(driftLine);
}

function sidesText(clusters: readonly LiveCluster[]): string {
    return JSON.stringify(clusters.map((live) => ("side" in live ? live.side : live)));
}

/** Whether all agree who can be asked, and nobody else is to be waited for. */
function isDone({ clients, unasked }: Round): boolean {
    return (
        clients.length > 0 &&
        clients.every(({ agrees }) => agrees) &&
        unasked.every(({ isMeant, isLasting }) => isMeant || isLasting)
    );
}

/** @throws CannotAskError if a cluster is silent, and something says that it will stay so. */
async function requireHope(args: VerifyArgs, live: readonly LiveCluster[]): Promise<void> {
    const { outages = {} } = args;
    const isSilent = live.some((one) => "silence" in one && outages[one.cluster] === undefined);
    const hopeless = isSilent ? await args.whyHopeless?.() : undefined;
    if (hopeless !== undefined) {
        throw new CannotAskError(hopeless);
    }
}

function roundArgs(
    { outages = {} }: VerifyArgs,
    live: readonly LiveCluster[],
    sides: readonly Side[],
): RoundArgs {
    return { live, sides, outages };
}

function dateOf({ date = () => new Date() }: VerifyArgs): Date {
    return date();
}

/** @throws CannotAskError if nobody was asked. */
function verificationOf(
    args: VerifyArgs,
    sides: readonly Side[],
    { clients, unasked, drift, certificates }: Judged,
    took: Pick<Verification, "seconds" | "rounds">,
): Verification {
    if (clients.length === 0) {
        const { reason } = unasked.find(({ isMeant }) => !isMeant) ?? unasked[0]!;
        throw new CannotAskError([reason, ...drift].join("\n"));
    }
    const { stack, config } = args;
    return {
        stack,
        at: dateOf(args).toISOString(),
        ciliumVersion: versionsText(ciliumVersions(config)),
        sides,
        differences: differences(config, sides),
        drift,
        certificates,
        clients,
        unasked,
        agrees: clients.every(({ agrees }) => agrees) && unasked.every(({ isMeant }) => isMeant),
        ...took,
    };
}
