import { LabConfig, ServiceSettings } from "../config/labConfig";
import {
    AnnotationKeys,
    currentAnnotations,
    legacyAnnotations,
    settingAnnotations,
} from "./annotations";
import { Manifest } from "./manifests";
import { annotated } from "./settings";

/** What a cluster's objects are made to say: what the config says of the whole lab, and the cluster's own settings. */
export type Variant = LabConfig & ServiceSettings;

/** The variant of one cluster that a config describes. */
export function variantOf(config: LabConfig, cluster: ServiceSettings): Variant {
    return { ...config, ...cluster };
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
    return Object.fromEntries(
        annotated
            .filter(({ key }) => settings[key] !== "none")
            .map(({ key, annotation }) => [keys[annotation], String(settings[key])]),
    );
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
