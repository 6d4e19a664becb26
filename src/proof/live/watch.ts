import { setTimeout as sleep } from "node:timers/promises";
import { ClusterName } from "../../config/labConfig";
import { ProblemsError, problemText } from "../../config/problem";
import { isHubbleOn } from "../../mesh/cilium/hubble";
import { refusalOf } from "../../mesh/kube/client";
import { ReadFlows } from "../flows/read";
import { firstLine } from "../verify/liveMesh";
import { Around } from "./around";
import { changesBetween, settled } from "./changes";
import { Reach, StackNow, WatchEdges } from "./edges";
import { feed } from "./feed";
import { lastFlowsOf } from "./flowWatch";
import { Bucket, Sent, withSent } from "./history";
import { Known, LabFacts, notThere } from "./labView";
import { lookAt } from "./look";
import { Mark, SeenChange, togetherMs, withChanges } from "./marks";
import { Absence, absenceOf, presenceChange } from "./presence";

/** Milliseconds between two looks at a cluster's objects; with more than three clusters twice as long. */
const lookEveryMs = 1_000;

/**
 * Milliseconds between two questions to an agent about its peers, each of which takes it some milliseconds of CPU, and
 * between two looks at what is beside the lab.
 */
const aroundEveryMs = 5_000;

/** Milliseconds between two questions to the engine about a node whose API server is silent. */
const nodeEveryMs = 3_000;

/** Milliseconds between two questions to all agents about flows; with more than three clusters twice as long. */
const flowsEveryMs = 2_000;

/** Milliseconds of requests that are kept one by one. */
const keptMs = 120_000;

/** What is known of a cluster. */
interface Watched extends Known {
    /** When the last look was begun, milliseconds since the epoch. */
    readonly lookedAt?: number;
    /** Its node, where it is known to be away. */
    readonly absence?: Absence;
    /** When the engine was asked last, milliseconds since the epoch. */
    readonly nodeAt?: number;
}

/**
 * Looks at a stack's live clusters and has them ask each other, while it runs. What was seen stays when it is stopped,
 * and is gone on with when it is started again.
 */
export class LabWatch {
    private read: StackNow | undefined;
    private readonly known = new Map<string, Watched>();
    private sent: Sent[] = [];
    private past: Bucket[] = [];
    private marks: readonly Mark[] = [];
    private readonly around = new Around();
    /** When Pulumi was seen at work last. */
    private pulumiAt = -Infinity;
    private running: AbortController | undefined;
    private readonly loops = new Map<string, AbortController>();
    private readonly ends = new Set<Promise<void>>();
    private problem: string | undefined;
    private seenFlows: ReadFlows | undefined;

    constructor(private readonly edges: WatchEdges) {}

    /** Why the stack's config cannot be read, if it cannot. */
    get configProblem(): string | undefined {
        return this.problem;
    }

    /** What the clients got in the last hour. */
    get history(): readonly Bucket[] {
        return this.past;
    }

    /** What the agents' Hubble has seen last; undefined where the config has none, or before it was asked. */
    get flows(): ReadFlows | undefined {
        return this.seenFlows;
    }

    /** All that is known now; undefined before the config was read for the first time. */
    facts(): LabFacts | undefined {
        const { read, edges, sent, marks } = this;
        return (
            read && {
                stack: edges.stack,
                config: read.config,
                now: edges.now(),
                known: read.reaches.map(({ cluster }) => this.knownOf(cluster)),
                sent,
                marks,
            }
        );
    }

    /** Begins to look and to ask; nothing if it does already. */
    start(): void {
        if (this.running === undefined) {
            this.running = new AbortController();
            const { signal } = this.running;
            this.keep(this.every(lookEveryMs, signal, () => this.follow()));
            this.keep(this.every(flowsEveryMs, signal, () => this.lookAtFlows(signal)));
        }
    }

    /** Ends all loops and sessions. Resolves when they have ended. */
    async stop(): Promise<void> {
        this.running?.abort();
        this.running = undefined;
        this.loops.forEach((loop) => loop.abort());
        this.loops.clear();
        await Promise.all(this.ends);
    }

    /** Reads the config, begins with clusters that are new and leaves those that are gone; settles the last change. */
    private follow(): Promise<void> {
        try {
            this.read = this.edges.read();
            this.problem = undefined;
        } catch (error) {
            this.problem = problemLines(error as Error).join("\n");
        }
        const clusters = (this.read?.reaches ?? []).map(({ cluster }) => cluster);
        for (const cluster of clusters.filter((name) => !this.loops.has(name))) {
            this.begin(cluster, clusters.length > 3 ? 2 : 1);
        }
        for (const [cluster, loop] of this.loops) {
            if (!(clusters as readonly string[]).includes(cluster)) {
                loop.abort();
                this.loops.delete(cluster);
                this.known.delete(cluster);
            }
        }
        if (this.read?.isPulumiAtWork) {
            this.pulumiAt = this.edges.now();
        }
        const facts = this.facts();
        this.marks = facts === undefined ? this.marks : settled(facts);
        return Promise.resolve();
    }

    private begin(cluster: ClusterName, factor: number): void {
        const loop = new AbortController();
        const { signal } = loop;
        this.loops.set(cluster, loop);
        this.keep(this.every(factor * lookEveryMs, signal, () => this.look(cluster)));
        this.keep(this.every(factor * aroundEveryMs, signal, () => this.lookAround(cluster)));
        const client = {
            client: cluster,
            pod: () =>
                this.knownOf(cluster).look?.xWings.find(({ state }) => state === "ready")?.name,
            open: () => this.reach(cluster)?.open,
            onSent: (sent: Sent) => this.note(sent),
            onTrouble: (loadTrouble: string | undefined) => {
                // Before the first look nobody knows whether there is a pod that can ask.
                if (this.knownOf(cluster).look !== undefined) {
                    this.learn(cluster, { loadTrouble });
                }
            },
            now: this.edges.now,
        };
        this.keep(feed(client, signal));
    }

    private async look(cluster: ClusterName): Promise<void> {
        const { api } = this.reach(cluster) ?? {};
        const since = this.edges.now();
        if (api === undefined || this.read === undefined) {
            this.learn(cluster, { trouble: notThere });
            await this.lookAtNode(cluster, since);
            return;
        }
        try {
            const look = await lookAt(cluster, api, this.read.config);
            const { look: before, lookedAt = 0 } = this.knownOf(cluster);
            this.notePresence(cluster, undefined, since);
            this.noteChanges(before === undefined ? [] : changesBetween(before, look), lookedAt);
            this.learn(cluster, { look, lookedAt: since, trouble: undefined });
        } catch (error) {
            this.learn(cluster, { trouble: `its API server ${refusalOf(error)}` });
            await this.lookAtNode(cluster, since);
        }
    }

    /** Asks why an API server is silent. What the engine does not tell is as before. */
    private async lookAtNode(cluster: ClusterName, since: number): Promise<void> {
        const { nodeAt = -Infinity } = this.knownOf(cluster);
        const node = this.reach(cluster)?.node;
        if (node === undefined || since - nodeAt < nodeEveryMs) {
            return;
        }
        this.learn(cluster, { nodeAt: since });
        const state = await node().catch(() => undefined);
        if (state !== undefined && this.read !== undefined) {
            const { absence: before } = this.knownOf(cluster);
            const absence = absenceOf(state, cluster, this.read.config, before);
            this.notePresence(cluster, absence, since);
        }
    }

    /** A node that went away is a mark once the cluster was seen, one that is back always. */
    private notePresence(cluster: ClusterName, after: Absence | undefined, since: number): void {
        const { absence: before, look, lookedAt } = this.knownOf(cluster);
        const change = presenceChange(cluster, before, after, this.read!.config);
        this.learn(cluster, { absence: after });
        if (change !== undefined && (before !== undefined || look !== undefined)) {
            const seen = after === undefined ? since : lookedAt;
            this.marks = withChanges(this.marks, [change], this.when(since, seen));
        }
    }

    private async lookAround(cluster: ClusterName): Promise<void> {
        const { reaches = [] } = this.read ?? {};
        const now = this.edges.now();
        const { peers, policies, changes } = await this.around.look(cluster, reaches);
        this.learn(cluster, { peers, policies });
        const links = this.around.linksNow(reaches.map((one) => this.knownOf(one.cluster)));
        this.noteChanges([...changes, ...links], now);
    }

    private async lookAtFlows(signal: AbortSignal): Promise<void> {
        const { reaches, config } = this.read ?? {};
        if (reaches === undefined || config === undefined || !isHubbleOn(config.cilium)) {
            this.seenFlows = undefined;
            return;
        }
        const isSeen = (cluster: string) => this.knownOf(cluster).trouble === undefined;
        this.seenFlows = (await lastFlowsOf(reaches, isSeen, signal)) ?? this.seenFlows;
        if (reaches.length > 3) {
            await sleep(flowsEveryMs, undefined, { signal }).catch(() => undefined);
        }
    }

    /** @param since When what they are compared with was seen: what was done while nobody looked is dated now. */
    private noteChanges(changes: readonly SeenChange[], since: number): void {
        const now = this.edges.now();
        const at = now - since < 2 * togetherMs ? since : now;
        this.marks = withChanges(this.marks, changes, this.when(at, since));
    }

    /** Who was at work since a time. */
    private when(at: number, since = at) {
        return {
            at,
            isOwnWork: this.edges.isOwnWork(since),
            isPulumiAtWork: this.pulumiAt >= since - togetherMs,
        };
    }

    private note(sent: Sent): void {
        const oldest = this.edges.now() - keptMs;
        this.sent = [...this.sent.filter(({ at }) => at > oldest), sent];
        this.past = withSent(this.past, sent);
    }

    private knownOf(cluster: string): Watched {
        return this.known.get(cluster) ?? { cluster };
    }

    private learn(cluster: string, more: Partial<Watched>): void {
        this.known.set(cluster, { ...this.knownOf(cluster), ...more });
    }

    private reach(cluster: string): Reach | undefined {
        return this.read?.reaches.find((reach) => reach.cluster === cluster);
    }

    private keep(loop: Promise<void>): void {
        this.ends.add(loop);
        void loop.finally(() => this.ends.delete(loop));
    }

    private async every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
        while (!signal.aborted) {
            try {
                await work();
            } catch (error) {
                // One odd answer of a cluster must not end all other loops, and whoever runs them.
                this.problem = firstLine(error as Error);
            }
            await sleep(ms, undefined, { signal }).catch(() => undefined);
        }
    }
}

/** Why a config cannot be read, a line for each problem: nobody has begun anything that could have changed something. */
function problemLines(error: Error): string[] {
    return error instanceof ProblemsError
        ? error.problems.map(problemText)
        : error.message.split("\n");
}
