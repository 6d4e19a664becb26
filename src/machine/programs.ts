import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Where PATH has a program of that name, in its order; folders that are not absolute are another's at every place. */
export function programsOnPath(name: string, path: string): string[] {
    return path
        .split(delimiter)
        .filter(isAbsolute)
        .map((folder) => join(folder, name))
        .filter(isProgram);
}

function isProgram(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
    } catch {
        return false;
    }
}

const said = new Set<string>();

/** Says what would be said at every look, once in a process. */
export function sayOnce(line: string, say: (line: string) => void): void {
    if (!said.has(line)) {
        said.add(line);
        say(line);
    }
}
