import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, readFileSync, rmSync } from "node:fs";
import { FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Writable, finished } from "node:stream";
import { printable, quote } from "../../config/problem";
import { dropLeftParts, partOf } from "../../machine/files";
import { endings, onSignals, signalCode } from "../../machine/signals";
import { paddedSize, parseTarHeader, tarBlock, tarHeader } from "../../machine/tar";
import { Manifest, Piece, bundleNames, parseManifest } from "./manifest";

/** Writes a tar file by file; its name is there only when all of it is. */
export class BundleWriter {
    private at = 0;

    private constructor(
        private readonly path: string,
        private readonly part: string,
        private readonly file: FileHandle,
        private readonly stopListening: () => void,
    ) {}

    static async open(path: string): Promise<BundleWriter> {
        const part = partOf(path);
        await mkdir(dirname(path), { recursive: true });
        dropLeftParts(path);
        const file = await open(part, "w", 0o644);
        const stopListening = onSignals(endings, (signal) => {
            rmSync(part, { force: true });
            process.exit(signalCode(signal));
        });
        return new BundleWriter(path, part, file, stopListening);
    }

    /** Appends a file whose size is known when it ends: the header is written then. */
    async add(name: string, content: Readable, mode = 0o644): Promise<Piece> {
        const hash = createHash("sha256");
        const start = this.at;
        let size = 0;
        for await (const chunk of content as AsyncIterable<Buffer>) {
            hash.update(chunk);
            await this.file.write(chunk, 0, chunk.length, start + tarBlock + size);
            size += chunk.length;
        }
        await this.file.write(tarHeader(name, size, mode), 0, tarBlock, start);
        this.at = start + tarBlock + paddedSize(size);
        return { name, size, sha256: hash.digest("hex") };
    }

    async finish(): Promise<void> {
        await this.file.truncate(this.at + 2 * tarBlock);
        await this.file.sync();
        await this.file.close();
        await rename(this.part, this.path);
        this.stopListening();
    }

    async giveUp(): Promise<void> {
        await this.file.close();
        await rm(this.part, { force: true });
        this.stopListening();
    }
}

/** Where the content of a bundle's file goes while it is read; undefined where it is only compared with its checksum. */
export type SinkOf = (piece: Piece) => Writable | undefined;

/**
 * Reads a bundle once, from its first byte to its last, and compares each file with its checksum. Only files that the
 * manifest lists are read. The end of a file reaches its sink when its checksum is right; else the sink is destroyed
 * with the reason.
 *
 * @param begin Told what the manifest says, before anything is read; returns where each file goes.
 * @param on The platform that the bundle has to be for.
 * @throws Error with one sentence if it is not a bundle, not whole, damaged, or for another machine.
 */
export async function readBundle(
    path: string,
    begin: (manifest: Manifest) => Promise<SinkOf> = () => Promise.resolve(() => undefined),
    on?: string,
): Promise<Manifest> {
    const refuse = (reason: string) => new Error(`${path} cannot be used: ${reason}`);
    const files = await filesIn(path).catch((error: NodeJS.ErrnoException) => {
        throw refuse(reasonOf(error));
    });
    const place = files.get(bundleNames.manifest);
    if (place === undefined) {
        throw refuse("it has no manifest, so it is no bundle or not whole; copy it again");
    }
    if (place.size > mostManifestBytes) {
        throw refuse(`its manifest has ${place.size} bytes, more than any has`);
    }
    const text = (await readPlace(path, place)).toString();
    let manifest: Manifest;
    try {
        manifest = parseManifest(text, on);
    } catch (error) {
        throw refuse((error as Error).message);
    }
    const sinkOf = await begin(manifest);
    for (const piece of manifest.pieces) {
        const { name, sha256 } = piece;
        const at = files.get(name);
        const damaged = (actual: string) =>
            refuse(`its ${name} has SHA-256 ${actual}, not ${sha256}; copy it again`);
        if (at === undefined) {
            throw damaged("none");
        }
        await copyPlace(path, at, sinkOf(piece), (actual) =>
            actual === sha256 ? undefined : damaged(actual),
        );
    }
    return manifest;
}

/** Most bytes of a manifest that is read: one has some thousand. */
const mostManifestBytes = 2 ** 20;

function reasonOf(error: NodeJS.ErrnoException): string {
    switch (error.code) {
        case "ENOENT":
        case "ENOTDIR":
            return "there is no such file";
        case "EACCES":
        case "EPERM":
            return "you may not read it";
        default:
            return error.message;
    }
}

/** Bytes at the end of a file that are held back until its checksum is known: no archive is whole without them. */
const heldBack = 2 ** 20;

async function copyPlace(
    path: string,
    place: Place,
    sink: Writable | undefined,
    judge: (sha256: string) => Error | undefined,
): Promise<void> {
    const hash = createHash("sha256");
    // It may fail at any time, and is told by the next write.
    sink?.on("error", () => undefined);
    let held: Buffer = Buffer.alloc(0);
    for await (const chunk of contentOf(path, place) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        if (sink !== undefined) {
            held = Buffer.concat([held, chunk]);
            const free = Math.max(0, held.length - heldBack);
            await put(sink, held.subarray(0, free));
            held = held.subarray(free);
        }
    }
    const damage = judge(hash.digest("hex"));
    if (damage !== undefined) {
        sink?.destroy(damage);
        throw damage;
    }
    if (sink !== undefined) {
        await put(sink, held);
        await new Promise<void>((resolve, reject) => {
            finished(sink, { readable: false }, (error) => (error ? reject(error) : resolve()));
            sink.end();
        });
    }
}

/** Writes to a sink, at its speed. @throws Error as the sink fails. */
async function put(sink: Writable, chunk: Buffer): Promise<void> {
    if (sink.errored) {
        throw sink.errored;
    }
    if (!sink.write(chunk)) {
        await once(sink, "drain");
    }
}

/** Where a file's content is in a tar. */
interface Place {
    readonly start: number;
    readonly size: number;
}

async function filesIn(path: string): Promise<Map<string, Place>> {
    const found = await stat(path);
    if (!found.isFile()) {
        throw new Error(found.isDirectory() ? "it is a folder" : "it is no file");
    }
    const end = found.size;
    const file = await open(path);
    const places = new Map<string, Place>();
    try {
        for (let at = 0; at < end;) {
            const block = Buffer.alloc(tarBlock);
            await file.read(block, 0, tarBlock, at);
            const packed = at === 0 ? packedWith(block) : undefined;
            if (packed !== undefined) {
                throw new Error(
                    `it is packed with ${packed}, and a bundle is not; unpack it first`,
                );
            }
            const entry = parseTarHeader(block);
            if (entry === undefined) {
                break;
            }
            // So begin the names in a tar that somebody has packed again.
            const name = entry.name.replace(/^\.\//, "");
            const start = at + tarBlock;
            at = start + paddedSize(entry.size);
            if (at > end) {
                throw new Error(`it ends in the middle of ${printable(name)}; copy it again`);
            }
            if (places.has(name)) {
                throw new Error(`it has ${quote(name)} twice`);
            }
            // A link or a folder of that name has no content of its own.
            if (entry.isFile) {
                places.set(name, { start, size: entry.size });
            }
        }
    } finally {
        await file.close();
    }
    return places;
}

/** What programs that pack begin their files with. */
const packers: readonly (readonly [program: string, magic: string])[] = [
    ["gzip", "1f8b"],
    ["bzip2", "425a68"],
    ["xz", "fd377a585a00"],
    ["zstd", "28b52ffd"],
    ["zip", "504b0304"],
];

/** The program that a file is packed with, by how it begins; undefined where it may be a tar. */
function packedWith(block: Buffer): string | undefined {
    const begin = block.subarray(0, 6).toString("hex");
    return packers.find(([, magic]) => begin.startsWith(magic))?.[0];
}

function contentOf(path: string, { start, size }: Place): Readable {
    return size === 0
        ? Readable.from([])
        : createReadStream(path, { start, end: start + size - 1, highWaterMark: 2 ** 20 });
}

async function readPlace(path: string, place: Place): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of contentOf(path, place) as AsyncIterable<Buffer>) {
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}

/** Paths, below a project's root, of the packages that its programs need; not those that only develop it. */
export function neededPackages(packageLock: string): string[] {
    const { packages } = JSON.parse(readFileSync(packageLock, "utf8")) as {
        packages: Readonly<
            Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>
        >;
    };
    return Object.entries(packages)
        .filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional)
        .map(([path]) => path);
}
