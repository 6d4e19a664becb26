import { CiliumMesh, MeshCluster } from "./cilium/ciliumMesh";
import { LabConfig } from "./config/labConfig";
import { ExistingCluster } from "./existing/existingCluster";
import { wantedImages } from "./images/wantedImages";
import { KindCluster } from "./kind/kindCluster";
import { GlobalServiceLab } from "./lab/globalServiceLab";
import { readManifests } from "./lab/manifests";
import { networkPoliciesIn } from "./lab/networkPolicy";
import { applyVariant, variantOf } from "./lab/variant";
import { Preflight } from "./preflight/preflight";
import { LabReadiness } from "./readiness/labReadiness";

/** The lab's clusters, each with its place in the mesh. */
export function createClusters(
    stack: string,
    config: LabConfig,
    tokens: Preflight["tokens"],
): MeshCluster[] {
    return config.clusters.map((settings) => {
        const { name, id, podCidr, serviceCidr } = settings;
        const cluster = new KindCluster(name, {
            stack,
            cluster: name,
            nodeImage: config.nodeImage,
            podCidr,
            serviceCidr,
            images: wantedImages(config, settings),
            token: tokens[name]!,
        });
        return { name, id, cluster };
    });
}

/** Clusters that are there already, each with its place in the mesh. */
export function useClusters(
    config: LabConfig,
    existing: NonNullable<Preflight["existing"]>,
): MeshCluster[] {
    return config.clusters.map(({ name, id, clusterMeshAddress }) => ({
        name,
        id,
        cluster: new ExistingCluster(name, {
            ...existing[name]!,
            address: clusterMeshAddress === "" ? undefined : clusterMeshAddress,
        }),
    }));
}

/** Cilium in every cluster, meshed. */
export function createMesh(config: LabConfig, clusters: readonly MeshCluster[]): CiliumMesh {
    return new CiliumMesh("mesh", { clusters, cilium: config.cilium });
}

/** The lab's objects in every cluster, in the variant that the config describes. */
export function createLabs(
    config: LabConfig,
    clusters: readonly MeshCluster[],
): GlobalServiceLab[] {
    return config.clusters.map((settings, index) => {
        const { name, cluster } = clusters[index]!;
        const manifests = applyVariant(readManifests(name), variantOf(config, settings));
        return new GlobalServiceLab(`${name}-lab`, { cluster, manifests });
    });
}

/**
 * The network policies that the config asks for. They come last: their kind is one that Cilium's operator
 * registers once it runs.
 */
export function createNetworkPolicies(
    config: LabConfig,
    clusters: readonly MeshCluster[],
    readiness: LabReadiness,
): void {
    config.clusters.forEach(({ name }, index) => {
        const { cluster } = clusters[index]!;
        const manifests = networkPoliciesIn(name, config);
        if (manifests.length > 0) {
            new GlobalServiceLab(
                `${name}-policy`,
                { cluster, manifests },
                { dependsOn: readiness },
            );
        }
    });
}

/** Holds the stack until everything runs and is connected. */
export function awaitReadiness(
    config: LabConfig,
    clusters: readonly MeshCluster[],
    mesh: CiliumMesh,
    labs: readonly GlobalServiceLab[],
): LabReadiness {
    const revisions = [
        ...mesh.releases.map(({ status }) => status.revision),
        config.rebelBaseImage,
        config.xWingImage,
        config.xWingReplicas,
    ];
    return new LabReadiness(
        "readiness",
        { clusters, revisions },
        { dependsOn: [...mesh.releases, ...mesh.peerServices, ...labs] },
    );
}
