import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parseAddress } from "../config/address";
import { CiliumConfig } from "../config/labConfig";
import { chartSource } from "../mesh/cilium/chart";
import { peerHost, etcdPort } from "../mesh/cilium/peers";
import { MeshMember, ciliumValues } from "../mesh/cilium/values";
import { CertificateAuthority } from "./certificateAuthority";
import { ciliumRelease } from "./ciliumRelease";
import { KubernetesCluster, inCluster } from "./kubernetesCluster";
import { createLoadBalancer, createPeerService } from "./loadBalancer";

/** A cluster with its place in the mesh. */
export interface MeshCluster {
    /** Cilium's `cluster.name`. */
    readonly name: string;
    /** Cilium's `cluster.id`, 1 to 255, unique in the mesh. */
    readonly id: number;
    readonly cluster: KubernetesCluster;
}

/** A cluster to mesh, with its Cilium. */
export interface CiliumMember extends MeshCluster {
    /** Which Cilium, from where, with what values. */
    readonly cilium: CiliumConfig;
}

export interface CiliumMeshArgs {
    /** The clusters to mesh; the pods and nodes of each reach the nodes of the others. */
    readonly clusters: readonly CiliumMember[];
}

/**
 * Cilium in every cluster, meshed from its first install on. The releases depend on their own cluster only,
 * so they are installed at the same time; that they have connected is {@link LabReadiness}'s to find out.
 */
export class CiliumMesh extends pulumi.ComponentResource {
    /** The Helm release of each cluster, in the order of the clusters. */
    readonly releases: readonly k8s.helm.v3.Release[];

    /** What makes the clusters behind a load balancer known in the others. */
    readonly peerServices: readonly pulumi.CustomResource[];

    /**
     * @param name The _unique_ name of this component.
     * @param args The clusters and their Cilium.
     * @param opts Options of the component.
     */
    constructor(name: string, args: CiliumMeshArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cilium-global-services:index:CiliumMesh", name, {}, opts);
        const authority = new CertificateAuthority(`${name}-ca`, { parent: this });
        const members = args.clusters.map(memberOf);
        this.releases = args.clusters.map((member, index) =>
            ciliumRelease(
                `${name}-cilium-${member.name}`,
                chartSource(member.cilium),
                authority.pem.apply((ca) =>
                    ciliumValues(members[index]!, members, ca, member.cilium),
                ),
                inCluster(member.cluster, this),
            ),
        );
        this.peerServices = this.createPeerServices(name, args);
        // The releases' own values are not known in a preview from nothing, since the authority is not: these are,
        // for a policy pack. Secret as those are, because a user's own values may have something to hide.
        const values = members.map((member, index) =>
            ciliumValues(member, members, { cert: "", key: "" }, args.clusters[index]!.cilium),
        );
        this.registerOutputs({ values: pulumi.secret(values) });
    }

    private createPeerServices(name: string, { clusters }: CiliumMeshArgs) {
        const balanced = clusters.filter(({ cluster }) => cluster.address === undefined);
        return balanced.flatMap((peer) => {
            const annotations = apiserverAnnotations(peer.cilium);
            const loadBalancer = createLoadBalancer(name, peer, annotations, this);
            return clusters
                .filter((one) => one !== peer)
                .flatMap((one) =>
                    createPeerService(name, one, { name: peer.name, loadBalancer }, this),
                );
        });
    }
}

function memberOf({ name, id, cluster: { address, values } }: MeshCluster): MeshMember {
    const member = { name, id, values };
    if (address === undefined) {
        return { ...member, address: peerHost(name), port: etcdPort, isBalanced: true };
    }
    const { host, port } = parseAddress(address) ?? { host: address };
    return { ...member, address: host, port };
}

/** What the chart would put on its own Service, which a cloud's load balancers are told by. */
function apiserverAnnotations({ values }: CiliumConfig): Record<string, string> {
    const { clustermesh } = values as {
        clustermesh?: { apiserver?: { service?: { annotations?: Record<string, string> } } };
    };
    return clustermesh?.apiserver?.service?.annotations ?? {};
}
