import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Values } from "../mesh/cilium/values";

/** A cluster that mesh and lab are put into, whoever made it. */
export interface KubernetesCluster {
    /** Identity of the cluster; changes when another one takes its place. */
    readonly identity: string;
    /** Content of a kubeconfig whose current context is the cluster. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Provider for everything in the cluster. */
    readonly provider: k8s.Provider;
    /**
     * `host` or `host:port` under which the other clusters' pods reach its clustermesh-apiserver: a host alone is
     * one whose NodePorts they reach. Undefined: by a LoadBalancer Service.
     */
    readonly address?: string;
    /** The resource that makes and deletes the cluster; undefined of one that outlives the stack. */
    readonly kind?: pulumi.Resource;
    /** Nobody reaches it now, and nothing in it is to be looked at or changed. */
    readonly isAway?: boolean;
    /** Labels for all that is made in it, which tell the stack's objects from those of others. */
    readonly labels?: Readonly<Record<string, string>>;
    /** Cilium's Helm values that are this cluster's own, if it is not one of the lab's. */
    readonly values?: Values;
}

/**
 * Options for a resource that lives in a cluster: it goes there and nowhere else. Where the stack makes the cluster,
 * it is gone when the cluster is gone (no delete is sent to a dead API server), and is recreated when the cluster
 * is. `deletedWith` alone leaves ghosts behind on replacement up to Pulumi 3.259
 * (https://github.com/pulumi/pulumi/issues/23817).
 */
export function inCluster(
    { provider, kind }: Pick<KubernetesCluster, "provider" | "kind">,
    parent: pulumi.Resource,
): pulumi.CustomResourceOptions {
    const lifetime = kind === undefined ? {} : { deletedWith: kind, replaceWith: [kind] };
    return { parent, provider, ...lifetime };
}

/**
 * Kubeconfig of an API server that refuses at once. That of a node which is paused takes connections and is silent,
 * so that the provider would wait for it at every start.
 */
const nobody = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "away", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "away", user: {} }],
    contexts: [{ name: "away", context: { cluster: "away", user: "away" } }],
    "current-context": "away",
});

/** Provider for a cluster that mesh and lab are put into, as a part of the component that stands for it. */
export function newProvider(
    name: string,
    {
        kubeconfig,
        identity,
        isAway = false,
    }: Pick<KubernetesCluster, "kubeconfig" | "identity" | "isAway">,
    opts: pulumi.ResourceOptions,
): k8s.Provider {
    return new k8s.Provider(
        `${name}-provider`,
        {
            kubeconfig: isAway ? nobody : kubeconfig,
            // Without it a new token in the kubeconfig might be taken for a new cluster.
            clusterIdentifier: identity,
            // A field changed by hand belongs to kubectl until the stack takes it back.
            enablePatchForce: true,
            // An up that was killed may have left objects that the state does not know.
            upsertExistingObjects: true,
            // What is in it stays as the state has it, unseen.
            ...(isAway ? { skipUpdateUnreachable: true } : {}),
        },
        opts,
    );
}
