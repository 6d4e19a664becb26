import { isMapping } from "../../config/mapping";
import { printable, quote } from "../../config/problem";
import { PatchOperation } from "../../mesh/kube/objects";
import { Segment, pathText, pointer } from "./fieldPath";
import { Owners } from "./owners";

/** What puts an object back beyond an update: what Pulumi does not see is taken out, or all of the object. */
export type ObjectRepair =
    { readonly how: "patch"; readonly operation: PatchOperation } | { readonly how: "delete" };

/** A place where an object is not as it should be. */
export interface Differing {
    readonly text: string;
    readonly repair?: ObjectRepair;
}

export type Fields = Readonly<Record<string, unknown>>;

/** What one comparison works with. */
export interface Comparison {
    readonly kind: string;
    readonly owners: Owners;
}

/**
 * The places where `live` is not as wanted.
 *
 * @param wanted What the manifest sets; undefined where it says nothing.
 * @param whole The same with Kubernetes' defaults.
 */
export function compare(
    wanted: unknown,
    whole: unknown,
    live: unknown,
    path: readonly Segment[],
    comparison: Comparison,
): Differing[] {
    if (Array.isArray(whole) && Array.isArray(live) && areAlike(whole, live)) {
        return whole.flatMap((one, index) =>
            compare(
                (wanted as unknown[] | undefined)?.[index],
                one,
                live[index],
                [...path, { index, element: live[index] }],
                comparison,
            ),
        );
    }
    if (isMapping(whole) && isMapping(live)) {
        return [...new Set([...Object.keys(whole), ...Object.keys(live)])].flatMap((key) =>
            compare(
                (wanted as Fields | undefined)?.[key],
                whole[key],
                live[key],
                [...path, key],
                comparison,
            ),
        );
    }
    if (whole === live || (isNothing(whole) && isNothing(live))) {
        return [];
    }
    return wanted === undefined
        ? added(whole, live, path, comparison)
        : [changed(wanted, live, path, comparison)];
}

/** What a manifest sets is otherwise. */
function changed(
    wanted: unknown,
    live: unknown,
    path: readonly Segment[],
    { kind, owners }: Comparison,
): Differing {
    const by = byWhom(owners.of(path));
    const isGone = live === undefined;
    const text = isGone
        ? `${pathText(path)} is gone${by}`
        : `${pathText(path)} was changed${valueText(live, wanted)}${by}`;
    const op = isGone ? "add" : "replace";
    return {
        text,
        repair: isImmutable(kind, path)
            ? { how: "delete" }
            : patch({ op, path: pointer(path), value: wanted }),
    };
}

/** What no manifest sets is there: a drift if somebody else has set it. The API server's default comes back by itself. */
function added(
    whole: unknown,
    live: unknown,
    path: readonly Segment[],
    comparison: Comparison,
): Differing[] {
    if (whole === undefined && isMapping(live)) {
        return addedFields(live, path, comparison);
    }
    const { kind, owners } = comparison;
    const owner = owners.of(path);
    if (isNothing(live) || isLeftAlone(kind, path, live) || (owners.areKnown && !owner)) {
        return [];
    }
    const was = whole === undefined ? "was added" : "was changed";
    return [
        {
            text: `${pathText(path)} ${was}${valueText(live, whole)}${byWhom(owner)}`,
            repair: isImmutable(kind, path)
                ? { how: "delete" }
                : patch({ op: "remove", path: pointer(path) }),
        },
    ];
}

/** The fields of an object that no manifest has: as one where all of it was added, because half of it may be illegal. */
function addedFields(live: Fields, path: readonly Segment[], comparison: Comparison): Differing[] {
    const entries = Object.entries(live).filter(([, value]) => !isNothing(value));
    const found = entries.map(([key, value]) =>
        added(undefined, value, [...path, key], comparison),
    );
    const isAll = entries.length > 0 && found.every((one) => one.length > 0);
    if (!isAll) {
        return found.flat();
    }
    const text = `${pathText(path)} was added${valueText(live, undefined)}${byWhom(comparison.owners.of(path))}`;
    return [{ text, repair: patch({ op: "remove", path: pointer(path) }) }];
}

function patch(operation: PatchOperation): ObjectRepair {
    return { how: "patch", operation };
}

/** What the API server refuses to change in an object that is there. */
function isImmutable(kind: string, path: readonly Segment[]): boolean {
    const text = pathText(path);
    return (
        (kind === "Service" && /^spec\.clusterIPs?\b/.test(text)) ||
        (kind === "Deployment" && /^spec\.selector\b/.test(text)) ||
        (kind === "ConfigMap" && text === "immutable")
    );
}

/** What is the cluster's to give, and what changes nothing. */
function isLeftAlone(kind: string, path: readonly Segment[], live: unknown): boolean {
    const text = pathText(path);
    if (kind === "Service" && /^spec\.clusterIPs?\b/.test(text)) {
        return !JSON.stringify(live).includes("None");
    }
    if (kind === "Service" && /^spec\.ipFamil/.test(text)) {
        return true;
    }
    const key = path.at(-1);
    const isNote = /^(metadata|spec\.template\.metadata)\.(labels|annotations)\./.test(text);
    return (
        text.endsWith("metadata.creationTimestamp") ||
        (isNote && typeof key === "string" && !isHeeded(key, text))
    );
}

/** Whether Kubernetes or Cilium may heed a label or an annotation. Others are anybody's notes. */
function isHeeded(key: string, path: string): boolean {
    if (/^(kubectl|deployment)\.kubernetes\.io\/|^app\.kubernetes\.io\/managed-by$/.test(key)) {
        return false;
    }
    return (
        path.startsWith("spec.template.metadata.labels.") ||
        /(cilium|kubernetes|k8s)\.io\//.test(key)
    );
}

function byWhom(manager: string | undefined): string {
    return manager === undefined ? "" : `, by ${quote(manager).slice(1, -1)}`;
}

/** What is there and what should be. */
function valueText(live: unknown, wanted: unknown): string {
    const instead = shownValue(wanted);
    return `: ${shownValue(live)}${instead === undefined ? "" : ` in place of ${instead}`}`;
}

function shownValue(value: unknown): string | undefined {
    if (typeof value === "string") {
        return quote(value);
    }
    return value === undefined ? undefined : printable(JSON.stringify(value), 80);
}

/** Lists that can be compared one by one: of the same length, and of elements of the same names. */
function areAlike(wanted: readonly unknown[], live: readonly unknown[]): boolean {
    const nameOf = (one: unknown) => (isMapping(one) ? one.name : undefined);
    return (
        wanted.length === live.length &&
        wanted.every((one, index) => nameOf(one) === nameOf(live[index]))
    );
}

/** What means the same as nothing. */
function isNothing(value: unknown): boolean {
    return (
        value === undefined ||
        value === null ||
        value === false ||
        value === "" ||
        (typeof value === "object" && !(value instanceof Date) && Object.keys(value).length === 0)
    );
}
