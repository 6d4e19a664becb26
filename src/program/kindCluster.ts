import * as command from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { projectRoot } from "../config/declaration";
import { typescriptInterpreter } from "../machine/interpreter";
import { kindClusterName, nodeName } from "../machine/names";
import { WantedImages } from "../mesh/cilium/images";
import {
    KindClusterSpec,
    clusterIdentity,
    ClusterOrder,
    tokenVariable,
} from "../mesh/kind/kindConfig";
import { KubernetesCluster, newProvider } from "./kubernetesCluster";

export interface KindClusterArgs {
    /** Name of the Pulumi stack; the kind cluster is named after it. */
    readonly stack: string;
    /** Name of the cluster in the lab. */
    readonly cluster: string;
    /** kind node image. */
    readonly nodeImage: string;
    /** IPv4 range of the pods; must not overlap another cluster's. */
    readonly podCidr: string;
    /** IPv4 range of the Services; must not overlap another cluster's. */
    readonly serviceCidr: string;
    /** What the pods are made of: loaded into the node while it is made, and again when it changes. */
    readonly images?: WantedImages;
    /** Token of the creation, from `wakeCluster`: a new one replaces the cluster. */
    readonly token: string;
    /**
     * A random token in the place of the other, where nobody looks after the cluster between two updates. The resource's
     * state remembers the one that it was made with; those of later updates are ignored.
     */
    readonly newToken?: string;
    /** Its node is paused, and stays so: see {@link KubernetesCluster.isAway}. */
    readonly isAway?: boolean;
}

/**
 * A kind cluster with a Kubernetes provider for it. It is replaced when something changes that kind cannot
 * change (https://github.com/kubernetes-sigs/kind/issues/3420), and the user's own kubeconfig and current
 * context stay as they are.
 */
export class KindCluster extends pulumi.ComponentResource implements KubernetesCluster {
    /** Name of the kind cluster, e.g. `mesh-dev-cluster1`. */
    readonly kindName: string;
    /** Identity of this creation; changes when the cluster is replaced. */
    readonly identity: string;
    /** Content of the kubeconfig, a secret; its only context has the lab cluster's name. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Provider for everything in the cluster. */
    readonly provider: k8s.Provider;
    /** Name of its node's container, which Docker's DNS resolves. */
    readonly address: string;
    readonly isAway?: boolean;
    /** The resource that makes and deletes the cluster. */
    readonly kind: command.local.Command;

    /**
     * @param name The _unique_ name of this component.
     * @param args What the cluster is like.
     * @param opts Options of the component.
     */
    constructor(name: string, args: KindClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cilium-global-services:index:KindCluster", name, {}, opts);
        const spec = specOf(args);
        this.kindName = spec.name;
        this.identity = clusterIdentity(spec);
        this.address = nodeName(spec.name);

        const { stack, cluster, images, newToken } = args;
        const isRemembered = newToken !== undefined;
        const order: ClusterOrder = { stack, cluster, spec, images };
        this.kind = new command.local.Command(
            `${name}-kind`,
            {
                create: "create",
                update: "update",
                delete: "delete",
                stdin: JSON.stringify(order),
                interpreter: typescriptInterpreter("src/mesh/kind/main.ts"),
                dir: projectRoot,
                triggers: [this.identity],
                logging: "stderr",
                addPreviousOutputInEnv: false,
                ...(isRemembered ? { environment: { [tokenVariable]: newToken } } : {}),
            },
            {
                parent: this,
                // Both: a plain replacement creates the new cluster before it deletes the old one of that name.
                deleteBeforeReplace: true,
                additionalSecretOutputs: ["stdout"],
                // A state without one stays without: its clusters carry the other token.
                ignoreChanges: isRemembered ? ["environment"] : [],
            },
        );
        this.kubeconfig = pulumi.secret(this.kind.stdout);
        this.isAway = args.isAway;
        this.provider = newProvider(name, this, { parent: this, deletedWith: this.kind });
        this.registerOutputs({ kindName: this.kindName, kubeconfig: this.kubeconfig });
    }
}

function specOf(args: KindClusterArgs): KindClusterSpec {
    return {
        name: kindClusterName(args.stack, args.cluster),
        nodeImage: args.nodeImage,
        podCidr: args.podCidr,
        serviceCidr: args.serviceCidr,
        token: args.token,
    };
}
