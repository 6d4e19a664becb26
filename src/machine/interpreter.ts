import { join } from "node:path";
import { projectRoot } from "../config/declaration";

/**
 * Interpreter of a `local.Command` that runs a TypeScript file of this project: the command's text is the
 * file's argument, and no shell comes between. `node` is the one on PATH, which Pulumi needs too. It stands in the
 * state, so that every change of it is an update of all clusters.
 *
 * @param file Path relative to the project's root.
 */
export function typescriptInterpreter(file: string): string[] {
    return ["node", ...typescriptLoader, file];
}

/**
 * Node's arguments that make it load TypeScript: sucrase strips the types of the project's own files and
 * leaves all others alone. Measured at an `up` without a change: tsx, which hooks into every module that is
 * loaded, took half of the program's time.
 */
export const typescriptLoader: readonly string[] = ["--require", "sucrase/register/ts"];

/**
 * Node's arguments that run one of the lab's commands, whatever the folder: those of the scripts in package.json.
 *
 * @param root Folder of the checkout.
 */
export function commandArgs(name: string, root = projectRoot): string[] {
    return [
        "--require",
        join(root, "src", "loader.cjs"),
        join(root, "src", "commands", "main.ts"),
        name,
    ];
}
