import type {
    AppsV1Api,
    CoreV1Api,
    CustomObjectsApi,
    KubernetesObject,
    NetworkingV1Api,
} from "@kubernetes/client-node";
import { OpenExec, inTime, orUndefined } from "./client";

/** An object as it is, with its kind, which a list of the API server leaves out. */
export interface LiveObject extends KubernetesObject {
    readonly kind: string;
    readonly [key: string]: unknown;
}

/** Where one of the lab's objects is. */
export interface ObjectPlace {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
}

/** One change of an object. @see https://www.rfc-editor.org/rfc/rfc6902 */
export type PatchOperation =
    | { readonly op: "remove"; readonly path: string }
    | { readonly op: "add" | "replace"; readonly path: string; readonly value: unknown };

/** The parts of the Kubernetes client that the lab needs. */
export interface Clients {
    readonly core: CoreV1Api;
    readonly apps: AppsV1Api;
    readonly custom: CustomObjectsApi;
    readonly networking: NetworkingV1Api;
    readonly exec: OpenExec;
}

/** Name under which Kubernetes notes what the lab itself sets; to Pulumi, it is one of its own. */
const fieldManager = "pulumi-cilium-global-services";

/** Changes one of the lab's objects. @throws Error where the lab has no such kind. */
export function patchObject(
    { core, apps, custom }: Clients,
    { kind, namespace, name }: ObjectPlace,
    body: PatchOperation[],
): Promise<unknown> {
    const patch = { namespace, name, body, fieldManager };
    switch (kind) {
        case "ConfigMap":
            return inTime(core.patchNamespacedConfigMap(patch));
        case "Deployment":
            return inTime(apps.patchNamespacedDeployment(patch));
        case "Service":
            return inTime(core.patchNamespacedService(patch));
        case "Namespace":
            return inTime(core.patchNamespace({ name, body, fieldManager }));
        case "CiliumNetworkPolicy":
            return inTime(custom.patchNamespacedCustomObject({ ...policyKind, ...patch }));
        default:
            throw new Error(`the lab has no ${kind}`);
    }
}

/** Creates one of the lab's objects. @throws Error where the lab creates no such kind by itself. */
export function createObject(
    { custom }: Clients,
    namespace: string,
    body: { readonly kind: string },
): Promise<unknown> {
    if (body.kind !== "CiliumNetworkPolicy") {
        throw new Error(`the lab creates no ${body.kind} by itself`);
    }
    return inTime(
        custom.createNamespacedCustomObject({ ...policyKind, namespace, body, fieldManager }),
    );
}

/** Deletes one of the lab's objects; a Pod at once. @throws Error where the lab has no such kind. */
export function removeObject(
    { core, apps, custom }: Clients,
    { kind, namespace, name }: ObjectPlace,
): Promise<unknown> {
    switch (kind) {
        case "ConfigMap":
            return core.deleteNamespacedConfigMap({ namespace, name });
        case "Deployment":
            return apps.deleteNamespacedDeployment({ namespace, name });
        case "Service":
            return core.deleteNamespacedService({ namespace, name });
        case "Pod":
            return core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
        case "CiliumNetworkPolicy":
            return custom.deleteNamespacedCustomObject({ ...policyKind, namespace, name });
        default:
            throw new Error(`the lab has no ${kind}`);
    }
}

/** Where the API server has CiliumNetworkPolicies. */
export const policyKind = { group: "cilium.io", version: "v2", plural: "ciliumnetworkpolicies" };

/** A namespace's CiliumNetworkPolicies; none where Cilium has not registered the kind. */
export async function networkPolicies(
    custom: CustomObjectsApi,
    namespace: string,
): Promise<{ readonly items: LiveObject[] }> {
    const list: unknown = await orUndefined(
        custom.listNamespacedCustomObject({ ...policyKind, namespace }),
    );
    return (list as { items: LiveObject[] } | undefined) ?? { items: [] };
}

/** Kind of the policies of a whole cluster. */
export const clusterwideKind = "CiliumClusterwideNetworkPolicy";

/** The policies of a whole cluster; none where Cilium has not registered the kind. */
export async function clusterwidePolicies(
    custom: CustomObjectsApi,
): Promise<{ readonly items: LiveObject[] }> {
    const { group, version } = policyKind;
    const list: unknown = await orUndefined(
        custom.listClusterCustomObject({
            group,
            version,
            plural: "ciliumclusterwidenetworkpolicies",
        }),
    );
    return (list as { items: LiveObject[] } | undefined) ?? { items: [] };
}

/** The kinds of which `ClusterApi.objects` tells. */
export const objectKinds: readonly string[] = [
    "ConfigMap",
    "DaemonSet",
    "Deployment",
    "Secret",
    "Service",
    "CiliumNetworkPolicy",
];
