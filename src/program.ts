import { CiliumMesh, MeshCluster } from "./cilium/ciliumMesh";
import { LabConfig } from "./config/labConfig";
import { ExistingCluster } from "./existing/existingCluster";
import { KindCluster } from "./kind/kindCluster";
import { GlobalServiceLab } from "./lab/globalServiceLab";
import { readManifests } from "./lab/manifests";
import { applyVariant, variantOf } from "./lab/variant";
import { Preflight } from "./preflight/preflight";
import { LabReadiness } from "./readiness/labReadiness";

/** The lab's clusters, each with its place in the mesh. */
export function createClusters(
    stack: string,
    config: LabConfig,
    tokens: Preflight["tokens"],
): MeshCluster[] {
    return config.clusters.map(({ name, id, podCidr, serviceCidr }) => ({
        name,
        id,
        cluster: new KindCluster(name, {
            stack,
            cluster: name,
            nodeImage: config.nodeImage,
            podCidr,
            serviceCidr,
            token: tokens[name],
        }),
    }));
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
