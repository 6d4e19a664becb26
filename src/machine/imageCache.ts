import { join } from "node:path";
import { askEngine, engineProgram, transferWithinMs } from "./engine";
import { cacheRepository, cacheTag, engineReference, shortReference } from "./imageReference";
import { containerdStore } from "./imageStore";
import { withLock } from "./lock";
import { Machine } from "./machine";
import { labFolder } from "./names";
import { Runner, lastLine } from "./run";

/** An image that the container engine has under the lab's own tag. */
export interface KeptImage {
    readonly reference: string;
    readonly tag: string;
    /** Bytes in the engine; those of packed layers, where it keeps them in containerd's store. */
    readonly size: number;
    /** What it runs on, e.g. `linux/amd64`; empty where the engine does not say. */
    readonly platform: string;
}

/** An image that is not in the engine and could not be pulled. */
export interface MissedImage {
    readonly reference: string;
    /** The engine's own words. */
    readonly reason: string;
}

export interface Kept {
    readonly kept: readonly KeptImage[];
    readonly missed: readonly MissedImage[];
}

/** Longest wait for another process of this checkout that pulls images, in milliseconds. */
const lockWithinMs = 3_600_000;

/** What needs the engine, and tells what it does. */
type Place = Pick<Machine, "run" | "say">;

/**
 * Puts images into the container engine under the lab's own tags, where they outlive every cluster. What the user has
 * under the wanted name is taken as it is, what the lab has is not pulled again, and the name under which the rest is
 * pulled is taken away. One process of this checkout pulls at a time; others then find what it pulled.
 *
 * @param beforePull Called once, and before the first pull; what it throws ends the work.
 */
export function keepImages(
    references: readonly string[],
    place: Place,
    beforePull: () => Promise<void> = () => Promise.resolve(),
): Promise<Kept> {
    const lock = join(labFolder, "images.lock");
    const waiting = { lockOf: "the image cache", say: place.say, withinMs: lockWithinMs };
    return withLock(lock, "a download of images", waiting, async () => {
        const found = await Promise.all(references.map((one) => findImage(one, place.run)));
        const absent = references.filter((_, index) => found[index] === undefined);
        if (absent.length > 0) {
            await beforePull();
        }
        const pulled = await Promise.all(absent.map((reference) => pullImage(reference, place)));
        return {
            kept: [...found, ...pulled].filter((one) => one !== undefined && "tag" in one),
            missed: pulled.filter((one) => "reason" in one),
        };
    });
}

/** An image that the engine has, by the user's name or the lab's own; undefined if it has to be pulled. */
async function findImage(reference: string, run: Runner): Promise<KeptImage | undefined> {
    const tag = cacheTag(reference);
    // The user's own image of that name comes first: it may have been built again since.
    await askEngine(run, ["tag", engineReference(reference), tag]);
    const { code, stdout } = await inspect(tag, run);
    return code === 0 ? { reference, tag, ...sizeAndPlatform(stdout) } : undefined;
}

async function pullImage(reference: string, { run, say }: Place): Promise<KeptImage | MissedImage> {
    const name = shortReference(reference);
    const start = Date.now();
    say(`${name}: downloading, once for all clusters of this machine`);
    const pull = await askEngine(run, ["pull", "--quiet", engineReference(reference)], {
        timeoutMs: transferWithinMs,
    });
    if (pull.code !== 0) {
        return { reference, reason: lastLine(pull.stderr) };
    }
    const kept = await findImage(reference, run);
    if (kept === undefined) {
        return { reference, reason: `${engineProgram()} could not tag what it pulled` };
    }
    await askEngine(run, ["image", "rm", engineReference(reference)]);
    const seconds = Math.round((Date.now() - start) / 1000);
    say(`${name}: downloaded, ${megabytes(kept.size)} in ${seconds} s`);
    return kept;
}

/** Whether the engine keeps images in containerd's store, packed, and of many platforms those that were pulled. */
export async function hasContainerdStore(run: Runner): Promise<boolean> {
    const { stdout } = await askEngine(run, ["info", "--format", "{{json .DriverStatus}}"]);
    return stdout.includes(containerdStore);
}

function inspect(name: string, run: Runner) {
    const format = "{{.Size}} {{.Os}}/{{.Architecture}}";
    return askEngine(run, ["image", "inspect", "--format", format, name]);
}

function sizeAndPlatform(inspected: string): Pick<KeptImage, "size" | "platform"> {
    const [size, platform = ""] = inspected.trim().split(" ");
    return { size: Number(size), platform };
}

/**
 * The name under which kind finds a node image: the lab's own, if a bundle brought it and nobody has it under the
 * wanted one; else the wanted one, which kind pulls where it is not there.
 */
export async function nodeImageHere(reference: string, run: Runner): Promise<string> {
    const tag = cacheTag(reference);
    const isHere = async (name: string) => (await inspect(name, run)).code === 0;
    return !(await isHere(engineReference(reference))) && (await isHere(tag)) ? tag : reference;
}

/**
 * All that the cache holds, the largest first.
 *
 * @throws Error if the engine cannot be asked.
 */
export async function listCache(run: Runner): Promise<Pick<KeptImage, "tag" | "size">[]> {
    const format = "{{.Repository}}:{{.Tag}}";
    const list = await askEngine(run, ["image", "ls", "--format", format, cacheRepository]);
    if (list.code !== 0) {
        throw new Error(`${engineProgram()} cannot list its images: ${lastLine(list.stderr)}`);
    }
    const tags = list.stdout.split("\n").filter((line) => line !== "");
    const inspected = await Promise.all(tags.map((tag) => inspect(tag, run)));
    return tags
        .map((tag, index) => ({ tag, size: sizeAndPlatform(inspected[index]!.stdout).size }))
        .sort((a, b) => b.size - a.size);
}

/**
 * Takes images out of the cache. What somebody has under another name stays, under that name.
 *
 * @throws Error if the engine refuses one.
 */
export async function removeFromCache(tags: readonly string[], run: Runner): Promise<void> {
    const { code, stderr } = await askEngine(run, ["image", "rm", ...tags]);
    if (code !== 0) {
        throw new Error(
            `${engineProgram()} could not remove every image of the cache: ${lastLine(stderr)}`,
        );
    }
}

/** Bytes as people read them, e.g. `695 MB`. */
export function megabytes(bytes: number): string {
    return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}
