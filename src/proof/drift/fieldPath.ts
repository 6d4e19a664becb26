/** One step of the way to a field: a key, or an element of a list with its number. */
export type Segment = string | { readonly index: number; readonly element: unknown };

/** A path as people write it: `spec.ports.0.port`. */
export function pathText(path: readonly Segment[]): string {
    return path
        .map((segment) => (typeof segment === "string" ? segment : String(segment.index)))
        .join(".");
}

/** A path as a JSON patch has it (RFC 6901). */
export function pointer(path: readonly Segment[]): string {
    return path
        .map((segment) => (typeof segment === "string" ? segment : String(segment.index)))
        .map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`)
        .join("");
}
