import type { V1ManagedFieldsEntry } from "@kubernetes/client-node";
import { ManagedFields } from "../../src/proof/live/look";

/** Objects that are there, and of which nobody notes who set what. */
export const nobody: ManagedFields = {
    service: [],
    deployment: [],
    namespace: [],
    policy: undefined,
    apiserver: [],
};

/** Noon of a day, and so many seconds: API servers note whole ones. */
export function atSecond(second: number): Date {
    return new Date(Date.UTC(2026, 2, 1, 12, 0, second));
}

/** A set of fields as API servers write it, from paths such as `spec.replicas`, or `annotations:name`. */
export function fields(...paths: readonly string[]): object {
    const set: Record<string, unknown> = {};
    for (const path of paths) {
        const steps = path.startsWith("annotations:")
            ? ["metadata", "annotations", path.slice("annotations:".length)]
            : path.split(".");
        let place = set;
        for (const step of steps) {
            place = (place[`f:${step}`] ??= {}) as Record<string, unknown>;
        }
    }
    return set;
}

/** What Pulumi's provider leaves behind: it applies on the server, under a name that every resource has its own of. */
export function applied(second: number, ...paths: readonly string[]): V1ManagedFieldsEntry {
    return {
        manager: "pulumi-kubernetes-1a2b3c4d",
        operation: "Apply",
        time: atSecond(second),
        fieldsV1: fields(...paths),
    };
}

/** What a client leaves behind that updates or patches. */
export function updated(
    manager: string,
    second: number,
    ...paths: readonly string[]
): V1ManagedFieldsEntry {
    return { manager, operation: "Update", time: atSecond(second), fieldsV1: fields(...paths) };
}

/** What `kubectl scale` and autoscalers leave behind: an entry of the subresource, which has no time. */
export function scaled(manager: string): V1ManagedFieldsEntry {
    return {
        manager,
        operation: "Update",
        subresource: "scale",
        fieldsV1: fields("spec.replicas"),
    };
}

/** What the control plane writes every time a pod becomes ready. */
export function status(second: number): V1ManagedFieldsEntry {
    return {
        manager: "kube-controller-manager",
        operation: "Update",
        subresource: "status",
        time: atSecond(second),
        fieldsV1: fields("annotations:deployment.kubernetes.io/revision", "status.replicas"),
    };
}
