import { Stats, existsSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, sep } from "node:path";
import { projectRoot } from "../config/declaration";
import { Problem, problemText } from "../config/problem";
import { shellQuote } from "../config/shell";

/** What was to be done with a file, as a message says it: "cannot be read". */
export type FileVerb = "read" | "written" | "removed";

/** Thrown with one sentence where the file system refuses something. */
export class FileError extends Error {
    constructor(
        readonly problem: Problem,
        /** As Node names it, e.g. `EACCES`. */
        readonly code: string | undefined,
    ) {
        super(problemText(problem));
        this.name = "FileError";
    }
}

/** Does something with a file. @throws FileError where the file system refuses. */
export function fileSystem<T>(path: string, verb: FileVerb, work: () => T): T {
    try {
        return work();
    } catch (error) {
        throw fileError(error, path, verb);
    }
}

/** A file system's error in one sentence; any other error as it is. */
export function fileError(error: unknown, path: string, verb: FileVerb): Error {
    const { code, path: itself } = error as NodeJS.ErrnoException;
    if (error instanceof FileError || code === undefined) {
        return error as Error;
    }
    const { reason, fix } = explain(code, path, itself ?? path, (error as Error).message);
    return new FileError({ message: `${path} cannot be ${verb}: ${reason}.`, fix }, code);
}

/** Calls of the system that only look. */
const looking =
    /^(open|read|readdir|scandir|opendir|stat|lstat|access|realpath|readlink|copyfile|watch)$/;

/** Calls that change something; the other calls of Node's errors are of networks and processes. */
const changing =
    /^(write|fsync|close|mkdir|mkdtemp|rename|link|symlink|ftruncate|truncate|chmod|fchmod|utime)$/;

/** Calls that take away. */
const removing = /^(unlink|rmdir|rm)$/;

/**
 * An error of the file system that nobody has put into words yet, as one sentence with its fix; undefined if it is none.
 */
export function sentenceOf(error: unknown): string | undefined {
    const { code, syscall, path } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
    const isOfFiles = [looking, changing, removing].some((calls) => calls.test(syscall ?? ""));
    // A reader of this program's output that has gone is no trouble with a file.
    if (error instanceof FileError || code === undefined || code === "EPIPE" || !isOfFiles) {
        return undefined;
    }
    const verb = removing.test(syscall!) ? "removed" : looking.test(syscall!) ? "read" : "written";
    return fileError(error, path ?? "a file", verb).message;
}

/** Whether an error has one of Node's codes. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
    return codes.includes((error as NodeJS.ErrnoException).code ?? "");
}

interface Explanation {
    readonly reason: string;
    readonly fix?: string;
}

/** @param path What the error is about: the wanted file, or where it is written first. */
function explain(code: string, wanted: string, path: string, message: string): Explanation {
    switch (code) {
        case "EACCES":
        case "EPERM":
            return denied(path);
        case "EISDIR":
            return { reason: "it is a folder where a file is meant", fix: moveAway(wanted) };
        case "ENOTDIR":
        case "EEXIST": {
            const file = fileOnTheWay(path);
            return {
                reason: `${file} is a file where a folder is meant`,
                fix: moveAway(file),
            };
        }
        case "ENOSPC":
        case "EDQUOT":
            return {
                reason: code === "EDQUOT" ? "the disk quota is used up" : "the disk is full",
                fix: `free some space; df -h ${shellQuote(nearestThere(path))} shows how much there is`,
            };
        case "EROFS":
            return {
                reason: "its file system is read-only",
                fix: "use a checkout on a disk that can be written to",
            };
        case "EMFILE":
        case "ENFILE":
            return { reason: "too many files are open", fix: "ulimit -n 4096" };
        case "ENAMETOOLONG":
            return { reason: "its path is too long", fix: "use a checkout with a shorter path" };
        case "ENOENT":
            return { reason: "there is no such file or folder" };
        case "ELOOP":
            return { reason: "its links lead in a circle", fix: `ls -l ${shellQuote(wanted)}` };
        case "EBUSY":
        case "ETXTBSY":
            return {
                reason: "another program uses it",
                fix: "end that program, and run this again",
            };
        case "EIO":
            return {
                reason: "the disk does not work as it should",
                fix: "look at the system's log: dmesg",
            };
        default:
            return { reason: message };
    }
}

/** A file that may not be touched: somebody else's, which a run with sudo leaves, or the user's own without the right. */
function denied(path: string): Explanation {
    const there = nearestThere(path);
    const owner = statOf(there)?.uid;
    const user = process.getuid?.();
    if (owner === undefined || owner === user || user === 0) {
        const right =
            owner === user && mayChange(there) ? `chmod -R u+rwX ${shellQuote(there)}` : undefined;
        return { reason: "permission denied", fix: right };
    }
    const isInCheckout = there === projectRoot || isBelow(there, projectRoot);
    if (isInCheckout && statOf(projectRoot)?.uid !== user) {
        return othersCheckout(statOf(projectRoot)?.uid);
    }
    return {
        reason: `permission denied; ${there === path ? "it" : there} belongs to ${owner === 0 ? "root, perhaps after a run with sudo" : `another user (number ${owner})`}`,
        fix: mayChange(there)
            ? `sudo chown -R $(id -u) ${shellQuote(there)}`
            : `use another path; ls -ld ${shellQuote(there)} shows who may use this one`,
    };
}

/** All of a checkout that is not the user's is its owner's, with the labs in it. One of root's may be a mistake. */
function othersCheckout(owner: number | undefined): Explanation {
    const own = "use a checkout of your own, or run this as its owner";
    return owner === 0
        ? {
              reason: "permission denied; this checkout belongs to root",
              fix: `${own}; if it is meant to be yours: sudo chown -R $(id -u) ${shellQuote(projectRoot)}`,
          }
        : {
              reason: `permission denied; this checkout belongs to another user (number ${owner})`,
              fix: own,
          };
}

/**
 * Whether a message may tell somebody to move a path away or to change whose it is: what is in this checkout, or below
 * the user's home or the temporary folder, but none of these two, and nothing of the system's.
 */
function mayChange(path: string): boolean {
    return (
        path === projectRoot ||
        [projectRoot, homeFolder(), tmpdir()].some((one) => isBelow(path, one))
    );
}

function isBelow(path: string, folder: string): boolean {
    return folder !== "" && path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function homeFolder(): string {
    try {
        return homedir();
    } catch {
        return "";
    }
}

/** The path itself, or the innermost of its folders that is there. */
function nearestThere(path: string): string {
    return existsSync(path) || path === dirname(path) ? path : nearestThere(dirname(path));
}

function fileOnTheWay(path: string): string {
    const isFile = statOf(path)?.isDirectory() === false;
    return isFile || path === dirname(path) ? path : fileOnTheWay(dirname(path));
}

/** What there is under a path; undefined if that cannot be told. */
function statOf(path: string): Stats | undefined {
    try {
        return statSync(path);
    } catch {
        return undefined;
    }
}

function moveAway(path: string): string {
    return !mayChange(path)
        ? "use another path"
        : `mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}`;
}
