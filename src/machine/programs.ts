import { Stats, accessSync, constants, lstatSync, statSync } from "node:fs";
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

/**
 * Why the first thing on PATH that has a program's name cannot be started; undefined if there is none. Who starts it is
 * told "no such file", too, where it is a link to nothing or its interpreter is missing.
 */
export function whyUnusable(name: string, path: string): string | undefined {
    const first = path
        .split(delimiter)
        .filter(isAbsolute)
        .map((folder) => join(folder, name))
        .find((one) => look(lstatSync, one) !== undefined);
    if (first === undefined) {
        return undefined;
    }
    const there = look(statSync, first);
    if (there === undefined) {
        return `${first} is a link that leads nowhere`;
    }
    if (there.isDirectory()) {
        return `${first} is a folder`;
    }
    return isProgram(first)
        ? `${first} is there, and what it is to be run by is not`
        : `${first} is not executable`;
}

function look(stat: (path: string) => Stats, path: string): Stats | undefined {
    try {
        return stat(path);
    } catch {
        return undefined;
    }
}

/** Longest time that a program has to say its version, in milliseconds: also from a slow disk, on a busy machine. */
export const versionWithinMs = 60_000;

/**
 * The version that a program says, e.g. `0.33.0` of `v0.33.0-alpha`: a line that begins with it. Others, and numbers in
 * them, are not its version: a wrapper may have a word to say first.
 */
export function versionIn(stdout: string): string | undefined {
    return /^\s*(?:kind )?v?(\d+\.\d+\.\d+)(?![\d.])/m.exec(stdout)?.[1];
}

const said = new Set<string>();

/** Says what would be said at every look, once in a process. */
export function sayOnce(line: string, say: (line: string) => void): void {
    if (!said.has(line)) {
        said.add(line);
        say(line);
    }
}
