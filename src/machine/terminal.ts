import { visible } from "../config/problem";

export { shellQuote } from "../config/shell";

/** Characters that a terminal shows two columns wide: the East Asian ones and pictures. */
const wide =
    /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns that a text takes on a terminal. */
export function displayWidth(text: string): number {
    const characters = [...text.replace(/[\p{M}\u200b-\u200d]/gu, "")];
    return characters.reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);
}

/**
 * A table of plain text: columns padded to their widest cell, two spaces between, right end trimmed. A row is a line,
 * whatever is in its cells, and no cell has commands to the terminal.
 */
export function textTable(given: readonly (readonly string[])[]): string[] {
    const rows = given.map((row) => row.map((cell) => visible(cell.replace(/\s*[\r\n]\s*/g, " "))));
    const widths = rows.reduce<number[]>(
        (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, displayWidth(cell))),
        [],
    );
    return rows.map((row) =>
        row
            .map((cell, i) => cell + " ".repeat(widths[i]! - displayWidth(cell)))
            .join("  ")
            .trimEnd(),
    );
}
