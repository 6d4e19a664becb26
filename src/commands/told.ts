import { homedir } from "node:os";
import { delimiter } from "node:path";
import { projectRoot } from "../config/declaration";
import { Problem, printable } from "../config/problem";
import { sentenceOf } from "../machine/fileErrors";

/** What an error says to the user: one sentence, with what to do about it where that is known. */
export function told(error: unknown): string {
    const sentence = sentenceOf(error);
    if (sentence !== undefined) {
        return sentence;
    }
    const isFault =
        error instanceof TypeError ||
        error instanceof RangeError ||
        error instanceof ReferenceError ||
        error instanceof SyntaxError;
    return isFault
        ? `The lab has met something that it does not expect (${printable(error.message)}). Fix: run the same command again; if it stays, tell it to the lab's maintainers, with what was done before.`
        : error instanceof Error
          ? error.message
          : printable(String(error));
}

/** Commands that make something that has paths in PATH or KUBECONFIG. What is there must come down anywhere. */
const making: readonly string[] = [
    "up",
    "tour",
    "board",
    "class",
    "ephemeral",
    "env",
    "bundle",
    "experiment",
];

/** What stands in the way of a command before it begins: no home folder, a folder of a name that cannot be used. */
export function placeProblems(
    command: string,
    { root = projectRoot, home = homedir }: { root?: string; home?: () => string } = {},
): Problem[] {
    return [
        ...(hasHome(home)
            ? []
            : [
                  {
                      message:
                          "this user has no home folder: HOME is not set, and the system has no entry of the user.",
                      fix: "export HOME=<a folder that you may write to>",
                  },
              ]),
        ...(making.includes(command) && root.includes(delimiter)
            ? [
                  {
                      message: `the project is in ${printable(root)}, and "${delimiter}" separates the paths of KUBECONFIG and PATH.`,
                      fix: `move it to a folder without "${delimiter}" in its path`,
                  },
              ]
            : []),
    ];
}

/** An empty HOME is the current folder to some programs, and none to others: it is none. */
function hasHome(home: () => string): boolean {
    try {
        return home() !== "";
    } catch {
        return false;
    }
}
