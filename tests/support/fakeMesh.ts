import type { V1Pod, V1Secret } from "@kubernetes/client-node";
import { ClusterName } from "../../src/config/labConfig";
import { Side, dropping, whoAnswers } from "../../src/lab/whoAnswers";
import { ClusterApi } from "../../src/mesh/kube/clusterApi";
import { LiveObject } from "../../src/mesh/kube/objects";
import { ciliumObjects, labObjects } from "./fakeObjects";
import { FakeAnswer, requestsIn, scriptOutput } from "./fakeRequests";

/** What a fake mesh does wrong, or does later. */
export interface FakeMeshOptions {
    /** Clusters that answer a client, instead of those the rule says; undefined: requests nobody answers. */
    readonly answering?: (client: string, exec: number) => readonly FakeAnswer[];
    /** Who answers a client's single request, instead of each in turn. */
    readonly each?: (client: string, exec: number, index: number) => FakeAnswer;
    /** Whether x-wing pods are ready. */
    readonly xWing?: boolean | ((cluster: string) => boolean);
    /** Nodes that x-wing pods are on; one by default. */
    readonly nodes?: readonly string[];
    /** What the script's control prints where nothing is answered. */
    readonly control?: string;
    /** Exit code of the script. */
    readonly code?: number;
    /** What the API server of a cluster says instead of answering. */
    readonly down?: (cluster: string) => string | undefined;
    /** The sides as the objects say them at each reading; as given by default. */
    readonly now?: (side: Side) => Side;
    /** Called for each exec, with the pod and the number of requests. */
    readonly onExec?: (pod: string, requests: number) => void;
    /** Objects in kube-system; those of a Cilium as the stack installed it by default. */
    readonly system?: readonly LiveObject[];
    /** A certificate of the mesh, PEM, by cluster and Secret; by default there is none. */
    readonly certificate?: (cluster: string, secret: string) => string | undefined;
}

/** API servers of a mesh that follows the rule, in turn over the backends that answer or drop. */
export function fakeMesh(
    sides: readonly Side[],
    options: FakeMeshOptions = {},
): { cluster: ClusterName; api: ClusterApi }[] {
    return sides.map((side) => ({
        cluster: side.cluster as ClusterName,
        api: fakeApi(side, sides, options),
    }));
}

function fakeApi(given: Side, sides: readonly Side[], options: FakeMeshOptions): ClusterApi {
    const { cluster } = given;
    const { nodes = ["node"], system = ciliumObjects(), now = (side: Side) => side } = options;
    const { xWing = true, down = () => undefined } = options;
    const isXWingReady = typeof xWing === "function" ? xWing(cluster) : xWing;
    const xWings = nodes.map((node, index) =>
        pod(`x-wing-${cluster}${index === 0 ? "" : `-${index}`}`, isXWingReady, node),
    );
    const refuse = () => Promise.reject(new Error("nobody changes anything here"));
    /** The answer, unless the API server is down. */
    const ask = <T>(answer: (side: Side) => T): Promise<T> => {
        const reason = down(cluster);
        return reason === undefined
            ? Promise.resolve(answer(now(given)))
            : Promise.reject(new Error(reason));
    };
    return {
        pods: (_, selector) =>
            ask((side) => (selector === "name=x-wing" ? xWings : rebelBases(side))),
        deployment: (_, name) =>
            ask(({ backends, controlPlane }) => ({
                spec: {
                    replicas: name === "rebel-base" ? backends : controlPlane === undefined ? 1 : 0,
                    selector: {},
                    template: {},
                },
            })),
        daemonSet: () => ask(() => undefined),
        service: () =>
            ask((side) => ({
                metadata: { annotations: annotationsOf(side) },
                spec: { selector: { name: "rebel-base" } },
            })),
        objects: (namespace) =>
            ask(() => (namespace === "default" ? labObjects(cluster as ClusterName) : [...system])),
        namespace: () =>
            ask(({ isNamespaceLocal }) =>
                isNamespaceLocal
                    ? { metadata: { annotations: { "clustermesh.cilium.io/global": "false" } } }
                    : {},
            ),
        secret: (_, name) => ask(() => secretWith(options.certificate?.(cluster, name))),
        networkPolicy: () => ask(({ admits }) => admits && networkPolicy(admits)),
        networkPolicies: () => ask(({ admits }) => (admits ? [networkPolicy(admits)] : [])),
        otherPolicies: () => ask(() => []),
        patch: refuse,
        create: refuse,
        remove: refuse,
        deleteSecrets: refuse,
        lastWarning: () => ask(() => undefined),
        lastLogLine: () => ask(() => undefined),
        exec: execIn(cluster, sides, options),
    };
}

/** A Secret with a certificate in both places that Cilium's chart has for one. */
function secretWith(pem: string | undefined): V1Secret | undefined {
    const text = pem && Buffer.from(pem).toString("base64");
    return text === undefined ? undefined : { data: { "ca.crt": text, "tls.crt": text } };
}

function execIn(
    client: string,
    sides: readonly Side[],
    options: FakeMeshOptions,
): ClusterApi["exec"] {
    const { answering, each, code = 0, control, onExec } = options;
    let execs = 0;
    return (_namespace, name, _container, command) => {
        const number = ++execs;
        const requests = requestsIn(command);
        onExec?.(name, requests);
        const inTurn =
            each === undefined ? (answering?.(client, number) ?? ruled(client, sides)) : [];
        const answerOf = (index: number) =>
            each === undefined ? inTurn[index % inTurn.length] : each(client, number, index);
        return Promise.resolve({
            code,
            stdout: scriptOutput(requests, answerOf, control),
            stderr: "",
        });
    };
}

/** Who answers by the rule, once for each backend that gets requests. */
function ruled(client: string, sides: readonly Side[]): FakeAnswer[] {
    const answer = whoAnswers(sides).find((one) => one.client === client)!;
    const drops = dropping(answer);
    return sides.flatMap(({ cluster, backends, ready = backends }) => {
        const isDropped = drops.includes(cluster);
        const isPicked = isDropped || answer.answering.includes(cluster);
        return Array.from({ length: isPicked ? ready : 0 }, () =>
            isDropped ? undefined : cluster,
        );
    });
}

function annotationsOf({ global, shared, affinity }: Side): Record<string, string> {
    return {
        "service.cilium.io/global": String(global),
        "service.cilium.io/shared": String(shared),
        ...(affinity === undefined ? {} : { "service.cilium.io/affinity": affinity }),
    };
}

function rebelBases({ backends, ready = backends, pods = ready }: Side): V1Pod[] {
    return Array.from({ length: pods }, (_, index) => pod(`rebel-base-${index}`, index < ready));
}

/** The ReplicaSet of a pod of the lab. */
function ownerOf(name: string): string {
    return name.startsWith("x-wing") ? "x-wing-6f" : "rebel-base-6f";
}

function pod(name: string, isReady: boolean, node?: string): V1Pod {
    return {
        metadata: {
            name,
            labels: { "pod-template-hash": "6f" },
            ownerReferences: [
                {
                    apiVersion: "",
                    controller: true,
                    kind: "ReplicaSet",
                    name: ownerOf(name),
                    uid: "",
                },
            ],
        },
        ...(node === undefined ? {} : { spec: { nodeName: node, containers: [] } }),
        status: { conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
    };
}

/** The lab's own policy, as it is when it lets in the clients of these clusters. */
function networkPolicy(admits: readonly string[]): LiveObject {
    const fromEndpoints = admits.map((cluster) => ({
        matchLabels: { name: "x-wing", "io.cilium.k8s.policy.cluster": cluster },
    }));
    const endpointSelector = { matchLabels: { name: "rebel-base" } };
    return {
        kind: "CiliumNetworkPolicy",
        spec: { endpointSelector, ingress: [{ fromEndpoints }] },
    };
}
