import type { V1ManagedFieldsEntry } from "@kubernetes/client-node";
import { printable } from "../../config/problem";
import { Segment } from "../drift/fieldPath";
import { owns } from "../drift/owners";

/** What Kubernetes notes of who set which fields of an object; undefined where there is no such object. */
export type Managed = readonly V1ManagedFieldsEntry[] | undefined;

/** Where an object says something. */
export type FieldPath = readonly Segment[];

/** Programs that write into objects whose meaning somebody else decides. */
const controllers = ["kube-controller-manager", "cilium-operator-generic", "cilium-operator"];

/**
 * Who changed a field of an object between two looks.
 *
 * Whoever owns the field now has set it. Times alone do not tell: they are whole seconds, and an entry of the `scale`
 * subresource, which `kubectl scale` and autoscalers write, has none at all (`ToParent` in apimachinery's
 * `scalehandler.go` takes the time from the object's entries before). A field that was removed has no owner; then it was
 * whoever wrote at all since the look before. A scale to 0 leaves no owner of the replicas and no other trace: a 0 is
 * left out of what it writes.
 *
 * @param paths Fields that may say it, as two annotations of which one counts; none of them for the object as a whole.
 * @returns `kubectl`, `pulumi`, `helm`, `somebody, by scale`, or the field manager's own name as it can be printed.
 *   Undefined where nothing tells: an object that was deleted, and a field that was removed by somebody who sets none.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function authorOf(
    paths: readonly FieldPath[],
    before: Managed,
    after: Managed,
): string | undefined {
    const setters = (after ?? []).filter(isSetter);
    const isFresh = (entry: V1ManagedFieldsEntry) => !(before ?? []).some(isSameWrite(entry));
    const owners = setters.filter(({ fieldsV1 }) => paths.some((path) => owns(fieldsV1, path)));
    const fresh = (owners.length > 0 ? owners : setters).filter(isFresh);
    // An owner without a new time has written again, in the same second or without a time.
    const last = (fresh.length > 0 ? fresh : owners).sort(byTime).at(-1);
    return nameOf(last) ?? (after && paths.some(isScaled) ? "somebody, by scale" : undefined);
}

/** Whether a field is one that the `scale` subresource sets. */
function isScaled([part, field]: FieldPath): boolean {
    return part === "spec" && field === "replicas";
}

/** Whether an entry is of somebody who decides; what a controller decides is how many replicas there are. */
function isSetter({ manager = "", subresource }: V1ManagedFieldsEntry): boolean {
    return subresource === "scale" || (!subresource && !controllers.includes(manager));
}

function isSameWrite(entry: V1ManagedFieldsEntry) {
    return (other: V1ManagedFieldsEntry) =>
        other.manager === entry.manager &&
        other.operation === entry.operation &&
        other.subresource === entry.subresource &&
        timeOf(other) === timeOf(entry);
}

/** What has no time is a scale, which is told by its owner and not by its place in time. */
function byTime(a: V1ManagedFieldsEntry, b: V1ManagedFieldsEntry): number {
    return (timeOf(a) || Infinity) - (timeOf(b) || Infinity) || 0;
}

function timeOf({ time }: V1ManagedFieldsEntry): number {
    return Number(new Date(time ?? 0)) || 0;
}

/** The tools that write under many names, such as `kubectl-annotate` and `pulumi-kubernetes-1a2b`. */
const tools = /^(pulumi|kubectl|helm)(?![a-z0-9])/;

function nameOf(entry: V1ManagedFieldsEntry | undefined): string | undefined {
    if (entry === undefined) {
        return undefined;
    }
    const manager = entry.manager ?? "";
    if (controllers.includes(manager)) {
        return "an autoscaler";
    }
    const name = tools.exec(manager)?.[1] ?? printable(manager, 60);
    // A client chooses its name; it is not to look like a word of the board's.
    return name === "" ? undefined : /\s/.test(name) ? `“${name}”` : name;
}
