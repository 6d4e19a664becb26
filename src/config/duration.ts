/** Seconds of each unit that a lab's duration may have. */
const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/**
 * Seconds of a duration as Go writes it: `30s`, `1m30s`, `0`; undefined if the text is none.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function durationSeconds(text: string): number | undefined {
    if (text === "0") {
        return 0;
    }
    if (!/^(\d{1,9}(\.\d{1,9})?(ms|s|m|h))+$/.test(text)) {
        return undefined;
    }
    return [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
        (sum, [, count, unit = ""]) => sum + Number(count) * units[unit]!,
        0,
    );
}
