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
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
 */
export function parseTarHeader(block: Buffer): TarEntry | undefined {
    if (block.every((byte) => byte === 0)) {
        return undefined;
    }
    if (block.toString("latin1", 257, 262) !== "ustar") {
        throw new Error("it is no tar");
    }
    const prefix = text(block, 345, 155);
    const name = text(block, 0, 100);
    return {
        name: prefix === "" ? name : `${prefix}/${name}`,
        size: parseInt(text(block, 124, 12), 8),
        isFile: ["0", "\0"].includes(block.toString("latin1", 156, 157)),
    };
}

/** Bytes that a content takes in a tar. */
export function paddedSize(size: number): number {
    return Math.ceil(size / tarBlock) * tarBlock;
}

/** The content of the first file of a tar in memory that is wanted; undefined if there is none. */
export function findInTar(tar: Buffer, isWanted: (name: string) => boolean): Buffer | undefined {
    for (let at = 0; at + tarBlock <= tar.length;) {
        const entry = parseTarHeader(tar.subarray(at, at + tarBlock));
        if (entry === undefined) {
            return undefined;
        }
        at += tarBlock;
        if (entry.isFile && isWanted(entry.name)) {
            return tar.subarray(at, at + entry.size);
        }
        at += paddedSize(entry.size);
    }
    return undefined;
}

function text(block: Buffer, start: number, length: number): string {
    const bytes = block.subarray(start, start + length);
    const end = bytes.indexOf(0);
    return bytes.toString("utf8", 0, end === -1 ? length : end).trim();
}

/** The header of a file that everybody may read, of a name with at most 100 characters. */
export function tarHeader(name: string, size: number, mode: number): Buffer {
    const block = Buffer.alloc(tarBlock);
    const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
    block.write(name, 0, 100);
    block.write(octal(mode, 7), 100);
    block.write(octal(0, 7), 108);
    block.write(octal(0, 7), 116);
    block.write(octal(size, 11), 124);
    block.write(octal(0, 11), 136);
    block.write("        0", 148);
    block.write("ustar\x0000", 257, "latin1");
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return block;
}
