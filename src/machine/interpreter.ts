/**
 * Interpreter of a `local.Command` that runs a TypeScript file of this project: the command's text is the
 * file's argument, and no shell comes between. `node` is the one on PATH, which Pulumi needs too.
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
