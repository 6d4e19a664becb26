import * as net from "node:net";
import { Values } from "./values";

export const namespace = "kube-system";

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
