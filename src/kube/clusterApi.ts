import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type {
    AppsV1Api,
    CoreV1Api,
    CustomObjectsApi,
    Exec,
    KubernetesObject,
    V1DaemonSet,
    V1Deployment,
    V1Pod,
    V1Service,
    V1Status,
} from "@kubernetes/client-node";
import { answerWithinMs, client, clientConfiguration, parseKubeconfig } from "./client";
import { objectKinds } from "./objectKinds";

/** What a command in a pod left behind. */
export interface ExecResult {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/** An object as it is, with its kind, which a list of the API server leaves out. */
export interface LiveObject extends KubernetesObject {
    readonly kind: string;
    readonly [key: string]: unknown;
}

/** What the lab asks of a cluster's API server; tests hand in their own. */
export interface ClusterApi {
    readonly pods: (namespace: string, labelSelector: string) => Promise<V1Pod[]>;
    readonly deployment: (namespace: string, name: string) => Promise<V1Deployment | undefined>;
    readonly daemonSet: (namespace: string, name: string) => Promise<V1DaemonSet | undefined>;
    readonly service: (namespace: string, name: string) => Promise<V1Service | undefined>;
    /** A CiliumNetworkPolicy; undefined also where Cilium has not registered the kind. */
    readonly networkPolicy: (namespace: string, name: string) => Promise<LiveObject | undefined>;
    readonly deleteNetworkPolicy: (namespace: string, name: string) => Promise<void>;
    /** Every object in a namespace that is of one of `objectKinds`. */
    readonly objects: (namespace: string) => Promise<LiveObject[]>;
    /** Takes annotations off a Service. */
    readonly removeAnnotations: (
        namespace: string,
        service: string,
        keys: readonly string[],
    ) => Promise<void>;
    /** Deletes the Secrets that a label selector matches. */
    readonly deleteSecrets: (namespace: string, labelSelector: string) => Promise<void>;
    /** Last warning event about a pod, if there is one. */
    readonly lastWarning: (namespace: string, pod: string) => Promise<string | undefined>;
    /** Last line a container logged, in its previous life if it restarts; undefined if there is none. */
    readonly lastLogLine: (
        namespace: string,
        pod: string,
        container: string,
    ) => Promise<string | undefined>;
    /** Runs a command in a pod. Rejects if it cannot be started. */
    readonly exec: (
        namespace: string,
        pod: string,
        container: string,
        command: readonly string[],
    ) => Promise<ExecResult>;
}

/** Longest time a command in a pod may take. */
const execWithinMs = 60_000;

/** Connects to the API server of a kubeconfig's current context. Nothing is sent before the first question. */
export function connect(kubeconfig: string): ClusterApi {
    let opened: Promise<Clients> | undefined;
    const clients = () => (opened ??= open(kubeconfig));
    return {
        pods: async (namespace, labelSelector) => {
            const { core } = await clients();
            return (await inTime(core.listNamespacedPod({ namespace, labelSelector }))).items;
        },
        deployment: async (namespace, name) => {
            const { apps } = await clients();
            return orUndefined(apps.readNamespacedDeployment({ namespace, name }));
        },
        daemonSet: async (namespace, name) => {
            const { apps } = await clients();
            return orUndefined(apps.readNamespacedDaemonSet({ namespace, name }));
        },
        service: async (namespace, name) => {
            const { core } = await clients();
            return orUndefined(core.readNamespacedService({ namespace, name }));
        },
        networkPolicy: async (namespace, name) => {
            const { custom } = await clients();
            const policy: unknown = await orUndefined(
                custom.getNamespacedCustomObject({ ...policyKind, namespace, name }),
            );
            return policy as LiveObject | undefined;
        },
        deleteNetworkPolicy: async (namespace, name) => {
            const { custom } = await clients();
            await inTime(custom.deleteNamespacedCustomObject({ ...policyKind, namespace, name }));
        },
        objects: async (namespace) => {
            const { core, apps, custom } = await clients();
            const lists = await Promise.all([
                inTime(core.listNamespacedConfigMap({ namespace })),
                inTime(apps.listNamespacedDaemonSet({ namespace })),
                inTime(apps.listNamespacedDeployment({ namespace })),
                inTime(core.listNamespacedSecret({ namespace })),
                inTime(core.listNamespacedService({ namespace })),
                networkPolicies(custom, namespace),
            ]);
            return lists.flatMap(({ items }, index) =>
                items.map((item) => ({ ...item, kind: objectKinds[index]! })),
            );
        },
        removeAnnotations: async (namespace, name, keys) => {
            const { core } = await clients();
            const body = keys.map((key) => ({
                op: "remove",
                path: `/metadata/annotations/${key.replaceAll("/", "~1")}`,
            }));
            await inTime(core.patchNamespacedService({ namespace, name, body }));
        },
        deleteSecrets: async (namespace, labelSelector) => {
            const { core } = await clients();
            await inTime(core.deleteCollectionNamespacedSecret({ namespace, labelSelector }));
        },
        lastWarning: async (namespace, pod) => {
            const { core } = await clients();
            const fieldSelector = `involvedObject.name=${pod},type=Warning`;
            const { items } = await inTime(core.listNamespacedEvent({ namespace, fieldSelector }));
            return items
                .sort((a, b) => Number(a.lastTimestamp ?? 0) - Number(b.lastTimestamp ?? 0))
                .pop()?.message;
        },
        lastLogLine: async (namespace, pod, container) => {
            const { core } = await clients();
            for (const previous of [true, false]) {
                const log = await inTime(
                    core.readNamespacedPodLog({
                        namespace,
                        name: pod,
                        container,
                        previous,
                        tailLines: 1,
                    }),
                ).catch(() => "");
                if (log.trim() !== "") {
                    return log.trim();
                }
            }
            return undefined;
        },
        exec: async (namespace, pod, container, command) => {
            const { exec } = await clients();
            return execInPod(exec, namespace, pod, container, command);
        },
    };
}

/** The parts of the Kubernetes client that the lab needs. */
interface Clients {
    readonly core: CoreV1Api;
    readonly apps: AppsV1Api;
    readonly custom: CustomObjectsApi;
    readonly exec: Exec;
}

async function open(kubeconfig: string): Promise<Clients> {
    const { AppsV1Api, CoreV1Api, CustomObjectsApi, Exec } = await client();
    const config = await parseKubeconfig(kubeconfig);
    const api = await clientConfiguration(config);
    return {
        core: new CoreV1Api(api),
        apps: new AppsV1Api(api),
        custom: new CustomObjectsApi(api),
        exec: new Exec(config),
    };
}

/** Where the API server has CiliumNetworkPolicies. */
const policyKind = { group: "cilium.io", version: "v2", plural: "ciliumnetworkpolicies" };

async function networkPolicies(
    custom: CustomObjectsApi,
    namespace: string,
): Promise<{ readonly items: LiveObject[] }> {
    const list: unknown = await orUndefined(
        custom.listNamespacedCustomObject({ ...policyKind, namespace }),
    );
    return (list as { items: LiveObject[] } | undefined) ?? { items: [] };
}

/** The answer, or a rejection if it takes too long. */
export async function inTime<T>(answer: Promise<T>): Promise<T> {
    const patience = new AbortController();
    const late = sleep(answerWithinMs, undefined, { signal: patience.signal }).then(() => {
        throw new Error(`no answer within ${answerWithinMs / 1000} s`);
    });
    try {
        return await Promise.race([answer, late]);
    } catch (error) {
        throw inOneSentence(error);
    } finally {
        patience.abort();
        late.catch(() => undefined);
    }
}

/** The client's own message has a line for every part of the answer. */
function inOneSentence(error: unknown): unknown {
    const { code, body } = error as { readonly code?: unknown; readonly body?: unknown };
    if (typeof code !== "number") {
        return error;
    }
    const text = typeof body === "string" ? body : JSON.stringify(body ?? "");
    const reason = /"message":"((?:[^"\\]|\\.)+)"/.exec(text)?.[1] ?? "no reason";
    return Object.assign(new Error(`the API server answers ${reason} (HTTP ${code})`), { code });
}

/** The object, or undefined where the API server says that there is none. */
async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await inTime(answer);
    } catch (error) {
        if ((error as { code?: number }).code === 404) {
            return undefined;
        }
        throw error;
    }
}

function execInPod(
    exec: Exec,
    namespace: string,
    pod: string,
    container: string,
    command: readonly string[],
): Promise<ExecResult> {
    return new Promise((resolve, reject) => {
        const stdout = collector();
        const stderr = collector();
        const timer = setTimeout(
            () => reject(new Error(`${command[0]} in ${pod} took over ${execWithinMs / 1000} s`)),
            execWithinMs,
        );
        const done = (status: V1Status) => {
            clearTimeout(timer);
            resolve({ code: exitCode(status), stdout: stdout.text(), stderr: stderr.text() });
        };
        exec.exec(
            namespace,
            pod,
            container,
            [...command],
            stdout.stream,
            stderr.stream,
            null,
            false,
            done,
        ).then(
            (socket: { onclose: unknown }) => {
                socket.onclose = () => {
                    clearTimeout(timer);
                    reject(new Error(`the connection to ${pod} was closed`));
                };
            },
            (error: unknown) => {
                clearTimeout(timer);
                reject(error instanceof Error ? error : new Error(`exec in ${pod} failed`));
            },
        );
    });
}

function exitCode(status: V1Status): number {
    if (status.status === "Success") {
        return 0;
    }
    const cause = status.details?.causes?.find(({ reason }) => reason === "ExitCode");
    return Number(cause?.message ?? 1);
}

function collector(): { readonly stream: Writable; readonly text: () => string } {
    const chunks: Buffer[] = [];
    const stream = new Writable({
        write(chunk: Buffer, _encoding, callback) {
            chunks.push(Buffer.from(chunk));
            callback();
        },
    });
    return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}
