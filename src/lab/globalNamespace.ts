import type { V1Namespace } from "@kubernetes/client-node";
import gte from "semver/functions/gte";
import { CiliumConfig, ClusterConfig } from "../config/labConfig";
import { Manifest } from "./manifests";

/** Namespace of the lab's objects. */
export const namespace = "default";

/** The annotation of a Namespace that says whether its Services leave the cluster (`pkg/annotation/k8s.go`). */
export const namespaceAnnotation = "clustermesh.cilium.io/global";

/** Whether a Cilium knows global and local namespaces: from 1.20 on. */
export function knowsNamespaces(ciliumVersion: string): boolean {
    return gte(ciliumVersion, "1.20.0-0");
}

/** What a namespace is that says nothing: the chart's own default, unless the extra Helm values say otherwise. */
function isGlobalByDefault({ values }: Pick<CiliumConfig, "values">): boolean {
    const { defaultGlobalNamespace = true } = (values.clustermesh ?? {}) as {
        readonly defaultGlobalNamespace?: boolean;
    };
    return defaultGlobalNamespace;
}

/** What of the lab's namespace is the stack's: its one annotation, where that is needed. */
export function namespaceManifests(
    { globalNamespace }: Pick<ClusterConfig, "globalNamespace">,
    cilium: CiliumConfig,
): Manifest[] {
    const text = namespaceText(globalNamespace, cilium);
    const annotations = { [namespaceAnnotation]: text ?? "" };
    return text === undefined
        ? []
        : [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, annotations } }];
}

/** The text of the annotation that makes the lab's namespace what the config says; undefined where none is needed. */
export function namespaceText(isGlobal: boolean, cilium: CiliumConfig): string | undefined {
    const isNeeded = knowsNamespaces(cilium.version) && isGlobal !== isGlobalByDefault(cilium);
    return isNeeded ? String(isGlobal) : undefined;
}

/**
 * What a live namespace adds to its cluster's side: that it is local, so that its Services stay in the cluster. Read as Cilium reads it: only "true" in
 * any case is true, and without the annotation the default counts (`pkg/clustermesh/namespace/namespace.go`).
 */
export function namespaceSide(
    live: V1Namespace | undefined,
    cilium: CiliumConfig,
): { readonly isNamespaceLocal?: true } {
    const text = live?.metadata?.annotations?.[namespaceAnnotation];
    const isGlobal = text === undefined ? isGlobalByDefault(cilium) : text.toLowerCase() === "true";
    return knowsNamespaces(cilium.version) && !isGlobal ? { isNamespaceLocal: true } : {};
}
