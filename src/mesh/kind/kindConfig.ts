import * as yaml from "js-yaml";
import { ClusterName, configKey } from "../../config/labConfig";
import { shortHash } from "../../machine/names";
import { WantedImages } from "../cilium/images";
import { kubeadmPatches } from "./kubeadmPatches";

/** What makes one kind cluster. */
export interface KindClusterSpec {
    /** Name of the kind cluster. */
    readonly name: string;
    /** Node image, pinned by digest unless the user overrides it. */
    readonly nodeImage: string;
    readonly podCidr: string;
    readonly serviceCidr: string;
    /** Random text minted for each creation; see {@link clusterIdentity}. */
    readonly token: string;
}

/** Label of the node that says which creation, by this project, the cluster comes from. */
export const identityLabel = "cilium-global-services/identity";

/**
 * Identity of a cluster: it changes with all that kind cannot change in place (name, image, ranges) and with
 * every re-creation, so a cluster carrying it is exactly the one a state speaks of.
 */
export function clusterIdentity(spec: KindClusterSpec): string {
    return shortHash(
        JSON.stringify([spec.name, spec.nodeImage, spec.podCidr, spec.serviceCidr, spec.token]),
    );
}

/**
 * kind's configuration of the cluster: one node, no CNI (Cilium is it), kube-proxy kept, its own pod and
 * Service ranges, the API server on the loopback only.
 *
 * @param nodeImage The engine's name for the spec's image, where it has another.
 * @see https://kind.sigs.k8s.io/docs/user/configuration/
 * @see https://docs.cilium.io/en/stable/installation/kind/
 */
export function kindConfig(
    spec: KindClusterSpec,
    nodeImage = spec.nodeImage,
): Record<string, unknown> {
    return {
        kind: "Cluster",
        apiVersion: "kind.x-k8s.io/v1alpha4",
        name: spec.name,
        networking: {
            apiServerAddress: "127.0.0.1",
            disableDefaultCNI: true,
            podSubnet: spec.podCidr,
            serviceSubnet: spec.serviceCidr,
        },
        nodes: [
            {
                role: "control-plane",
                image: nodeImage,
                labels: { [identityLabel]: clusterIdentity(spec) },
            },
        ],
        kubeadmConfigPatches: kubeadmPatches(spec.nodeImage),
    };
}

/** {@link kindConfig} as kind reads it from its standard input. */
export function kindConfigYaml(spec: KindClusterSpec, nodeImage = spec.nodeImage): string {
    return yaml.dump(kindConfig(spec, nodeImage), { lineWidth: -1 });
}

/** What of a cluster cannot change in place (https://github.com/kubernetes-sigs/kind/issues/3420). */
export type FixedSpec = Pick<KindClusterSpec, "nodeImage" | "podCidr" | "serviceCidr">;

/** The part of a spec that cannot change in place. */
export function fixedPart({ nodeImage, podCidr, serviceCidr }: FixedSpec): FixedSpec {
    return { nodeImage, podCidr, serviceCidr };
}

/** Why a cluster is replaced, by config key; undefined if what it was made of is what is wanted. */
export function replacementText(
    cluster: ClusterName,
    made: FixedSpec,
    wanted: FixedSpec,
): string | undefined {
    const keys = {
        nodeImage: "nodeImage",
        podCidr: configKey(cluster, "podCidr"),
        serviceCidr: configKey(cluster, "serviceCidr"),
    };
    const changes = (["nodeImage", "podCidr", "serviceCidr"] as const)
        .filter((part) => made[part] !== wanted[part])
        .map((part) => `${keys[part]} was ${made[part]} and is ${wanted[part]}`);
    return changes.length === 0
        ? undefined
        : `${cluster} is replaced, with all that is in it: ${changes.join(", ")}`;
}

/** What a cluster's Command is told: which lab cluster of which stack, and how kind shall make it. */
export interface ClusterOrder {
    readonly stack: string;
    readonly cluster: string;
    readonly spec: KindClusterSpec;
    /** What its pods are made of; older checkouts left orders without it in the state. */
    readonly images?: WantedImages;
    /** The token, where nothing else tells whose a cluster is: see {@link rememberedOrder}. */
    readonly onlyByToken?: string;
}

/** Where a Command is told the token that its resource's state remembers. */
export const tokenVariable = "CILIUM_MESH_CLUSTER_TOKEN";

/**
 * The order of a cluster whose token Pulumi's state remembers, in the Command's environment. Then it alone tells whose
 * the cluster is: a checkout's records are shared by all programs that use its components. The one in the spec, which can
 * be computed by everybody, is that of states from before 0.2.0.
 */
export function rememberedOrder(order: ClusterOrder, token: string | undefined): ClusterOrder {
    return token ? { ...order, spec: { ...order.spec, token }, onlyByToken: token } : order;
}

/** Which kind cluster of which stack; all that is needed of one that exists. */
export interface ClusterPlace {
    readonly stack: string;
    readonly cluster: string;
    readonly spec: { readonly name: string };
    /** As {@link ClusterOrder} has it. */
    readonly onlyByToken?: string;
}
