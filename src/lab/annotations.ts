/** The annotations of a global service, by what they set. */
export interface AnnotationKeys {
    readonly global: string;
    readonly shared: string;
    readonly affinity: string;
}

/** Today's names. @see https://docs.cilium.io/en/stable/network/clustermesh/global-services/ */
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

/** Where a JSON patch (RFC 6901) finds an annotation. */
export function annotationPath(annotation: string): string {
    return `/metadata/annotations/${annotation.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
