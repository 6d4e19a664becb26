import * as net from "node:net";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { KubernetesCluster, inCluster } from "../kube/kubernetesCluster";
import { Values } from "./values";

const namespace = "kube-system";

/** Name of the LoadBalancer Service that lets the other clusters in. */
export const loadBalancerName = "clustermesh-apiserver-loadbalancer";

/** Port of clustermesh-apiserver's etcd, and of the load balancer before it. */
export const etcdPort = 2379;

/** Name of the Service by which a cluster calls a peer that is behind a load balancer. */
export function peerServiceName(peer: string): string {
    return `clustermesh-${peer}`;
}

/**
 * Name under which every cluster calls a peer that is behind a load balancer. It is known before there is an
 * address, so no Helm release waits for another cluster's, and a new address needs no new certificate.
 */
export function peerHost(peer: string): string {
    return `${peerServiceName(peer)}.${namespace}.svc`;
}

/** A load balancer's address as a cloud gives it: an IP, or a name. */
export type Ingress = { readonly ip?: string; readonly hostname?: string };

/** The spec of the Service that gives a peer's load balancer its name in the cluster that calls. */
export function peerServiceSpec({ ip, hostname }: Ingress): Values {
    return ip === undefined
        ? { type: "ExternalName", externalName: hostname }
        : { clusterIP: "None", ports: [{ name: "etcd", port: etcdPort }] };
}

/** The addresses behind that Service; a name needs none. */
export function peerEndpoints({ ip }: Ingress): Values[] {
    return ip === undefined ? [] : [{ addresses: [ip] }];
}

/** Of what a load balancer has, what the others call: the first IPv4 address, else the first name. */
export function ingressOf(ingresses: readonly Ingress[]): Ingress {
    const withIp = ingresses.find(({ ip }) => ip !== undefined && net.isIPv4(ip));
    return withIp ?? ingresses.find(({ hostname }) => (hostname ?? "") !== "") ?? {};
}

/** A cluster by its name in the mesh. */
interface Named {
    readonly name: string;
    readonly cluster: KubernetesCluster;
}

/**
 * A load balancer before a cluster's clustermesh-apiserver. Not the chart's own Service: its address has to be
 * known here, and a Helm release does not tell it.
 *
 * @param annotations What the cloud is to know of the load balancer.
 */
export function createLoadBalancer(
    prefix: string,
    { name, cluster }: Named,
    annotations: Readonly<Record<string, string>>,
    parent: pulumi.Resource,
): k8s.core.v1.Service {
    return new k8s.core.v1.Service(
        `${prefix}-loadbalancer-${name}`,
        {
            metadata: {
                name: loadBalancerName,
                namespace,
                labels: cluster.labels,
                annotations: {
                    ...annotations,
                    // Pulumi itself would wait for pods behind it, too.
                    "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress}",
                },
            },
            spec: {
                type: "LoadBalancer",
                selector: { "k8s-app": "clustermesh-apiserver" },
                ports: [{ name: "etcd", port: etcdPort, targetPort: etcdPort }],
            },
        },
        { ...inCluster(cluster, parent), customTimeouts: { create: "10m", update: "10m" } },
    );
}

/** What makes a peer's load balancer known in a cluster under {@link peerHost}. */
export function createPeerService(
    prefix: string,
    { name, cluster }: Named,
    peer: { readonly name: string; readonly loadBalancer: k8s.core.v1.Service },
    parent: pulumi.Resource,
): pulumi.CustomResource[] {
    const service = peerServiceName(peer.name);
    const ingress = peer.loadBalancer.status.apply((status) =>
        ingressOf(status?.loadBalancer?.ingress ?? []),
    );
    const metadata = {
        name: service,
        namespace,
        labels: { ...cluster.labels, "kubernetes.io/service-name": service },
        annotations: { "pulumi.com/skipAwait": "true" },
    };
    const options = inCluster(cluster, parent);
    return [
        new k8s.core.v1.Service(
            `${prefix}-${peer.name}-in-${name}-service`,
            { metadata, spec: ingress.apply(peerServiceSpec) },
            options,
        ),
        new k8s.discovery.v1.EndpointSlice(
            `${prefix}-${peer.name}-in-${name}-endpoints`,
            {
                metadata,
                addressType: "IPv4",
                endpoints: ingress.apply(peerEndpoints) as never,
                ports: [{ name: "etcd", port: etcdPort }],
            },
            options,
        ),
    ];
}
