import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
    namespace,
    etcdPort,
    ingressOf,
    loadBalancerName,
    peerEndpoints,
    peerServiceName,
    peerServiceSpec,
} from "../mesh/cilium/peers";
import { KubernetesCluster, inCluster } from "./kubernetesCluster";

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
