import { printable } from "../config/problem";

/** Longest reason, in characters: a few lines of a terminal. */
const longest = 400;

/** What Pulumi says of its own end, which is no reason. */
const empty = /^(update|destroy) (failed|canceled)$|^preview failed$|^resource .* failed$/i;

/** Beginnings that say nothing to a student. */
const preamble = /^(error: )+|^\d+ problems?; nothing was created or changed:\n/;

/** What goes before all that a program of the lab has written to standard error, its news first, its failure last. */
const ownProgram = /^exit status \d+: running [^\n]*:\n?/;

/**
 * The one reason why an operation of the Automation API failed: its own errors are standard output, standard error
 * and a stack trace in one text.
 *
 * @param diagnostics The engine's messages of severity error, in their order.
 * @param error What was thrown.
 */
export function reasonOf(diagnostics: readonly string[], error: Error): string {
    const told = diagnostics.map(plain).find((text) => text !== "" && !empty.test(text));
    return shortened(told ?? plain(errorLine(error.message)));
}

/** Of a text of the Automation API the CLI's own `error:` line, else the first line of what the CLI said. */
function errorLine(message: string): string {
    const [before = ""] = message.split("\n err?:");
    const said = before.replace(/^code: -?\d+\n stdout: [^]*?\n stderr: /, "");
    const lines = said.split("\n");
    return lines.find((line) => /^\s*error: /.test(line))?.trim() ?? lines[0]!;
}

/** Without preambles, marks of colour and line breaks. */
function plain(text: string): string {
    let rest = text.replace(/\x1b\[[\d;]*m|<\{%[^%]*%\}>/g, "").trim();
    while (preamble.test(rest)) {
        rest = rest.replace(preamble, "").trim();
    }
    const lines = ownProgram.test(rest)
        ? failureLines(rest.replace(ownProgram, "").split("\n"))
        : rest.split("\n");
    return lines
        .map((line) => line.trim().replace(/^- /, ""))
        .filter((line) => line !== "")
        .join("\n")
        .replace(/(?<![.:;,])\n/g, ". ")
        .replace(/\p{Cc}/gu, " ");
}

/** Of what a program of the lab has written, its failure: what is stuck, else what was missing to the last. */
function failureLines(lines: readonly string[]): readonly string[] {
    const told = lines.filter((line) => !/^mesh-\S+: /.test(line));
    const stuck = told.findLastIndex((line) => / is stuck: /.test(line));
    const missing = told.findLastIndex((line) => /^cluster\d+: /.test(line));
    return told.length === 0
        ? lines.slice(-1)
        : told.slice(stuck >= 0 ? stuck : Math.max(missing, 0));
}

function shortened(text: string): string {
    return printable(text, longest);
}
