import { Time } from "../../machine/poll";
import { FlowSource, readFlows } from "./read";
import { RequestFlow } from "./request";

/** Pause between two looks, in milliseconds. */
const everyMs = 1_000;

/** Seconds before the last look that are looked at again: what was on its way then has arrived since. */
const againSeconds = 5;

/** Most flows of one node in one look. */
const mostOfLook = 500;

/** How long what was shown is remembered, in milliseconds; a client's port is used again only after longer. */
const rememberedMs = 20_000;

/** What {@link FollowedFlows} works with. */
export interface FollowArgs {
    readonly sources: () => Promise<readonly FlowSource[]>;
    /** Every cluster of the mesh. */
    readonly clusters: readonly string[];
    readonly time: Time;
    /** What is no news any more. */
    readonly shown?: readonly RequestFlow[];
    /** Gets what is new, the oldest first. */
    readonly onFlows: (flows: readonly RequestFlow[]) => void;
    /** Gets why a cluster does not tell, each time that this is another reason. */
    readonly onTrouble: (sentence: string) => void;
}

/** Tells of every request once, when it has ended or has been seen twice without an end. */
export class FlowNews {
    private readonly told: Map<string, number>;
    private waiting = new Set<string>();

    /** @param shown What is no news any more. */
    constructor(shown: readonly RequestFlow[] = []) {
        this.told = new Map(shown.map((flow) => [keyOf(flow), flow.at]));
    }

    /** What of these flows is new. */
    take(flows: readonly RequestFlow[]): RequestFlow[] {
        const news = flows.filter((flow) => {
            const before = this.told.get(keyOf(flow));
            return before === undefined || Math.abs(flow.at - before) > rememberedMs / 2;
        });
        const isReady = (flow: RequestFlow) =>
            flow.outcome !== "sent" || this.waiting.has(keyOf(flow));
        const ready = news.filter(isReady);
        this.waiting = new Set(news.filter((flow) => !isReady(flow)).map(keyOf));
        ready.forEach((flow) => this.told.set(keyOf(flow), flow.at));
        const newest = Math.max(...flows.map(({ at }) => at), -Infinity);
        for (const [key, at] of this.told) {
            if (at < newest - rememberedMs) {
                this.told.delete(key);
            }
        }
        return ready;
    }
}

function keyOf({ client, port }: RequestFlow): string {
    return `${client.cluster} ${client.pod} ${port}`;
}

/** Looks for new flows once a second, until the signal. */
export async function followFlows(args: FollowArgs, signal: AbortSignal): Promise<void> {
    const { sources, clusters, time, shown = [], onFlows, onTrouble } = args;
    const news = new FlowNews(shown);
    let trouble = "";
    let last = time.now();
    while (!signal.aborted) {
        const now = time.now();
        const sinceSeconds = (now - last) / 1000 + againSeconds;
        const read = await readFlows(await sources(), clusters, { sinceSeconds, most: mostOfLook });
        last = now;
        onFlows(news.take(read.flows));
        const sentences = read.unread.map(({ cluster, reason }) => `${cluster}: ${reason}`);
        if (sentences.join("\n") !== trouble) {
            trouble = sentences.join("\n");
            sentences.forEach(onTrouble);
        }
        await time.sleep(everyMs);
    }
}
