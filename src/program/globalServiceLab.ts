import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Manifest } from "../lab/manifests";
import { KubernetesCluster, inCluster } from "./kubernetesCluster";

export interface GlobalServiceLabArgs {
    /** Where the objects go. */
    readonly cluster: KubernetesCluster;
    /** The objects, as they shall be: `applyVariant` has done its work. */
    readonly manifests: readonly Manifest[];
}

/**
 * The lab's objects in one cluster: rebel-base with its global Service, and the x-wing clients. Nothing here
 * waits: pods start when Cilium runs, and {@link LabReadiness} says what does not.
 */
export class GlobalServiceLab extends pulumi.ComponentResource {
    /** The objects, in the order of the manifests. */
    readonly objects: readonly pulumi.CustomResource[];

    /**
     * @param name The _unique_ name of this component.
     * @param args The cluster and its objects.
     * @param opts Options of the component.
     */
    constructor(name: string, args: GlobalServiceLabArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cilium-global-services:index:GlobalServiceLab", name, {}, opts);
        const options = inCluster(args.cluster, this);
        this.objects = args.manifests.map((manifest) => {
            const { name: object } = manifest.metadata;
            return createObject(
                `${name}-${object}-${manifest.kind.toLowerCase()}`,
                labelled(manifest, args.cluster.labels),
                options,
            );
        });
        this.registerOutputs({});
    }
}

/** The object with labels added to its own; without any it stays as it is. */
function labelled(manifest: Manifest, labels?: Readonly<Record<string, string>>): Manifest {
    const { metadata } = manifest;
    const own = metadata.labels as Readonly<Record<string, string>> | undefined;
    return labels === undefined
        ? manifest
        : { ...manifest, metadata: { ...metadata, labels: { ...own, ...labels } } };
}

/**
 * The object as a Pulumi resource of its kind. The provider's own awaiting is off: it holds a Service without
 * backends for unready for ten minutes, and no backends is a lesson of this lab.
 */
function createObject(
    name: string,
    manifest: Manifest,
    options: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
    const { metadata } = manifest;
    if (manifest.kind === "Namespace") {
        // It is not the stack's, which only sets what it says of it, and takes that back in the end.
        const { name: namespace, annotations } = metadata;
        const patch = { metadata: { name: namespace, annotations } };
        return new k8s.core.v1.NamespacePatch(name, patch, options);
    }
    const annotations = { ...metadata.annotations, "pulumi.com/skipAwait": "true" };
    // The manifest is whatever its YAML says; the API server checks it, as it does for kubectl.
    const object = { ...manifest, metadata: { ...metadata, annotations } } as never;
    switch (`${manifest.apiVersion}/${manifest.kind}`) {
        case "v1/ConfigMap":
            return new k8s.core.v1.ConfigMap(name, object, options);
        case "v1/Service":
            return new k8s.core.v1.Service(name, object, options);
        case "apps/v1/Deployment":
            return new k8s.apps.v1.Deployment(name, object, options);
        default:
            return new k8s.apiextensions.CustomResource(name, object, options);
    }
}
