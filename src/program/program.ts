import * as pulumi from "@pulumi/pulumi";
import { LabConfig, ciliumOf } from "../config/labConfig";
import { namespaceManifests } from "../lab/globalNamespace";
import { readManifests } from "../lab/manifests";
import { networkPoliciesIn } from "../lab/networkPolicy";
import { applyVariant, variantOf } from "../lab/variant";
import { recordStep, StepName } from "../machine/timeline";
import { wantedImages } from "../mesh/cilium/images";
import { Preflight } from "../mesh/preflight";
import type { ExpectedOutage } from "../proof/readiness/awaited";
import { CiliumMesh, MeshCluster } from "./ciliumMesh";
import { ExistingCluster } from "./existingCluster";
import { GlobalServiceLab } from "./globalServiceLab";
import { KindCluster } from "./kindCluster";
import { LabReadiness } from "./labReadiness";
import { Outage } from "./outage";

/** The lab's clusters, each with its place in the mesh. */
export function createClusters(
    stack: string,
    config: LabConfig,
    { tokens, away }: Pick<Preflight, "tokens" | "away">,
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
            isAway: name === away,
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
    const members = clusters.map((one) => ({ ...one, cilium: ciliumOf(config, one.name) }));
    return new CiliumMesh("mesh", { clusters: members });
}

/** The lab's objects in every cluster, in the variant that the config describes. */
export function createLabs(
    config: LabConfig,
    clusters: readonly MeshCluster[],
): GlobalServiceLab[] {
    return config.clusters.map((settings, index) => {
        const { name, cluster } = clusters[index]!;
        const manifests = [
            ...applyVariant(readManifests(name), variantOf(config, settings)),
            ...namespaceManifests(settings, ciliumOf(config, name)),
        ];
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
): GlobalServiceLab[] {
    return config.clusters.flatMap(({ name }, index) => {
        const { cluster } = clusters[index]!;
        const manifests = networkPoliciesIn(name, config);
        const args = { cluster, manifests };
        return manifests.length === 0
            ? []
            : [new GlobalServiceLab(`${name}-policy`, args, { dependsOn: readiness })];
    });
}

/** Has the cluster die that the config names, once all the others are done. */
export function createOutage(
    { outage }: Pick<Preflight, "outage">,
    dependsOn: readonly pulumi.Resource[],
): void {
    if (outage !== undefined) {
        new Outage("outage", outage, { dependsOn: [...dependsOn] });
    }
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
        { clusters, revisions, outage: awaitedOutage(config, clusters) },
        { dependsOn: [...mesh.releases, ...mesh.peerServices, ...labs] },
    );
}

/** What readiness must not wait for; undefined where there is nothing like that. */
function awaitedOutage(
    { outage, outageOf }: LabConfig,
    clusters: readonly MeshCluster[],
): ExpectedOutage | undefined {
    const found = clusters.find(({ name }) => name === outage);
    const kind = found?.cluster instanceof KindCluster ? found.cluster.kindName : undefined;
    return found && { cluster: found.name, ...(outageOf === "cluster" ? { kind } : {}) };
}

/** Records, as the program sees it, when each cluster's Helm release and lab objects were made. */
export function recordCreations(
    clusters: readonly MeshCluster[],
    mesh: CiliumMesh,
    labs: readonly GlobalServiceLab[],
): void {
    if (pulumi.runtime.isDryRun()) {
        return;
    }
    clusters.forEach(({ name, cluster }, index) => {
        cluster.provider.id.apply(() => {
            const start = Date.now();
            const done = (step: StepName) => () =>
                recordStep({ name: step, cluster: name, start, end: Date.now() });
            mesh.releases[index]!.id.apply(done("helm"));
            pulumi.all(labs[index]!.objects.map(({ id }) => id)).apply(done("objects"));
        });
    });
}
