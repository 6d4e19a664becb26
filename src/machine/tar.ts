import { Header } from "tar/header";

/** Size of a tar's blocks: headers fill one, contents are padded to a multiple of it. */
export const tarBlock = 512;

/** A file in a tar. */
export interface TarEntry {
    readonly name: string;
    /** Bytes of its content. */
    readonly size: number;
    readonly isFile: boolean;
}

/**
 * What a block at the head of an entry says; undefined for one of the empty blocks at the end.
 *
 * @throws Error if it is no header.
 */
export function parseTarHeader(block: Buffer): TarEntry | undefined {
    const { path = "", size = 0, type, nullBlock, cksumValid } = headerOf(block);
    if (nullBlock) {
        return undefined;
    }
    if (!cksumValid) {
        throw new Error("it is no tar");
    }
    return { name: path, size, isFile: type === "File" || type === "OldFile" };
}

/** The header in a block. @throws Error of a size that no file has, for which its parser has words of its own. */
function headerOf(block: Buffer): Header {
    try {
        return new Header(block);
    } catch {
        throw new Error("it is no tar");
    }
}

/** The header of a file that everybody may read, of a name with at most 100 characters. */
export function tarHeader(name: string, size: number, mode: number): Buffer {
    const block = Buffer.alloc(tarBlock);
    new Header({ path: name, size, mode, type: "File" }).encode(block);
    return block;
}

/** Bytes that a content takes in a tar. */
export function paddedSize(size: number): number {
    return Math.ceil(size / tarBlock) * tarBlock;
}

/** The files of a tar in memory, in their order. @throws Error if it is no tar. */
export function* filesInTar(
    tar: Buffer,
): Generator<{ readonly name: string; readonly content: Buffer }> {
    for (let at = 0; at + tarBlock <= tar.length;) {
        const entry = parseTarHeader(tar.subarray(at, at + tarBlock));
        if (entry === undefined) {
            return;
        }
        at += tarBlock;
        if (entry.isFile) {
            yield { name: entry.name, content: tar.subarray(at, at + entry.size) };
        }
        at += paddedSize(entry.size);
    }
}

/** The content of the first file of a tar in memory that is wanted; undefined if there is none. */
export function findInTar(tar: Buffer, isWanted: (name: string) => boolean): Buffer | undefined {
    for (const { name, content } of filesInTar(tar)) {
        if (isWanted(name)) {
            return content;
        }
    }
    return undefined;
}
