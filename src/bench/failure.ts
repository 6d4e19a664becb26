import { lastLine } from "../runner";

/**
 * Of all that a failed command printed, what tells why: what `up` says of a stuck pod and its log, else the last
 * line that calls itself an error, else the last line.
 */
export function reasonOf(output: string): string {
    const lines = output.split("\n").map((line) => line.trim());
    const last = (pattern: RegExp) => lines.findLast((line) => pattern.test(line));
    const stuck = [last(/^\S+ is stuck: /), last(/^Last log line: /)].filter(
        (line) => line !== undefined,
    );
    return stuck.length > 0
        ? stuck.join(" ")
        : (last(/^error: (?!update failed)/i) ?? lastLine(output));
}
