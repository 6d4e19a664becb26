import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { readProject } from "../config/declaration";
import { limitOf } from "../config/keys";
import { quote } from "../config/problem";
import { newToken } from "../machine/files";
import { nodeName } from "../machine/names";
import { chooseNodeImage } from "../mesh/kind/nodeImage";
import { KindCluster } from "../program/kindCluster";

/** What a cluster for a mesh is like. */
export interface ClusterArgs {
    /** IPv4 range of the pods, e.g. 10.1.0.0/16; must not overlap another cluster's. */
    podCidr: string;
    /** IPv4 range of the Services, e.g. 10.101.0.0/16; must not overlap another cluster's. */
    serviceCidr: string;
    /** kind node image; by default the one that the lab takes on this machine. */
    nodeImage?: string;
}

/**
 * A kind cluster without a network, for a Mesh, in a program of your own. It needs Docker on the machine that Pulumi
 * runs on; the user's own kubeconfig stays as it is. A change of what it is made of replaces it.
 */
export class Cluster extends pulumi.ComponentResource {
    /** Content of the kubeconfig, a secret. */
    readonly kubeconfig: pulumi.Output<string>;
    /** Name under which the pods of other clusters on this machine reach the node. */
    readonly address: pulumi.Output<string>;

    /**
     * @param name Name of the cluster: at most 32 of `[a-z0-9-]`, as Cilium wants it. The kind cluster is called after
     *   project, stack and this.
     * @param args What the cluster is like.
     * @param opts Options of the component.
     * @throws Error that says what is legal, if a value is not.
     */
    constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cilium-mesh:index:Cluster", name, {}, opts);
        requireName(name);
        const nodeImage = args.nodeImage || nodeImageHere();
        requireLegal("podCidr", args.podCidr);
        requireLegal("serviceCidr", args.serviceCidr);
        requireLegal("nodeImage", nodeImage);
        const stack = `${pulumi.getProject()}-${pulumi.getStack()}`;
        const { podCidr, serviceCidr } = args;
        const cluster = new KindCluster(
            name,
            {
                stack,
                cluster: name,
                nodeImage,
                podCidr,
                serviceCidr,
                // What clusters of states from before 0.2.0 carry, and what says nothing of whose they are.
                token: `${stack}/${name}`,
                newToken: newToken(),
            },
            { parent: this },
        );
        this.kubeconfig = cluster.kubeconfig;
        this.address = pulumi.output(nodeName(cluster.kindName));
        this.registerOutputs({ kubeconfig: this.kubeconfig, address: this.address });
    }
}

/** The lab's own node image for the cgroup version of this machine; of another system, the engine's has v2. */
function nodeImageHere(): string {
    const isCgroup1 =
        process.platform === "linux" && !existsSync("/sys/fs/cgroup/cgroup.controllers");
    return chooseNodeImage({ configured: "", cgroupVersion: isCgroup1 ? "1" : "2" }).image;
}

/** @throws Error if Cilium or kind would refuse the name. */
export function requireName(name: string): void {
    if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name) || name === "default") {
        throw new Error(
            `the name of a cluster is ${quote(name)}; it must be 1 to 32 of a-z, 0-9 and "-", with no "-" at its ends, and not "default"`,
        );
    }
}

function requireLegal(key: string, value: string): void {
    const limit = limitOf(readProject(), key);
    if (!limit.allows(value)) {
        throw new Error(`${key} is ${quote(value)}; it must be ${limit.legal}`);
    }
}
