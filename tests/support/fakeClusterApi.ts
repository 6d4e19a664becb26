import type {
    V1ContainerStatus,
    V1DaemonSet,
    V1Deployment,
    V1Pod,
    V1Service,
} from "@kubernetes/client-node";
import { ClusterApi } from "../../src/mesh/kube/clusterApi";
import { ExecResult } from "../../src/mesh/kube/exec";
import { isReady } from "../../src/proof/readiness/podTrouble";

/** A running pod that is ready, changed. */
export function pod(
    name: string,
    {
        namespace = "default",
        labels = {},
        ready = true,
        statuses = [],
        more = {},
    }: {
        namespace?: string;
        labels?: Record<string, string>;
        ready?: boolean;
        /** Of its containers. */
        statuses?: V1ContainerStatus[];
        /** The rest of the pod's status. */
        more?: V1Pod["status"];
    } = {},
): V1Pod {
    return {
        metadata: { name, namespace, labels },
        status: {
            phase: ready ? "Running" : "Pending",
            conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
            containerStatuses: statuses,
            ...more,
        },
    };
}

/** Status of a container, in a state. */
export function container(
    name: string,
    state: V1ContainerStatus["state"],
    { restartCount = 0, ready = false } = {},
): V1ContainerStatus {
    return { name, state, restartCount, ready, image: "i", imageID: "" };
}

/** Status of a container that waits for a reason. */
export function waiting(name: string, reason: string, message?: string): V1ContainerStatus {
    return container(name, { waiting: { reason, message } });
}

/** What there is in a cluster. */
export interface Content {
    readonly pods: readonly V1Pod[];
    /** Wanted replicas by Deployment; one that is not named is not there. */
    readonly replicas: Readonly<Record<string, number>>;
    /** Nodes that Cilium's DaemonSet wants an agent on; undefined where there is no DaemonSet. */
    readonly nodes: number | undefined;
    /** Names of pods that are not of their workload's newest template. */
    readonly outdated: readonly string[];
    /** What the agent answers to `cilium-dbg status`: its peers, or an answer of its own. */
    readonly peers: readonly object[] | ExecResult;
    /** Last log line by pod/container. */
    readonly logs: Readonly<Record<string, string>>;
    /** Last warning by pod. */
    readonly warnings: Readonly<Record<string, string>>;
}

/** The pods of a cluster that is ready. */
export function readyPods(): V1Pod[] {
    const system = (name: string, key: string, value: string) =>
        pod(name, { namespace: "kube-system", labels: { [key]: value } });
    const lab = (name: string, app: string) => pod(name, { labels: { name: app } });
    return [
        system("cilium-7xk2p", "k8s-app", "cilium"),
        system("cilium-operator-0", "io.cilium/app", "operator"),
        system("clustermesh-apiserver-0", "k8s-app", "clustermesh-apiserver"),
        system("coredns-0", "k8s-app", "kube-dns"),
        system("coredns-1", "k8s-app", "kube-dns"),
        lab("rebel-base-0", "rebel-base"),
        lab("rebel-base-1", "rebel-base"),
        lab("x-wing-0", "x-wing"),
        lab("x-wing-1", "x-wing"),
    ];
}

/** What the Deployments of a cluster that is ready want. */
export const readyReplicas = {
    "cilium-operator": 1,
    "clustermesh-apiserver": 1,
    coredns: 2,
    "rebel-base": 2,
    "x-wing": 2,
};

/** Where each workload is, and the label of its pods. */
const workloads: Readonly<Record<string, readonly [namespace: string, selector: string]>> = {
    cilium: ["kube-system", "k8s-app=cilium"],
    "cilium-operator": ["kube-system", "io.cilium/app=operator"],
    "clustermesh-apiserver": ["kube-system", "k8s-app=clustermesh-apiserver"],
    coredns: ["kube-system", "k8s-app=kube-dns"],
    "rebel-base": ["default", "name=rebel-base"],
    "x-wing": ["default", "name=x-wing"],
};

/** A peer that the agent is connected to. */
export const connected = { name: "cluster2", ready: true, status: "ready" };

/** A cluster that is ready and meshed with cluster2, changed. */
export function content(changes: Partial<Content> = {}): Content {
    return {
        pods: readyPods(),
        replicas: readyReplicas,
        nodes: 1,
        outdated: [],
        peers: [connected],
        logs: {},
        warnings: {},
        ...changes,
    };
}

/** The ready pods with one of them, by name, put in its place. */
export function podsWith(replacement: V1Pod): V1Pod[] {
    return readyPods().map((one) =>
        one.metadata!.name === replacement.metadata!.name
            ? { ...replacement, metadata: one.metadata }
            : one,
    );
}

/** When every warning here was seen, in milliseconds since the epoch. */
export const warnedAt = 1_000_000;

export interface FakeClusterApi extends ClusterApi {
    /** The commands that were run in pods: namespace, pod, container, command. */
    readonly executed: readonly (readonly string[])[];
}

/** The pods in a namespace with a label. */
function selected({ pods }: Content, namespace: string, selector: string): V1Pod[] {
    const [key = "", value] = selector.split("=");
    return pods.filter(
        ({ metadata }) => metadata!.namespace === namespace && metadata!.labels![key] === value,
    );
}

/** A workload's pods as its controller counts them: without those that end and those that failed. */
function counted(there: Content, namespace: string, name: string) {
    const [where, selector] = workloads[name] ?? ["", ""];
    const pods = (where === namespace ? selected(there, namespace, selector) : []).filter(
        ({ metadata, status }) =>
            metadata!.deletionTimestamp === undefined && status!.phase !== "Failed",
    );
    return {
        isThere: where === namespace,
        all: pods.length,
        updated: pods.filter(({ metadata }) => !there.outdated.includes(metadata!.name!)).length,
        available: pods.filter(isReady).length,
    };
}

/**
 * An API server with that content.
 *
 * @param now What is there at each question; throws where the API server is down.
 */
export function fakeClusterApi(now: () => Content): FakeClusterApi {
    const executed: string[][] = [];
    const ask = <T>(answer: (there: Content) => T): Promise<T> =>
        new Promise((resolve) => resolve(answer(now())));
    return {
        executed,
        service: (): Promise<V1Service> => Promise.reject(new Error("nobody asks for Services")),
        namespace: () => Promise.resolve({}),
        secret: () => Promise.reject(new Error("nobody asks for Secrets")),
        networkPolicy: () => Promise.reject(new Error("nobody asks for policies")),
        networkPolicies: () => Promise.reject(new Error("nobody asks for policies")),
        objects: () => Promise.reject(new Error("nobody asks for all objects")),
        otherPolicies: () => Promise.resolve([]),
        patch: () => Promise.reject(new Error("nobody changes anything here")),
        create: () => Promise.reject(new Error("nobody changes anything here")),
        remove: () => Promise.reject(new Error("nobody changes anything here")),
        deleteSecrets: () => Promise.reject(new Error("nobody changes anything here")),
        pods: (namespace, selector) => ask((there) => selected(there, namespace, selector)),
        deployment: (namespace, name) =>
            ask((there) => {
                const { isThere, all, updated, available } = counted(there, namespace, name);
                return isThere && name in there.replicas
                    ? ({
                          metadata: { generation: 1 },
                          spec: { replicas: there.replicas[name] },
                          status: {
                              observedGeneration: 1,
                              replicas: all,
                              updatedReplicas: updated,
                              availableReplicas: available,
                          },
                      } as V1Deployment)
                    : undefined;
            }),
        daemonSet: (namespace, name) =>
            ask((there) => {
                const { isThere, updated, available } = counted(there, namespace, name);
                return isThere && name === "cilium" && there.nodes !== undefined
                    ? ({
                          metadata: { generation: 1 },
                          status: {
                              observedGeneration: 1,
                              desiredNumberScheduled: there.nodes,
                              updatedNumberScheduled: updated,
                              numberAvailable: available,
                          },
                      } as V1DaemonSet)
                    : undefined;
            }),
        lastWarning: (_, name) =>
            ask(({ warnings }) => {
                const message = warnings[name];
                return message === undefined ? undefined : { message, at: warnedAt };
            }),
        lastLogLine: (_, name, inside) => ask(({ logs }) => logs[`${name}/${inside}`]),
        exec: (namespace, name, inside, command) => {
            executed.push([namespace, name, inside, ...command]);
            return ask(({ peers }) =>
                "code" in peers
                    ? peers
                    : {
                          code: 0,
                          stdout: JSON.stringify({ "cluster-mesh": { clusters: peers } }),
                          stderr: "",
                      },
            );
        },
    };
}
