import { LabConfig, ServiceSettings } from "../config/labConfig";
import { Manifest } from "./manifests";

/** The annotations of a global service, by what they set. */
export interface AnnotationKeys {
    readonly global: string;
    readonly shared: string;
    readonly affinity: string;
}

/** Today's names. @see https://docs.cilium.io/en/stable/network/clustermesh/services/ */
export const currentAnnotations: AnnotationKeys = {
    global: "service.cilium.io/global",
    shared: "service.cilium.io/shared",
    affinity: "service.cilium.io/affinity",
};

/** The names the lab was written with; Cilium still reads them (`pkg/annotation/k8s.go`). */
export const legacyAnnotations: AnnotationKeys = {
    global: "io.cilium/global-service",
    shared: "io.cilium/shared-service",
    affinity: "io.cilium/service-affinity",
};

/** Every annotation that is a setting of the lab, by today's names and by the old ones. */
export const settingAnnotations: readonly string[] = [
    currentAnnotations,
    legacyAnnotations,
].flatMap(({ global, shared, affinity }) => [global, shared, affinity]);

/** What a cluster's objects are made to say. */
export interface Variant extends ServiceSettings {
    readonly legacyAnnotations: boolean;
    readonly xWingReplicas: number;
    /** Empty: the manifest's. */
    readonly rebelBaseImage: string;
    /** Empty: the manifest's. */
    readonly xWingImage: string;
}

/** The variant of one cluster that a config describes. */
export function variantOf(config: LabConfig, cluster: ServiceSettings): Variant {
    const { legacyAnnotations: legacy, xWingReplicas, rebelBaseImage, xWingImage } = config;
    return { ...cluster, legacyAnnotations: legacy, xWingReplicas, rebelBaseImage, xWingImage };
}

/**
 * The objects changed to say what the variant says, and nothing else: the Service's annotations, the
 * Deployments' replicas and images. The default config returns objects equal to those given.
 */
export function applyVariant(manifests: readonly Manifest[], variant: Variant): Manifest[] {
    return manifests.map((manifest) => {
        switch (`${manifest.kind}/${manifest.metadata.name}`) {
            case "Service/rebel-base":
                return annotateService(manifest, variant);
            case "Deployment/rebel-base":
                return setDeployment(manifest, variant.rebelBaseReplicas, variant.rebelBaseImage);
            case "Deployment/x-wing":
                return setDeployment(manifest, variant.xWingReplicas, variant.xWingImage);
            default:
                return manifest;
        }
    });
}

/** The annotations that say what the settings say. Affinity `none` is no annotation (cilium/cilium#46623). */
export function serviceAnnotations(
    settings: ServiceSettings,
    keys: AnnotationKeys,
): Record<string, string> {
    return {
        [keys.global]: String(settings.globalService),
        [keys.shared]: String(settings.sharedService),
        ...(settings.serviceAffinity === "none"
            ? {}
            : { [keys.affinity]: settings.serviceAffinity }),
    };
}

function annotateService(service: Manifest, variant: Variant): Manifest {
    const keys = variant.legacyAnnotations ? legacyAnnotations : currentAnnotations;
    const others = Object.entries(service.metadata.annotations ?? {}).filter(
        ([key]) => !settingAnnotations.includes(key),
    );
    return {
        ...service,
        metadata: {
            ...service.metadata,
            annotations: { ...Object.fromEntries(others), ...serviceAnnotations(variant, keys) },
        },
    };
}

interface DeploymentSpec {
    readonly template: { readonly spec: { readonly containers: readonly object[] } };
}

function setDeployment(deployment: Manifest, replicas: number, image: string): Manifest {
    const spec = deployment.spec as DeploymentSpec;
    const { template } = spec;
    const containers = template.spec.containers.map((container) =>
        image === "" ? container : { ...container, image },
    );
    return {
        ...deployment,
        spec: {
            ...spec,
            replicas,
            template: { ...template, spec: { ...template.spec, containers } },
        },
    };
}
