import { createHash, randomBytes } from "node:crypto";
import {
    mkdirSync,
    readdirSync,
    renameSync,
    rmSync,
    rmdirSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileError, fileSystem, isCode } from "./fileErrors";
import { isLeftBy, readText } from "./files";
import { Holder, isHolder, parseWritten } from "./lockHolder";
import { Waiting, patience } from "./lockWait";
import { isAlive, thisProcess } from "./processes";

/** A lock that this process holds. */
export interface Lock {
    /** Gives it up; the end of the process does, too. A second time changes nothing. */
    readonly release: () => void;
}

/** The file in a lock that says who holds it. */
const holderFile = "holder.json";

/**
 * Takes a lock if it is free, or left behind by a process that is gone.
 *
 * A lock is a folder with its holder in it, which is filled under another name and then renamed: `rename` replaces
 * no folder that has something in it (POSIX: ENOTEMPTY), so that of many processes one wins, a lock is never half
 * written, and no hard link is needed, which shared folders of virtual machines lack. Whoever takes away a stale
 * one must hold a lock on that very one first, and look again: else one that was judged stale, and was taken over
 * meanwhile, would be taken away from its new holder. Older checkouts' locks are files, and are honoured.
 *
 * @param path Where the lock is; its folder is made, and goes with the lock where nothing else is in it.
 * @param what What this process does, for the others' messages.
 * @returns The lock, or who holds it.
 * @throws FileError if no lock can be made there.
 */
export function tryLock(path: string, what: string): Lock | Holder {
    for (;;) {
        const found = look(path);
        if (found?.holder !== undefined && isAlive(found.holder)) {
            return found.holder;
        }
        const next = found && (found.isEmpty ? dropEmpty(path) : dropStale(path, found, what));
        const mine = next ?? take(path, what);
        if (mine !== undefined) {
            return mine;
        }
    }
}

/**
 * Waits until the lock can be had, and says so.
 *
 * @throws LockedError if it takes too long; it names the holder, and how to end the wait.
 */
export async function waitForLock(path: string, what: string, waiting: Waiting): Promise<Lock> {
    for (const turn = patience(path, waiting); ;) {
        const lock = tryLock(path, what);
        if ("release" in lock) {
            return lock;
        }
        await turn(lock);
    }
}

/** Does the work while this process holds the lock. @throws LockedError as {@link waitForLock} does. */
export async function withLock<T>(
    path: string,
    what: string,
    waiting: Waiting,
    work: () => Promise<T>,
): Promise<T> {
    const lock = await waitForLock(path, what, waiting);
    try {
        return await work();
    } finally {
        lock.release();
    }
}

/** Who holds a lock and is at work; undefined if nobody does. */
export function holderOf(path: string): Holder | undefined {
    const holder = look(path)?.holder;
    return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** What a look at a lock found. */
interface Found {
    /** Tells this lock from every other one that was or will be there. */
    readonly id: string;
    /** Undefined if what is there names nobody: an empty folder, a damaged file. */
    readonly holder: Holder | undefined;
    /** Whether it is a folder that has just been given up: others may take it at any moment. */
    readonly isEmpty: boolean;
}

/** Takes a lock that nobody has, at this moment; undefined if there is one. */
function take(path: string, what: string): Lock | undefined {
    const token = randomBytes(8).toString("hex");
    const part = `${path}.${process.pid}.${token}.part`;
    const mine = { what, since: new Date().toISOString(), ...thisProcess(), token };
    const make = () => {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        mkdirSync(part, { mode: 0o700 });
    };
    try {
        try {
            make();
        } catch (error) {
            // Whoever gave a lock up in this moment may have taken the empty folder away.
            if (!isCode(error, "ENOENT")) {
                throw error;
            }
            make();
        }
        writeFileSync(join(part, holderFile), JSON.stringify(mine), { mode: 0o600 });
    } catch (error) {
        rmSync(part, { recursive: true, force: true });
        dropFolder(dirname(path));
        throw fileError(error, path, "written");
    }
    try {
        renameSync(part, path);
    } catch (error) {
        rmSync(part, { recursive: true, force: true });
        if (look(path) === undefined && !isTaken(error)) {
            throw fileError(error, path, "written");
        }
        return undefined;
    }
    dropLeftovers(path);
    return heldLock(path, token);
}

/** What `rename` says of a lock that is there: a folder that is not empty, or an older checkout's file. */
function isTaken(error: unknown): boolean {
    return isCode(error, "ENOTEMPTY", "EEXIST", "ENOTDIR");
}

/** What the end of this process has to do: one listener for all locks, of which a class may hold many. */
const releases = new Set<() => void>();
const releaseAll = () => releases.forEach((release) => release());

function heldLock(path: string, token: string): Lock {
    const release = () => {
        releases.delete(release);
        if (releases.size === 0) {
            process.off("exit", releaseAll);
        }
        // Who is told to end may have lost it to another one already.
        if (look(path)?.id === token) {
            remove(path);
            dropFolder(dirname(path));
        }
    };
    if (releases.size === 0) {
        process.on("exit", releaseAll);
    }
    releases.add(release);
    return { release };
}

/** Takes the folder that a lock was in away, if it is empty; nobody needs it to be gone. */
function dropFolder(folder: string): void {
    try {
        rmdirSync(folder);
    } catch {
        // Something else is in it, or it is none of ours to remove.
    }
}

/** Looks at a lock; undefined if there is none. @throws FileError if it cannot be read. */
function look(path: string): Found | undefined {
    return fileSystem(path, "read", () => {
        const stat = statSync(path, { throwIfNoEntry: false });
        if (stat === undefined) {
            return undefined;
        }
        const isFolder = stat.isDirectory();
        let written: string | undefined;
        try {
            written = readText(isFolder ? join(path, holderFile) : path);
        } catch (error) {
            // Between the two looks, a stale file has become somebody's folder, or an older checkout's file.
            if (isCode(error, isFolder ? "ENOTDIR" : "EISDIR")) {
                return look(path);
            }
            throw error;
        }
        const text = written ?? "";
        const { token, ...holder } = parseWritten(text, stat.mtime);
        const unlike = createHash("sha256").update(`${stat.ino} ${stat.mtimeMs} ${text}`);
        return {
            id: token ?? unlike.digest("hex").slice(0, 16),
            holder: isHolder(holder) ? holder : undefined,
            isEmpty: isFolder && written === undefined,
        };
    });
}

/**
 * Takes a stale lock away, if it still is the one that was found.
 *
 * @returns Who does the same at this moment, if somebody else does: it will have the lock next.
 */
function dropStale(path: string, { id }: Found, what: string): Holder | undefined {
    const claim = tryLock(`${path}.${id}`, what);
    if (!("release" in claim)) {
        return claim;
    }
    if (look(path)?.id === id) {
        remove(path);
    }
    claim.release();
    return undefined;
}

/** Takes an empty folder away, and nothing that somebody has put into it since it was seen. */
function dropEmpty(path: string): undefined {
    try {
        rmdirSync(path);
    } catch (error) {
        if (!isTaken(error) && !isCode(error, "ENOENT")) {
            throw fileError(error, path, "removed");
        }
    }
}

/** Takes a lock away. Once its holder's file is gone, it is free: the empty folder may be the next one's already. */
function remove(path: string): void {
    try {
        if (statSync(path).isDirectory()) {
            rmSync(join(path, holderFile), { force: true });
            rmdirSync(path);
        } else {
            rmSync(path);
        }
    } catch (error) {
        if (!isTaken(error) && !isCode(error, "ENOENT")) {
            throw fileError(error, path, "removed");
        }
    }
}

/** Takes away what processes that were killed while they took this lock had made: parts, and claims on older locks. */
function dropLeftovers(path: string): void {
    const name = basename(path);
    for (const file of readdirSync(dirname(path))) {
        const [, of, pid] = /^(.+?)(?:\.(\d+))?\.[0-9a-f]{16}(?:\.part)?$/.exec(file) ?? [];
        if (of !== name) {
            continue;
        }
        const left = join(dirname(path), file);
        if (!file.endsWith(".part")) {
            // What it is a claim on is gone for good, so that nobody who takes it again does harm.
            if (holderOf(left) === undefined) {
                remove(left);
            }
        } else if (isLeftBy(Number(pid), left)) {
            rmSync(left, { recursive: true, force: true });
        }
    }
}
