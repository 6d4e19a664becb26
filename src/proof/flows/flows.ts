import { CannotAskError } from "../../config/errors";
import { LabConfig } from "../../config/labConfig";
import { Answer, whoAnswers } from "../../lab/whoAnswers";
import { Time } from "../../machine/poll";
import { askFrom } from "../verify/ask";
import {
    AskedCluster,
    LiveCluster,
    Outages,
    firstLine,
    possibleMeshes,
    readMesh,
} from "../verify/liveMesh";
import { ClientResult } from "../verify/result";
import { unclearPolicy } from "../verify/round";
import { FlowSource, UnreadCluster, readFlows } from "./read";
import { RequestFlow } from "./request";
import { ClientFlows, summaryOf } from "./summary";

/** What to show. */
export interface FlowsArgs {
    readonly stack: string;
    readonly config: LabConfig;
    /** API servers by cluster, in the order of the config's clusters. */
    readonly apis: readonly AskedCluster[];
    /** The clusters that are meant to be away. */
    readonly outages: Outages;
    readonly time: Time;
    /** Requests that each asking pod sends first; 0 is none. */
    readonly requests: number;
    /** How far back to look, in seconds; by default to the first of these requests. */
    readonly sinceSeconds?: number;
}

/** What the data paths did with the requests of x-wing pods. */
export interface Flows {
    readonly stack: string;
    /** When they were read, ISO 8601. */
    readonly at: string;
    /** The clusters of the mesh. */
    readonly clusters: readonly string[];
    /** The oldest first. */
    readonly flows: readonly RequestFlow[];
    readonly clients: readonly ClientFlows[];
    /** The clusters whose agents, or whose clients, could not be asked. */
    readonly unread: readonly UnreadCluster[];
    /** Events that Hubble has lost. */
    readonly lost: number;
    /** Lines that were no flows. */
    readonly invalid: number;
}

/** How long an agent may take to note a flow, in milliseconds. */
const notedMs = 500;

/** How much more is read than what was sent took, in seconds: the clocks of programs are read one after the other. */
const slackSeconds = 1;

/**
 * Sends requests from x-wing pods of every cluster, and reads from all agents what the data path did with them. Where they
 * were sent for it, flows are held against the rule for the live objects; older ones may be of other settings.
 *
 * @throws CannotAskError if no agent tells, or requests were to be sent and none could be.
 */
export async function flows(args: FlowsArgs): Promise<Flows> {
    const { stack, config, apis, time } = args;
    const live = await readMesh(apis, config);
    const [sides] = possibleMeshes(live, config, args.outages);
    const expected = whoAnswers(sides!);
    const clusters = sides!.map(({ cluster }) => cluster);
    const start = time.now();
    const asked = await ask(args, live, expected);
    await time.sleep(notedMs);
    const own = (time.now() - start) / 1000 + slackSeconds;
    const sources = live.flatMap((one): FlowSource[] => ("side" in one ? [one] : []));
    const read = await readFlows(sources, clusters, { sinceSeconds: args.sinceSeconds ?? own });
    const silent = live.flatMap((one) =>
        "silence" in one ? [{ cluster: one.cluster, reason: one.silence }] : [],
    );
    if (read.unread.length === sources.length) {
        const { cluster, reason } = [...read.unread, ...silent][0]!;
        throw new CannotAskError(`the flows of ${cluster} cannot be read: ${reason}`);
    }
    const isOwn = args.requests > 0 && args.sinceSeconds === undefined;
    const isJudged = (client: string) =>
        isOwn &&
        asked.results.some((result) => result.client === client) &&
        unclearPolicy(
            expected.find((one) => one.client === client)!,
            sides!,
        ) === undefined;
    return {
        stack,
        at: new Date().toISOString(),
        clusters,
        ...read,
        clients: summaryOf({
            clusters,
            flows: read.flows,
            expected,
            results: asked.results,
            isJudged,
        }),
        unread: [...read.unread, ...silent, ...asked.failures],
    };
}

/** What came of the requests, and why some pods sent none. */
interface Asked {
    readonly results: readonly ClientResult[];
    readonly failures: readonly UnreadCluster[];
}

async function ask(
    { requests }: FlowsArgs,
    live: readonly LiveCluster[],
    expected: readonly Answer[],
): Promise<Asked> {
    if (requests === 0) {
        return { results: [], failures: [] };
    }
    const clusters = expected.map(({ client }) => client);
    const sample = { requests, leastFailures: 0, mostFailures: requests };
    const failures: UnreadCluster[] = [];
    const asking = live.flatMap((one) => {
        if (!("side" in one)) {
            return [];
        }
        if (one.askers.length === 0) {
            failures.push({ cluster: one.cluster, reason: "no x-wing pod is ready" });
        }
        const answer = expected.find(({ client }) => client === one.cluster)!;
        return one.askers.map((asker) =>
            askFrom({ api: one.api, asker, expected: answer, clusters, sample }).catch(
                (error: Error) => {
                    const reason = `${asker.pod}: ${firstLine(error)}`;
                    failures.push({ cluster: one.cluster, reason });
                    return undefined;
                },
            ),
        );
    });
    const results = (await Promise.all(asking)).filter((one) => one !== undefined);
    if (results.length === 0) {
        const silent = live.flatMap((one) => ("silence" in one ? one.silence : []));
        const [reason = "nobody can ask"] = [...failures.map((one) => one.reason), ...silent];
        throw new CannotAskError(reason);
    }
    return { results, failures };
}
