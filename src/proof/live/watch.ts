import { setTimeout as sleep } from "node:timers/promises";
import { ClusterName, LabConfig } from "../../config/labConfig";
import { whoAnswers } from "../../lab/whoAnswers";
import { isHubbleOn } from "../../mesh/cilium/hubble";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { OpenSession } from "../../mesh/kube/session";
import { FlowSource, ReadFlows, readFlows } from "../flows/read";
import { Mark, arrivedAfter, changesBetween, togetherMs, withChanges } from "./changes";
import { feed } from "./feed";
import { Bucket, Sent, withSent } from "./history";
import { Known, LabFacts, arrivingMs } from "./labView";
import { Look, lookAt, lookAtPeers } from "./look";

/** One cluster as it can be reached at this moment. */
export interface Reach {
    readonly cluster: ClusterName;
    /** Undefined where the stack has no kubeconfig of it. */
    readonly api: ClusterApi | undefined;
    readonly open: OpenSession | undefined;
}

/** What a watch works with; tests hand in their own. */
export interface WatchEdges {
    readonly stack: string;
    /** The stack's config, and how its clusters can be reached now. Throws where the config cannot be read. */
    readonly read: () => { readonly config: LabConfig; readonly reaches: readonly Reach[] };
    /** Whether whoever watches has changed the lab since then (milliseconds since the epoch), or does so. */
    readonly isOwnWork: (since: number) => boolean;
    readonly now: () => number;
}

/** Milliseconds between two looks at a cluster's objects; with more than three clusters twice as long. */
const lookEveryMs = 1_000;

/** Milliseconds between two questions to an agent about its peers: each takes it some milliseconds of CPU. */
const peersEveryMs = 5_000;

/** Milliseconds between two questions to all agents about flows; with more than three clusters twice as long. */
const flowsEveryMs = 2_000;

/** Longest wait for all of them, in milliseconds. */
const flowsWithinMs = 10_000;

/** Flows that each node is asked for: those of some seconds. */
const mostFlows = 60;

/** Milliseconds of requests that are kept one by one. */
const keptMs = 120_000;

/** What is known of a cluster. */
interface Watched extends Known {
    /** When the last look was begun, milliseconds since the epoch. */
    readonly lookedAt?: number;
}

/**
 * Looks at a stack's live clusters and has them ask each other, while it runs. What was seen stays when it is stopped,
 * and is gone on with when it is started again.
 */
export class LabWatch {
    private read: ReturnType<WatchEdges["read"]> | undefined;
    private readonly known = new Map<string, Watched>();
    private sent: Sent[] = [];
    private past: Bucket[] = [];
    private marks: readonly Mark[] = [];
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
            this.problem = (error as Error).message;
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
        this.settle();
        return Promise.resolve();
    }

    private begin(cluster: ClusterName, factor: number): void {
        const loop = new AbortController();
        const { signal } = loop;
        this.loops.set(cluster, loop);
        this.keep(this.every(factor * lookEveryMs, signal, () => this.look(cluster)));
        this.keep(this.every(factor * peersEveryMs, signal, () => this.lookAtPeers(cluster)));
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
        const lookedAt = this.edges.now();
        if (api === undefined || this.read === undefined) {
            this.learn(cluster, { trouble: "it is not there; npm run up makes it" });
            return;
        }
        try {
            const look = await lookAt(cluster, api, this.read.config);
            this.noteChanges(this.knownOf(cluster), look);
            this.learn(cluster, { look, lookedAt, trouble: undefined });
        } catch (error) {
            const [reason = ""] = (error as Error).message.split("\n");
            this.learn(cluster, { trouble: `its API server does not answer: ${reason}` });
        }
    }

    private async lookAtPeers(cluster: string): Promise<void> {
        const others = (this.read?.reaches ?? [])
            .map((reach) => reach.cluster)
            .filter((name) => name !== cluster);
        const api = this.reach(cluster)?.api;
        const peers = await (api && lookAtPeers(api, others).catch(() => undefined));
        this.learn(cluster, { peers });
    }

    /** Of a cluster that cannot be seen the agents are not asked either: it would take long, and is told already. */
    private async lookAtFlows(signal: AbortSignal): Promise<void> {
        if (this.read === undefined || !isHubbleOn(this.read.config.cilium)) {
            this.seenFlows = undefined;
            return;
        }
        const { reaches } = this.read;
        const sources = reaches.flatMap(({ cluster, api }): FlowSource[] =>
            api === undefined || this.knownOf(cluster).trouble !== undefined
                ? []
                : [{ cluster, api }],
        );
        const clusters = reaches.map(({ cluster }) => cluster);
        const end = new AbortController();
        const patience = sleep(flowsWithinMs, undefined, {
            signal: AbortSignal.any([signal, end.signal]),
        });
        const read = await Promise.race([
            readFlows(sources, clusters, { most: mostFlows }),
            patience.catch(() => undefined),
        ]);
        end.abort();
        this.seenFlows = read ?? this.seenFlows;
        if (clusters.length > 3) {
            await sleep(flowsEveryMs, undefined, { signal }).catch(() => undefined);
        }
    }

    private noteChanges({ look: before, lookedAt = 0 }: Watched, look: Look) {
        const changes = before === undefined ? [] : changesBetween(before, look);
        const now = this.edges.now();
        // Between two looks; what was done while nobody looked is dated when it is seen.
        const at = now - lookedAt < 2 * togetherMs ? lookedAt : now;
        this.marks = withChanges(this.marks, changes, {
            at,
            isOwnWork: this.edges.isOwnWork(lookedAt),
        });
    }

    private settle(): void {
        const facts = this.facts();
        const last = this.marks.at(-1);
        if (facts === undefined || last === undefined || last.arrivedMs !== undefined) {
            return;
        }
        const sides = facts.known.flatMap(({ look }) => (look === undefined ? [] : [look.side]));
        const isWhole = sides.length === facts.known.length;
        const isLate = facts.now - last.at > arrivingMs;
        const answers = whoAnswers(isWhole && !isLate ? sides : []);
        const arrivedMs =
            answers.length === 0
                ? undefined
                : arrivedAfter(last.at, facts.now, answers, facts.sent);
        if (arrivedMs !== undefined) {
            this.marks = [...this.marks.slice(0, -1), { ...last, arrivedMs }];
        }
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
            await work();
            await sleep(ms, undefined, { signal }).catch(() => undefined);
        }
    }
}
