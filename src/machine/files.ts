import { randomBytes } from "node:crypto";
import {
    closeSync,
    constants,
    copyFileSync,
    existsSync,
    fchmodSync,
    fsyncSync,
    linkSync,
    mkdirSync,
    openSync,
    readFileSync,
    readdirSync,
    realpathSync,
    renameSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { FileError, fileSystem, isCode } from "./fileErrors";
import { isAlive } from "./processes";

/** A file that only its owner can read. */
export const ownersOnly = 0o600;

/** Reads a text file; undefined if there is none. @throws FileError if it cannot be read. */
export function readText(path: string): string | undefined {
    return fileSystem(path, "read", () => {
        try {
            return readFileSync(path, "utf8");
        } catch (error) {
            if (isCode(error, "ENOENT")) {
                return undefined;
            }
            throw error;
        }
    });
}

/**
 * Reads a JSON file; undefined if there is none.
 *
 * @param isOne Whether what the file says is what it should say.
 * @param fix What to do with a damaged file. Without it, a damaged file counts as none: for what can be had again.
 * @throws FileError if it cannot be read, or is damaged and that matters.
 */
export function readJson<T>(
    path: string,
    isOne: (value: unknown) => value is T,
    fix?: string,
): T | undefined {
    const text = readText(path);
    if (text === undefined) {
        return undefined;
    }
    const value = parseJson(text);
    if (isOne(value)) {
        return value;
    }
    if (fix === undefined) {
        return undefined;
    }
    const reason = text.trim() === "" ? "it is empty" : "it does not say what it should";
    throw new FileError({ message: `${path} is damaged: ${reason}.`, fix }, undefined);
}

/** What a JSON text says; undefined if it is none. */
export function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/** Whether a value is an object that has texts under these keys. */
export function hasTexts<K extends string>(
    value: unknown,
    ...keys: K[]
): value is Record<K, string> {
    return (
        typeof value === "object" &&
        value !== null &&
        keys.every((key) => typeof (value as Record<string, unknown>)[key] === "string")
    );
}

/**
 * Writes a file, all of it or nothing, whatever happens: to another name, through to the disk, then renamed. What
 * killed processes left of it goes. A link is followed.
 *
 * @param mode File mode of a new file; one that is there keeps its own, unless a mode is given.
 * @throws FileError if it cannot be written.
 */
export function writeWhole(path: string, content: string | Buffer, mode?: number): void {
    fileSystem(path, "written", () => {
        const target = existsSync(path) ? realpathSync(path) : path;
        const part = writePart(target, content, mode ?? modeOf(target));
        try {
            renameSync(part, target);
        } catch (error) {
            rmSync(part, { force: true });
            throw error;
        }
        syncFolder(dirname(target));
    });
}

/**
 * Writes a file as {@link writeWhole} does, unless it is there already: of several processes that write it at the
 * same time, one does.
 *
 * @returns Whether this one did.
 * @throws FileError if it cannot be written.
 */
export function writeOnce(path: string, content: string, mode: number = ownersOnly): boolean {
    return fileSystem(path, "written", () => {
        const part = writePart(path, content, mode);
        try {
            linkOrCopy(part, path);
            syncFolder(dirname(path));
            return true;
        } catch (error) {
            if (isCode(error, "EEXIST")) {
                return false;
            }
            throw error;
        } finally {
            rmSync(part, { force: true });
        }
    });
}

/**
 * Writes what a file had as `<path>.old`, or under the next name that is free: an earlier copy stays.
 *
 * @throws FileError if it cannot be written.
 */
export function putAside(path: string, content: string): void {
    const nameOf = (number: number) => `${path}.old${number === 1 ? "" : `.${number}`}`;
    for (let number = 1; !writeOnce(nameOf(number), content); number++) {
        if (readText(nameOf(number)) === content) {
            return;
        }
    }
}

/** Gives a file a second name that must be free; where the file system has no links (shared folders), a copy. */
function linkOrCopy(from: string, to: string): void {
    try {
        linkSync(from, to);
    } catch (error) {
        if (isCode(error, "EEXIST")) {
            throw error;
        }
        copyFileSync(from, to, constants.COPYFILE_EXCL);
    }
}

/** Name of a file while it is written. */
export function partOf(path: string): string {
    return `${path}.${process.pid}.part`;
}

/** Takes away what processes that are gone had written of a file, or of a folder that is made like one. */
export function dropLeftParts(path: string): void {
    const folder = dirname(path);
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
        const [, name, pid] = /^(.*)\.(\d+)\.part$/.exec(file) ?? [];
        if (name === basename(path) && isLeftBy(Number(pid), join(folder, file))) {
            rmSync(join(folder, file), { recursive: true, force: true });
        }
    }
}

/** Whether a file or folder of a process of that number is left by one that is gone, whoever has the number now. */
export function isLeftBy(pid: number, path: string): boolean {
    const made = statSync(path, { throwIfNoEntry: false });
    return made !== undefined && !isAlive({ pid, since: made.mtime.toISOString() });
}

function writePart(path: string, content: string | Buffer, mode: number): string {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    dropLeftParts(path);
    const part = partOf(path);
    const file = openSync(part, "w", mode);
    try {
        // Whatever the umask takes away, and whoever had begun it.
        fchmodSync(file, mode);
        writeFileSync(file, content);
        fsyncSync(file);
    } catch (error) {
        rmSync(part, { force: true });
        throw error;
    } finally {
        closeSync(file);
    }
    return part;
}

function modeOf(path: string): number {
    return existsSync(path) ? statSync(path).mode & 0o777 : ownersOnly;
}

/** Else a power cut may leave the old name, or none. Not every file system can do that with a folder. */
function syncFolder(folder: string): void {
    try {
        const opened = openSync(folder, "r");
        fsyncSync(opened);
        closeSync(opened);
    } catch {
        // The file itself is on the disk.
    }
}

/** A fresh token for a creation. */
export function newToken(): string {
    return randomBytes(8).toString("hex");
}
