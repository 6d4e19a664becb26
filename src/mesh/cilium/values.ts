import * as net from "node:net";
import { durationSeconds } from "../../config/duration";
import { CiliumConfig } from "../../config/labConfig";
import { isMapping } from "../../config/mapping";
import { shortHash } from "../../machine/names";
import { hubbleValues } from "./hubble";

/** One cluster as the mesh sees it. */
export interface MeshMember {
    /** Cilium's `cluster.name`. */
    readonly name: string;
    /** Cilium's `cluster.id`, 1 to 255, unique in the mesh. */
    readonly id: number;
    /** Host that the other clusters call; in kind the name of its node's container. */
    readonly address: string;
    /** Port that they call there; {@link apiserverPort} of its id by default. */
    readonly port?: number;
    /** A load balancer of its own is before clustermesh-apiserver, so that it needs no NodePort. */
    readonly isBalanced?: boolean;
    /** What the chart needs in this cluster, if it is not one of the lab's own. */
    readonly values?: Values;
}

/** The mesh's certificate authority, PEM in base64. */
export interface AuthorityPem {
    readonly cert: string;
    readonly key: string;
}

/** Helm values; plain data. */
export type Values = Record<string, unknown>;

/**
 * NodePort of a member's clustermesh-apiserver: different in each cluster, because with the same one Cilium
 * 1.18 with kube-proxy replacement dials its own (https://github.com/cilium/cilium/issues/24692).
 */
export function apiserverPort(id: number): number {
    return 32378 + id;
}

/**
 * Helm values that put a cluster into the mesh at its first install: no connect step, and no cluster waits
 * for another. Same list of peers everywhere (Cilium ignores the own entry), one CA, peers by the name of
 * their node's container, which Docker's DNS resolves and a new IP address does not break. Only agent,
 * operator and clustermesh-apiserver run. The list form of `clustermesh.config.clusters` works from 1.18
 * to 1.21.
 *
 * @see https://docs.cilium.io/en/stable/network/clustermesh/setup/
 */
export function ciliumValues(
    member: MeshMember,
    mesh: readonly MeshMember[],
    authority: AuthorityPem,
    config: CiliumConfig,
): Values {
    const { images } = config;
    const podAnnotations = {
        // etcd and the agents read their CA once, so a new one has to come with new pods.
        "cilium-global-services/ca": shortHash(authority.cert),
        ...clustersAnnotation(mesh),
    };
    const base: Values = {
        cluster: { name: member.name, id: member.id },
        // Values that only change the ConfigMap reach running pods, too.
        rollOutCiliumPods: true,
        podAnnotations,
        operator: { replicas: 1, rollOutPods: true, ...imageOverride(images.operator) },
        hubble: hubbleValues(config),
        // No L7 proxy, no Envoy: the lab has no L7 policy, and it saves an image.
        l7Proxy: false,
        envoy: { enabled: false },
        tls: { ca: authority },
        clustermesh: {
            useAPIServer: true,
            // Left out where it changes nothing: charts before 1.19 do not know it.
            ...(durationSeconds(config.cacheTtl) === 0 ? {} : { cacheTTL: config.cacheTtl }),
            apiserver: {
                podAnnotations:
                    member.values === undefined
                        ? podAnnotations
                        : // Where the address may change, a new one comes with new pods: it is in their certificate.
                          { ...podAnnotations, "cilium-global-services/address": member.address },
                service: apiserverService(member),
                readinessProbe,
                kvstoremesh: { extraArgs: [peerPatience], readinessProbe },
                tls: certificates(member.address),
                ...imageOverride(images.clusterMeshApiserver),
            },
            config: {
                enabled: true,
                clusters: mesh.map(({ name, id, address, port = apiserverPort(id) }) => ({
                    name,
                    address,
                    port,
                })),
            },
        },
        ...imageOverride(images.agent),
    };
    return mergeValues(mergeValues(base, member.values ?? kindValues), config.values);
}

/** Days that the mesh's certificates last: what charts had as their default before 1.20, which has 365. */
const certificateDays = 1095;

/**
 * The certificates of a clustermesh-apiserver, with the name by which its peers call it. From 1.20 on that name is
 * read below `auto`, and the place before is deprecated.
 */
function certificates(address: string): Values {
    const server = net.isIPv4(address)
        ? { extraIpAddresses: [address] }
        : { extraDnsNames: [address] };
    const auto = { enabled: true, method: "helm", certValidityDuration: certificateDays, server };
    return { auto, server };
}

/** A port that a node has for Services is the Service's own; behind any other is something of the user's. */
function apiserverService({ id, port, isBalanced }: MeshMember): Values {
    if (isBalanced) {
        return { type: "ClusterIP" };
    }
    const isNodePort = port !== undefined && port >= 30000 && port <= 32767;
    return { type: "NodePort", nodePort: isNodePort ? port : apiserverPort(id) };
}

/**
 * New pods where a mesh gets another size. Running ones would notice, but late: kubelet brings a changed Secret after
 * up to 90 s, and kvstoremesh takes a cluster that has gone back only after a grace of three minutes
 * (`pkg/clustermesh/kvstoremesh/remote_cluster.go`). A mesh of two needs none, its peers never change.
 */
function clustersAnnotation(mesh: readonly MeshMember[]): Record<string, string> {
    return mesh.length > 2
        ? { "cilium-global-services/clusters": mesh.map(({ name }) => name).join(",") }
        : {};
}

/**
 * Entries of the agent's tables of connections, services and policy counters. Its own choice for connections follows
 * the machine's memory and is never below 131072 for TCP, for the others it is 65536, and the kernel sets all of
 * them aside at once (`pkg/option/config.go`, `calculateDynamicBPFMapSizes`; `pkg/loadbalancer/maps`). The lab has
 * a dozen services and no policy, and its clients open some hundred connections at a time; a full table of
 * connections drops its oldest entry. NAT may have two thirds of both connection tables at most.
 */
const tableSizes = {
    ctTcpMax: 16384,
    ctAnyMax: 8192,
    natMax: 16384,
    neighMax: 16384,
    lbMapMax: 4096,
    policyStatsMapMax: 4096,
};

/** Ten seconds, Kubernetes' default, is long for a mesh that waits for it; as patient as that with a busy pod. */
const readinessProbe = { periodSeconds: 1, failureThreshold: 30 };

/**
 * How long kvstoremesh stays unready for a peer that does not answer. In a new mesh nobody answers before being ready,
 * so all of them would wait out the default of 15 s (https://github.com/cilium/cilium/pull/30361).
 */
const peerPatience = "--per-cluster-ready-timeout=1s";

/** What the chart needs in a cluster that has nothing but the lab. */
export const labValues: Values = {
    // The chart's default, cluster-pool, gives every cluster the same pod range.
    ipam: { mode: "kubernetes" },
    bpf: tableSizes,
};

/**
 * The same in one of the lab's own kind clusters, whose only node has the API server. Through its Service, an agent
 * that starts before kube-proxy waits for 35 s.
 */
const kindValues: Values = { ...labValues, k8sServiceHost: "127.0.0.1", k8sServicePort: 6443 };

/** Helm's own merge: objects key by key, anything else (lists too) is replaced. */
export function mergeValues(base: Values, over: Readonly<Values>): Values {
    const merged: Values = { ...base };
    for (const [key, value] of Object.entries(over)) {
        const under = merged[key];
        merged[key] = isMapping(under) && isMapping(value) ? mergeValues(under, value) : value;
    }
    return merged;
}

/** Values that put an image in the place of the chart's; none where it is empty. */
export function imageOverride(image: string): Values {
    return image === "" ? {} : { image: { override: image, pullPolicy: "IfNotPresent" } };
}
