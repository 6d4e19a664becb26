import { printable } from "../../config/problem";
import { textTable, displayWidth } from "../../machine/terminal";
import { secondsText } from "../../proof/report/format";

/** How far a student's lab has come. */
export type Phase = "waiting" | "working" | "done" | "failed" | "stopped";

/** One line of the progress. */
export interface ProgressRow {
    readonly name: string;
    readonly phase: Phase;
    /** Seconds of work up to now, or in all. */
    readonly seconds?: number;
    /** What was heard last, or why it failed. */
    readonly news: string;
}

/** What is shown first where the screen is too small for all. */
const order: readonly Phase[] = ["working", "failed", "stopped", "done", "waiting"];

/**
 * The progress of a class as lines that fit a terminal: a row for each student, those being worked on first where
 * there is no room for all, and the counts below.
 */
export function progressScreen(
    rows: readonly ProgressRow[],
    given: { readonly columns: number; readonly lines: number },
): string[] {
    // A terminal that does not know its size says 0, or nothing.
    const size = { columns: given.columns || 80, lines: given.lines || 24 };
    const most = Math.max(1, size.lines - 3);
    const shown = new Set(
        rows.length <= most
            ? rows
            : [...rows]
                  .sort((a, b) => order.indexOf(a.phase) - order.indexOf(b.phase))
                  .slice(0, most),
    );
    const table = textTable(
        rows
            .filter((row) => shown.has(row))
            .map(({ name, phase, seconds, news }) => [
                name,
                phase,
                seconds === undefined ? "" : secondsText(Math.round(seconds)).replace(".0 s", " s"),
                news,
            ]),
    );
    const hidden = rows.length - shown.size;
    return [
        ...table.map((line) => fitted(line, size.columns)),
        ...(hidden > 0 ? [`… ${hidden} more`] : []),
        fitted(countsText(rows), size.columns),
    ];
}

/** `1 of 3 done, 1 failed, 1 working`. */
export function countsText(rows: readonly Pick<ProgressRow, "phase">[]): string {
    const count = (phase: Phase) => rows.filter((row) => row.phase === phase).length;
    const others = (["failed", "stopped", "working", "waiting"] as const)
        .filter((phase) => count(phase) > 0)
        .map((phase) => `, ${count(phase)} ${phase}`);
    return `${count("done")} of ${rows.length} done${others.join("")}`;
}

/** A line that a terminal does not break. */
function fitted(line: string, columns: number): string {
    if (displayWidth(line) < columns) {
        return line;
    }
    let text = "";
    for (const character of line) {
        if (displayWidth(text + character) > columns - 2) {
            break;
        }
        text += character;
    }
    return `${text}…`;
}

/** What a terminal is sent to show these lines in place of the ones it shows. */
export function redraw(lines: readonly string[], shown: number): string {
    const back = shown > 0 ? `\x1b[${shown}A\x1b[0J` : "";
    return `${back}${lines.join("\n")}\n`;
}

/**
 * What of the engine's news is shown of a lab, in the words of the lab's own programs: the kind clusters by the
 * lab's names for them. Undefined for everything else.
 *
 * @param kindNames kind clusters' names by lab cluster.
 */
export function newsOf(
    diagnostic: { readonly severity: string; readonly message: string; readonly urn?: string },
    kindNames: Readonly<Record<string, string>>,
): string | undefined {
    const isOwn = diagnostic.urn?.includes("command:local:Command") === true;
    const [line = ""] = diagnostic.message.trim().split("\n");
    if (!diagnostic.severity.startsWith("info") || !isOwn || line === "") {
        return undefined;
    }
    return inLabWords(line, kindNames);
}

/**
 * What a program of the lab has said as a line that can be shown, the kind clusters by the lab's names for them.
 *
 * @param kindNames kind clusters' names by lab cluster.
 */
export function inLabWords(said: string, kindNames: Readonly<Record<string, string>>): string {
    return Object.entries(kindNames).reduce(
        (text, [cluster, kind]) => text.replaceAll(kind, cluster),
        printable(said, 300),
    );
}
