import type { V1Pod } from "@kubernetes/client-node";
import { ClusterName } from "../../src/config/labConfig";
import { Side, dropping, whoAnswers } from "../../src/lab/whoAnswers";
import { ClusterApi, LiveObject } from "../../src/mesh/kube/clusterApi";
import { ciliumObjects, labObjects } from "./fakeObjects";

/** What a fake mesh does wrong, or does later. */
export interface FakeMeshOptions {
    /** Clusters that answer a client, instead of those the rule says; undefined: requests nobody answers. */
    readonly answering?: (client: string, round: number) => readonly (string | undefined)[];
    /** Whether x-wing pods are ready. */
    readonly xWing?: boolean;
    /** Objects in kube-system; those of a Cilium as the stack installed it by default. */
    readonly system?: readonly LiveObject[];
}

/** API servers of a mesh that follows the rule, round-robin over the clusters that answer or drop. */
export function fakeMesh(
    sides: readonly Side[],
    options: FakeMeshOptions = {},
): { cluster: ClusterName; api: ClusterApi }[] {
    return sides.map((side) => ({
        cluster: side.cluster as ClusterName,
        api: fakeApi(side, sides, options),
    }));
}

function fakeApi(
    side: Side,
    sides: readonly Side[],
    { answering, xWing = true, system = ciliumObjects() }: FakeMeshOptions,
): ClusterApi {
    let round = 0;
    const annotations = {
        "service.cilium.io/global": String(side.global),
        "service.cilium.io/shared": String(side.shared),
        ...(side.affinity === undefined ? {} : { "service.cilium.io/affinity": side.affinity }),
    };
    const policy = side.admits && networkPolicy(side.admits);
    const pod: V1Pod = {
        metadata: { name: `x-wing-${side.cluster}` },
        status: { conditions: [{ type: "Ready", status: xWing ? "True" : "False" }] },
    };
    return {
        pods: () => Promise.resolve([pod]),
        deployment: () =>
            Promise.resolve({
                spec: { replicas: side.backends, selector: {}, template: {} },
            }),
        daemonSet: () => Promise.resolve(undefined),
        service: () => Promise.resolve({ metadata: { annotations } }),
        objects: (namespace) =>
            Promise.resolve(
                namespace === "default" ? labObjects(side.cluster as ClusterName) : [...system],
            ),
        removeAnnotations: () => Promise.reject(new Error("nobody changes anything here")),
        networkPolicy: () => Promise.resolve(policy),
        deleteNetworkPolicy: () => Promise.reject(new Error("nobody changes anything here")),
        deleteSecrets: () => Promise.reject(new Error("nobody changes anything here")),
        lastWarning: () => Promise.resolve(undefined),
        lastLogLine: () => Promise.resolve(undefined),
        exec: (_namespace, _pod, _container, command) => {
            round++;
            const ruled = whoAnswers(sides, "1.19.6").find(
                ({ client }) => client === side.cluster,
            )!;
            const dropped = dropping(ruled).map(() => undefined);
            const clusters = answering?.(side.cluster, round) ?? [...ruled.answering, ...dropped];
            const requests = Number(/\[1-(\d+)\]/.exec(command.join(" "))?.[1]);
            return Promise.resolve({ code: 0, stdout: output(clusters, requests), stderr: "" });
        },
    };
}

/** The lab's own policy, as it is when it lets in the clients of these clusters. */
function networkPolicy(admits: readonly string[]): LiveObject {
    const fromEndpoints = admits.map((cluster) => ({
        matchLabels: { name: "x-wing", "io.cilium.k8s.policy.cluster": cluster },
    }));
    return { kind: "CiliumNetworkPolicy", spec: { ingress: [{ fromEndpoints }] } };
}

function output(clusters: readonly (string | undefined)[], requests: number): string {
    const lines = Array.from({ length: requests }, (_, index) => {
        const cluster = clusters[index % clusters.length];
        const number = index + 1;
        return cluster === undefined
            ? [`${number} 000 1.001`]
            : [
                  `${number} 200 0.004`,
                  `${number}:{"Galaxy": "Alderaan", "Cluster": "${cluster.replace("cluster", "Cluster-")}"}`,
              ];
    });
    return `${lines.flat().join("\n")}\n`;
}
