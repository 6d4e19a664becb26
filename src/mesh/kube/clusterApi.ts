import type {
    CoreV1Event,
    V1DaemonSet,
    V1Deployment,
    V1Namespace,
    V1Pod,
    V1Secret,
    V1Service,
} from "@kubernetes/client-node";
import {
    client,
    clientConfiguration,
    inTime,
    openExecs,
    orUndefined,
    parseKubeconfig,
} from "./client";
import { execInPod, ExecResult } from "./exec";
import {
    Clients,
    LiveObject,
    ObjectPlace,
    PatchOperation,
    clusterwideKind,
    clusterwidePolicies,
    createObject,
    networkPolicies,
    objectKinds,
    patchObject,
    policyKind,
    removeObject,
} from "./objects";

/** A warning event. */
export interface Warning {
    readonly message: string;
    /** When it was last seen, in milliseconds since the epoch. */
    readonly at: number;
}

/** The newest of some events. What Kubernetes' newer programs report has `eventTime` alone, and a series of its own. */
export function lastOf(events: readonly CoreV1Event[]): Warning | undefined {
    return events
        .map(({ message = "", series, lastTimestamp, eventTime, metadata }) => ({
            message,
            at: Math.max(
                ...[series?.lastObservedTime, lastTimestamp, eventTime, metadata?.creationTimestamp]
                    .map((time) => Number(time ?? 0))
                    .filter(Number.isFinite),
            ),
        }))
        .sort((a, b) => a.at - b.at)
        .pop();
}

/** What the lab asks of a cluster's API server; tests hand in their own. */
export interface ClusterApi {
    readonly pods: (namespace: string, labelSelector: string) => Promise<V1Pod[]>;
    readonly deployment: (namespace: string, name: string) => Promise<V1Deployment | undefined>;
    readonly daemonSet: (namespace: string, name: string) => Promise<V1DaemonSet | undefined>;
    readonly service: (namespace: string, name: string) => Promise<V1Service | undefined>;
    readonly namespace: (name: string) => Promise<V1Namespace | undefined>;
    readonly secret: (namespace: string, name: string) => Promise<V1Secret | undefined>;
    /** A CiliumNetworkPolicy; undefined also where Cilium has not registered the kind. */
    readonly networkPolicy: (namespace: string, name: string) => Promise<LiveObject | undefined>;
    /** All CiliumNetworkPolicies of a namespace; none where Cilium has not registered the kind. */
    readonly networkPolicies: (namespace: string) => Promise<LiveObject[]>;
    /** Every object in a namespace that is of one of `objectKinds`. */
    readonly objects: (namespace: string) => Promise<LiveObject[]>;
    /** Changes one of the lab's objects by a JSON patch. */
    readonly patch: (object: ObjectPlace, operations: readonly PatchOperation[]) => Promise<void>;
    /** Creates one of the lab's network policies. */
    readonly create: (namespace: string, object: { readonly kind: string }) => Promise<void>;
    /** Deletes one of the lab's objects, a Pod without grace; one that is gone is fine. */
    readonly remove: (object: ObjectPlace) => Promise<void>;
    /** Network policies that hold for a namespace and are not of one of `objectKinds`. */
    readonly otherPolicies: (namespace: string) => Promise<LiveObject[]>;
    /** Deletes the Secrets that a label selector matches. */
    readonly deleteSecrets: (namespace: string, labelSelector: string) => Promise<void>;
    /** Last warning event about a pod, if there is one. */
    readonly lastWarning: (namespace: string, pod: string) => Promise<Warning | undefined>;
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

/** Connects to the API server of a kubeconfig's current context. Nothing is sent before the first question. */
export function connect(kubeconfig: string): ClusterApi {
    let opened: Promise<Clients> | undefined;
    const clients = () => (opened ??= open(kubeconfig));
    return {
        ...objectReads(clients),
        ...objectLists(clients),
        ...changes(clients),
        ...ofPods(clients),
    };
}

/** How long a client is kept, in milliseconds: what a kubeconfig's files or programs give may be renewed meanwhile. */
const keptMs = 300_000;

/**
 * {@link connect} for who asks again and again: as long as a kubeconfig stays the same, so do its connections, for five
 * minutes. A new client each time would make new ones, and leave the old ones open for a while.
 */
export function connectOnce(
    now: () => number = () => performance.now(),
    connectTo: typeof connect = connect,
): typeof connect {
    const connected = new Map<string, { readonly api: ClusterApi; readonly since: number }>();
    return (kubeconfig) => {
        for (const [old, { since }] of connected) {
            if (now() - since >= keptMs) {
                connected.delete(old);
            }
        }
        const kept = connected.get(kubeconfig) ?? { api: connectTo(kubeconfig), since: now() };
        connected.set(kubeconfig, kept);
        return kept.api;
    };
}

type Opened = () => Promise<Clients>;

function objectReads(clients: Opened) {
    return {
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
        namespace: async (name) => {
            const { core } = await clients();
            return orUndefined(core.readNamespace({ name }));
        },
        secret: async (namespace, name) => {
            const { core } = await clients();
            return orUndefined(core.readNamespacedSecret({ namespace, name }));
        },
        networkPolicy: async (namespace, name) => {
            const { custom } = await clients();
            const policy: unknown = await orUndefined(
                custom.getNamespacedCustomObject({ ...policyKind, namespace, name }),
            );
            return policy as LiveObject | undefined;
        },
    } satisfies Partial<ClusterApi>;
}

function objectLists(clients: Opened) {
    return {
        networkPolicies: async (namespace) => {
            const { custom } = await clients();
            const { items } = await networkPolicies(custom, namespace);
            return items.map((item) => ({ ...item, kind: "CiliumNetworkPolicy" }));
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
        otherPolicies: async (namespace) => {
            const { networking, custom } = await clients();
            const [ofNamespace, ofCluster] = await Promise.all([
                inTime(networking.listNamespacedNetworkPolicy({ namespace })),
                clusterwidePolicies(custom),
            ]);
            return [
                ...ofNamespace.items.map((item) => ({ ...item, kind: "NetworkPolicy" })),
                ...ofCluster.items.map((item) => ({ ...item, kind: clusterwideKind })),
            ];
        },
    } satisfies Partial<ClusterApi>;
}

function changes(clients: Opened) {
    return {
        patch: async (object, operations) => {
            await patchObject(await clients(), object, [...operations]);
        },
        create: async (namespace, object) => {
            await createObject(await clients(), namespace, object);
        },
        remove: async (object) => {
            await orUndefined(removeObject(await clients(), object));
        },
        deleteSecrets: async (namespace, labelSelector) => {
            const { core } = await clients();
            await inTime(core.deleteCollectionNamespacedSecret({ namespace, labelSelector }));
        },
    } satisfies Partial<ClusterApi>;
}

/** Most bytes of a log's last line that are read; a pod may never end one. */
const mostLogBytes = 64 * 2 ** 10;

function ofPods(clients: Opened) {
    return {
        pods: async (namespace, labelSelector) => {
            const { core } = await clients();
            return (await inTime(core.listNamespacedPod({ namespace, labelSelector }))).items;
        },
        lastWarning: async (namespace, pod) => {
            const { core } = await clients();
            const fieldSelector = `involvedObject.name=${pod},type=Warning`;
            const { items } = await inTime(core.listNamespacedEvent({ namespace, fieldSelector }));
            return lastOf(items);
        },
        lastLogLine: async (namespace, pod, container) => {
            const { core } = await clients();
            for (const previous of [true, false]) {
                const log = await inTime(
                    core.readNamespacedPodLog({
                        ...{ namespace, name: pod, container },
                        ...{ previous, tailLines: 1, limitBytes: mostLogBytes },
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
    } satisfies Partial<ClusterApi>;
}

async function open(kubeconfig: string): Promise<Clients> {
    const { AppsV1Api, CoreV1Api, CustomObjectsApi, NetworkingV1Api } = await client();
    const config = await parseKubeconfig(kubeconfig);
    const api = await clientConfiguration(config);
    return {
        core: new CoreV1Api(api),
        apps: new AppsV1Api(api),
        custom: new CustomObjectsApi(api),
        networking: new NetworkingV1Api(api),
        exec: await openExecs(config),
    };
}
