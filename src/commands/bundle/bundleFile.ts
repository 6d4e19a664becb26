import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { paddedSize, parseTarHeader, tarBlock, tarHeader } from "../../machine/tar";
import { Manifest, Piece, bundleNames, parseManifest } from "./manifest";

/** Writes a tar file by file; its name is there only when all of it is. */
export class BundleWriter {
    private at = 0;

    private constructor(
        private readonly path: string,
        private readonly part: string,
        private readonly file: FileHandle,
    ) {}

    static async open(path: string): Promise<BundleWriter> {
        const part = `${path}.${process.pid}.part`;
        await mkdir(dirname(path), { recursive: true });
        return new BundleWriter(path, part, await open(part, "w", 0o644));
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
        await this.file.close();
        await rename(this.part, this.path);
    }

    async giveUp(): Promise<void> {
        await this.file.close();
        await rm(this.part, { force: true });
    }
}

/**
 * Reads all of a bundle and compares it with the checksums in it.
 *
 * @throws Error with one sentence if it is not a bundle, not whole, damaged, or for another machine.
 */
export async function checkBundle(path: string, on?: string): Promise<Manifest> {
    const refuse = (reason: string) => new Error(`${path} cannot be used: ${reason}`);
    const files = await filesIn(path).catch((error: NodeJS.ErrnoException) => {
        throw refuse(error.code === "ENOENT" ? "there is no such file" : error.message);
    });
    const place = files.get(bundleNames.manifest);
    if (place === undefined) {
        throw refuse("it has no manifest, so it is no bundle or not whole; copy it again");
    }
    const text = (await readPlace(path, place)).toString();
    let manifest: Manifest;
    try {
        manifest = parseManifest(text, on);
    } catch (error) {
        throw refuse((error as Error).message);
    }
    for (const { name, sha256 } of manifest.pieces) {
        const piece = files.get(name);
        const actual = piece && (await sumOf(path, piece));
        if (actual !== sha256) {
            throw refuse(
                `its ${name} has SHA-256 ${actual ?? "none"}, not ${sha256}; copy it again`,
            );
        }
    }
    return manifest;
}

/** Where a file's content is in a tar. */
interface Place {
    readonly start: number;
    readonly size: number;
}

async function filesIn(path: string): Promise<Map<string, Place>> {
    const { size: end } = await stat(path);
    const file = await open(path);
    const found = new Map<string, Place>();
    try {
        for (let at = 0; at < end;) {
            const block = Buffer.alloc(tarBlock);
            await file.read(block, 0, tarBlock, at);
            const entry = parseTarHeader(block);
            if (entry === undefined) {
                break;
            }
            const start = at + tarBlock;
            at = start + paddedSize(entry.size);
            if (at > end) {
                throw new Error(`it ends in the middle of ${entry.name}; copy it again`);
            }
            found.set(entry.name, { start, size: entry.size });
        }
    } finally {
        await file.close();
    }
    return found;
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

async function sumOf(path: string, place: Place): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of contentOf(path, place) as AsyncIterable<Buffer>) {
        hash.update(chunk);
    }
    return hash.digest("hex");
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
