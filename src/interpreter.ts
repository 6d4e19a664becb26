/**
 * Interpreter of a `local.Command` that runs a TypeScript file of this project: the command's text is the
 * file's argument, and no shell comes between. `node` is the one on PATH, which Pulumi needs too.
 *
 * @param file Path relative to the project's root.
 */
export function tsxInterpreter(file: string): string[] {
    return ["node", "--import", "tsx", file];
}
