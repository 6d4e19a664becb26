import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** A cluster that mesh and lab are put into, whoever made it. */
export interface KubernetesCluster {
    /** Identity of the cluster; changes when another one takes its place. */
    readonly identity: string;
    /** Content of a kubeconfig whose current context is the cluster. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Provider for everything in the cluster. */
    readonly provider: k8s.Provider;
    /** Name or address under which the other clusters' pods reach the ports of its nodes. */
    readonly address: string;
    /** The resource that makes and deletes the cluster; undefined of one that outlives the stack. */
    readonly kind?: pulumi.Resource;
}

/**
 * Options for a resource that lives in a cluster: it goes there and nowhere else. Where the stack makes the cluster,
 * it is gone when the cluster is gone (no delete is sent to a dead API server), and is made anew when the cluster
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
