import type { V1Deployment, V1ManagedFieldsEntry, V1Pod } from "@kubernetes/client-node";
import { serveBoard } from "../../src/commands/board/boardSite";
import { LiveBoard } from "../../src/commands/board/liveBoard";
import { Progress, beginning } from "../../src/commands/board/progress";
import { BoardServer } from "../../src/commands/board/server";
import { readProject } from "../../src/config/declaration";
import { ClusterName, ciliumOf } from "../../src/config/labConfig";
import { requireLabConfig } from "../../src/config/parseLabConfig";
import { currentAnnotations } from "../../src/lab/annotations";
import { changed } from "../../src/lab/exercise";
import { namespaceManifests } from "../../src/lab/globalNamespace";
import { networkPoliciesIn } from "../../src/lab/networkPolicy";
import { sidesOf } from "../../src/lab/sides";
import { serviceAnnotations } from "../../src/lab/variant";
import { dropping, whoAnswers } from "../../src/lab/whoAnswers";
import { ClusterApi } from "../../src/mesh/kube/clusterApi";
import { LiveObject } from "../../src/mesh/kube/objects";
import { OpenSession } from "../../src/mesh/kube/session";
import { Bucket, bucketMs, historyMinutes } from "../../src/proof/live/history";
import { batchSize } from "../../src/proof/live/load";
import { Mark } from "../../src/proof/live/marks";
import { endLine } from "../../src/proof/verify/script";
import { pod } from "./fakeClusterApi";
import { address, backendEnd, clientEnd } from "./fakeHubble";
import { FlowLine, flowLine, policyDenied } from "./flowLines";
import { scaled, updated } from "./managedFields";

type Values = Readonly<Record<string, string>>;

/** A lab that exists in this process alone: it says what its config says, and answers as the rule does. */
export class FakeLab {
    /** What the stack file says. */
    own: Values;
    /** What the live objects say. */
    live: Values;
    /** Who changed the live objects last. */
    manager = "pulumi";
    /** What requests get, where it is not what the live objects say. */
    requestsAs: Values | undefined;
    /** No cluster was made yet. */
    isMissing = false;
    /** API servers that do not answer. */
    readonly away = new Set<string>();
    /** Clusters whose agents have lost the others. */
    readonly unmeshed = new Set<string>();
    /** What every answer of an API server waits for. */
    slowness: Promise<void> = Promise.resolve();
    /** What the board has seen before. */
    past: readonly Bucket[] = [];
    /** Changes that the board has seen before. */
    marks: readonly Mark[] = [];
    /** More pods, by cluster. */
    readonly pods: Record<string, V1Pod[]> = {};
    /** How often a pod of rebel-base was deleted and replaced, by cluster. */
    readonly replaced: Record<string, number> = {};
    /** Policies that are not the lab's, by cluster. */
    readonly policies: Record<string, LiveObject[]> = {};
    /** Nodes that do not run, with their state in the engine's words. */
    readonly nodes = new Map<string, string>();
    /** How often the engine was asked for a node's state. */
    asksOfNodes = 0;
    /** Whether a command in another terminal has Pulumi work. */
    isPulumiAtWork = false;
    /** Clusters whose agents have no Hubble, whatever the config says. */
    readonly unseen = new Set<string>();
    /** What the agents of each cluster have noted last. */
    private readonly noted: Record<string, FlowLine[]> = {};
    /** How often an agent was asked for flows. */
    observed = 0;
    /** Batches that were asked for. */
    batches = 0;
    /** Sessions that are open. */
    sessions = 0;
    progress: Progress = beginning;
    /** What Pulumi does; by default it says what it does and brings the objects in line. */
    pulumi: (say: (line: string) => void, signal: AbortSignal) => Promise<number> = (say) => {
        say("~ kubernetes:core/v1:Service: (update)");
        this.live = this.own;
        this.manager = "pulumi";
        return Promise.resolve(0);
    };

    constructor(own: Values = {}) {
        this.own = own;
        this.live = own;
    }

    /** Somebody changes live objects by hand. */
    byHand(values: Values): void {
        this.live = { ...this.live, ...values };
        this.manager = "kubectl";
    }

    /** Who has set a field of an object, as API servers note it: without a time where it was a `kubectl scale`. */
    private managed(path: string): V1ManagedFieldsEntry[] {
        const isScaled = this.manager === "kubectl" && path === "spec.replicas";
        const entry = updated(this.manager, 0, path);
        return [isScaled ? scaled(this.manager) : { ...entry, time: new Date() }];
    }

    /** Serves a board of it. */
    serve({ isReadOnly = false, port = 0 } = {}): Promise<BoardServer> {
        return serveBoard({ stack: "dev", board: this.board({ isReadOnly }), isReadOnly, port });
    }

    /** A board of it. */
    board({ isReadOnly = false, stack = "dev" } = {}): LiveBoard {
        const configOf = (values: Values) => requireLabConfig(values, readProject());
        const board = new LiveBoard({
            stack,
            isDefaultStack: true,
            isReadOnly,
            now: Date.now,
            read: () => {
                const config = configOf(this.own);
                const reaches = config.clusters.map(({ name: cluster }) => ({
                    cluster,
                    api: this.isMissing ? undefined : this.api(cluster),
                    open: this.isMissing ? undefined : this.open(cluster),
                    node: () => {
                        this.asksOfNodes += 1;
                        return Promise.resolve(this.nodes.get(cluster) ?? "running");
                    },
                }));
                return { config, reaches, isPulumiAtWork: this.isPulumiAtWork };
            },
            ownValues: () => this.own,
            configOf,
            apply: async (changes, { onLine, signal, onLocked }) => {
                onLocked();
                this.own = changed(this.own, changes);
                return this.pulumi(onLine, signal);
            },
            progress: {
                read: () => this.progress,
                write: (progress) => (this.progress = progress),
            },
        });
        Object.assign(board.watch, { past: this.past, marks: this.marks });
        return board;
    }

    /** Has the board remember an hour of answers. */
    withAnHour(): this {
        const clusters = this.config().clusters.map(({ name }) => name);
        const end = Math.floor(Date.now() / bucketMs) * bucketMs;
        const counts = Object.fromEntries(
            clusters.map((client) => [
                client,
                Object.fromEntries(clusters.map((cluster, i) => [cluster, 1 + (i % 3)])),
            ]),
        );
        this.past = Array.from({ length: (historyMinutes * 60_000) / bucketMs }, (_, i) => ({
            at: end - (historyMinutes * 60_000 - i * bucketMs),
            counts,
        }));
        return this;
    }

    private config(values = this.live) {
        return requireLabConfig(values, readProject());
    }

    private api(cluster: ClusterName): ClusterApi {
        const ask = <T>(answer: () => T): Promise<T> =>
            this.away.has(cluster)
                ? Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:6443"))
                : this.slowness.then(answer);
        const own = () => this.config().clusters.find(({ name }) => name === cluster)!;
        return {
            service: () =>
                ask(() => ({
                    metadata: {
                        annotations: serviceAnnotations(own(), currentAnnotations),
                        managedFields: this.managed("metadata.annotations"),
                    },
                    spec: { clusterIP: address.service(cluster) },
                })),
            deployment: (_, name) =>
                ask(
                    () =>
                        ({
                            metadata: { managedFields: this.managed("spec.replicas") },
                            spec: { replicas: name === "rebel-base" ? own().rebelBaseReplicas : 1 },
                        }) as V1Deployment,
                ),
            namespace: () =>
                ask(() => namespaceManifests(own(), ciliumOf(this.config(), cluster))[0]),
            networkPolicies: () =>
                ask(() => [
                    ...(networkPoliciesIn(cluster, this.config()) as readonly LiveObject[]),
                    ...(this.policies[cluster] ?? []),
                ]),
            otherPolicies: () => ask(() => []),
            pods: (_, selector) => ask(() => this.podsOf(cluster, selector)),
            exec: (_namespace, _pod, _container, command) =>
                ask(() => (command[0] === "hubble" ? this.hubble(cluster) : this.status(cluster))),
        } as Partial<ClusterApi> as ClusterApi;
    }

    private status(cluster: ClusterName) {
        const peers = { "cluster-mesh": { clusters: this.peers(cluster) } };
        return { code: 0, stdout: JSON.stringify(peers), stderr: "" };
    }

    private hubble(cluster: ClusterName) {
        this.observed += 1;
        return this.unseen.has(cluster)
            ? { code: 1, stdout: "", stderr: "connection error: dial unix hubble.sock" }
            : { code: 0, stdout: (this.noted[cluster] ?? []).map(flowLine).join("\n"), stderr: "" };
    }

    private note(cluster: string, line: FlowLine): void {
        this.noted[cluster] = [...(this.noted[cluster] ?? []), line].slice(-60);
    }

    private podsOf(cluster: ClusterName, selector: string): V1Pod[] {
        const replicas = this.config().clusters.find(
            ({ name }) => name === cluster,
        )!.rebelBaseReplicas;
        const names: Record<string, string[]> = {
            // As long as Deployments make them.
            "name=rebel-base": Array.from(
                { length: replicas },
                (_, i) => `rebel-base-7c9d6f5b84-8zr2m${i + (this.replaced[cluster] ?? 0)}`,
            ),
            "name=x-wing": [0, 1].map((i) => `x-wing-6d9f8b7c5d-4xkqz${i}`),
            "k8s-app=cilium": ["cilium-0"],
        };
        const more = selector === "name=rebel-base" ? (this.pods[cluster] ?? []) : [];
        const ipOf = (name: string) => {
            const index = Number(/\d*$/.exec(name)![0]);
            const of = name.startsWith("x-wing") ? address.xWing : address.rebelBase;
            return of(cluster, index);
        };
        const own = (names[selector] ?? []).map((name) =>
            pod(name, {
                labels: { "pod-template-hash": name.split("-").at(-2)! },
                more: { podIP: ipOf(name) },
            }),
        );
        return [...own, ...more];
    }

    private peers(cluster: ClusterName) {
        const isApart = (name: string) => this.unmeshed.has(cluster) || this.unmeshed.has(name);
        return this.config().clusters.map(({ name }) => ({
            name,
            ready: !isApart(name),
            status: isApart(name) ? "0/1 connected" : "ready",
        }));
    }

    private open(cluster: ClusterName): OpenSession {
        return (_place, _command, onText) => {
            if (this.away.has(cluster)) {
                return Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:6443"));
            }
            this.sessions += 1;
            let end: (reason: string) => void = () => undefined;
            const ended = new Promise<string>((resolve) => (end = resolve));
            void ended.then(() => (this.sessions -= 1));
            return Promise.resolve({
                write: (text) => {
                    this.batches += 1;
                    onText(this.batch(cluster, text.trim()));
                },
                close: () => end("closed"),
                ended,
            });
        };
    }

    /** What the loop in an x-wing prints for a number: requests in turn to all backends that the rule has. */
    private batch(cluster: ClusterName, number: string): string {
        const sides = sidesOf(this.config(this.requestsAs));
        const answer = whoAnswers(sides).find(({ client }) => client === cluster)!;
        const drops = dropping(answer);
        const backends = sides
            .filter((side) => [...answer.answering, ...drops].includes(side.cluster))
            .flatMap((side) => Array<string>(side.backends).fill(side.cluster));
        const lines = Array.from({ length: batchSize }, (_, i) => {
            const turn = Number(number) * batchSize + i;
            const from = backends[turn % (backends.length || 1)];
            const isAnswered = from !== undefined && !drops.includes(from);
            if (from !== undefined) {
                const index = (turn % backends.length) - backends.indexOf(from);
                const line = {
                    at: Date.now(),
                    from: clientEnd(cluster, 30_000 + (turn % 30_000)),
                    to: backendEnd(from, index),
                };
                this.note(cluster, { ...line, point: "TO_OVERLAY" });
                this.note(from, isAnswered ? line : { ...line, drop: policyDenied });
            }
            const body = `${i + 1}:{"Galaxy": "Alderaan", "Cluster": "${from?.replace("cluster", "Cluster-")}"}`;
            return isAnswered ? `${i + 1} 200 0 0.003\n${body}` : `${i + 1} 000 28 1.001`;
        });
        const all = [`#${number}`, ...lines, "control 200 0", endLine];
        return `${all.join("\n").replaceAll("\n", "\t")}\n`;
    }
}
