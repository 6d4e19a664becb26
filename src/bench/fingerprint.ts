/** What a measurement depends on besides the project itself: machine, engine, tools, images. By name. */
export type Fingerprint = Readonly<Record<string, string>>;

/**
 * Why two results must not be compared, in one sentence; undefined if they were measured on the same machine
 * with the same images and tools.
 */
export function whyNotComparable(ours: Fingerprint, other: Fingerprint): string | undefined {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(other)])];
    const different = names
        .filter((name) => ours[name] !== other[name])
        .map((name) => `${name} (${ours[name] ?? "unknown"}, there ${other[name] ?? "unknown"})`);
    return different.length === 0
        ? undefined
        : `The results are not compared: they differ in ${different.join(", ")}.`;
}
