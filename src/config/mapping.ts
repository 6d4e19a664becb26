/** What YAML calls a mapping and JSON an object: a value with keys, neither a list nor null. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Whether a value that came from a file or an API has keys. */
export function isMapping(value: unknown): value is Mapping {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value that is text; undefined for any other. */
export function asText(value: unknown): string | undefined {
    return typeof value === "string" ? value : undefined;
}
