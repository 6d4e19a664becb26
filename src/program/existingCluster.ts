import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Values } from "../mesh/cilium/values";
import { KubernetesCluster, newProvider } from "./kubernetesCluster";

export interface ExistingClusterArgs {
    /** Content of a kubeconfig whose current context is the cluster. */
    readonly kubeconfig: pulumi.Input<string>;
    /** What no other cluster has, e.g. the id of its namespace kube-system or its cloud's name for it. */
    readonly identity: string;
    /**
     * `host` or `host:port` where the other clusters' pods reach it. A host alone is one whose NodePorts they reach;
     * a port from 30000 to 32767 becomes the NodePort. By default a LoadBalancer Service is made.
     */
    readonly address?: string;
    /** Labels for all that is made in it. */
    readonly labels?: Readonly<Record<string, string>>;
    /** Cilium's Helm values that are this cluster's own, e.g. its IPAM; by default each node has a range of its own. */
    readonly values?: Values;
}

/**
 * A cluster that is there already, in a cloud or on somebody's own machines, with a Kubernetes provider for it. The
 * cluster itself is never changed and never deleted; what is put into it is taken out again one by one.
 */
export class ExistingCluster extends pulumi.ComponentResource implements KubernetesCluster {
    readonly identity: string;
    readonly kubeconfig: pulumi.Output<string>;
    readonly provider: k8s.Provider;
    readonly address?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly values: Values;

    /**
     * @param name The _unique_ name of this component.
     * @param args Where the cluster is.
     * @param opts Options of the component.
     */
    constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cilium-global-services:index:ExistingCluster", name, {}, opts);
        this.identity = args.identity;
        this.address = args.address;
        this.labels = args.labels;
        this.values = args.values ?? { ipam: { mode: "kubernetes" } };
        this.kubeconfig = pulumi.secret(args.kubeconfig);
        this.provider = newProvider(name, this, { parent: this });
        this.registerOutputs({ kubeconfig: this.kubeconfig });
    }
}
