import {
    createWriteStream,
    existsSync,
    mkdirSync,
    readFileSync,
    renameSync,
    rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { ProblemsError } from "../../config/problem";
import { stackFilePath } from "../../config/stackFile";
import { bundleFolder, listBundledTools, useBundledTools } from "../../machine/bundledTools";
import { askEngine, engineProgram, transferWithinMs } from "../../machine/engine";
import { dropLeftParts, partOf, readText, writeOnce, writeWhole } from "../../machine/files";
import { megabytes } from "../../machine/imageCache";
import { cacheTag } from "../../machine/imageReference";
import { withLock } from "../../machine/lock";
import { Machine } from "../../machine/machine";
import { labFolder } from "../../machine/names";
import { Runner, lastLine } from "../../machine/run";
import { cachedChart, isNamed, wantedCharts } from "../../mesh/cilium/chart";
import { withNodeImage } from "../../mesh/kind/nodeImage";
import { LabStack } from "../../stack/home";
import { readBundle } from "./bundleFile";
import { Manifest, Piece, bundleNames } from "./manifest";
import { podImages } from "./writeBundle";

/** Says, once they are loaded, which images the engine has from a bundle. */
const loadedMark = join(labFolder, "bundle-images");

/**
 * Makes this machine have what a bundle has: its tools and chart in `.lab`, its images in the engine's cache, its
 * config where the stack has none. Nothing of the user's is replaced.
 *
 * @throws Error or ProblemsError in one sentence if the bundle is damaged, or not for this machine or stack.
 */
export function useBundle(path: string, stack: LabStack, machine: Machine): Promise<void> {
    const { say } = machine;
    return withLock(
        `${bundleFolder}.lock`,
        "npm run up -- --bundle",
        { lockOf: "the folder of bundles", say, withinMs: lockWithinMs },
        () => unpack(path, stack, machine),
    );
}

/** Longest wait for another stack's `up` that unpacks a bundle, in milliseconds: its images are gigabytes. */
const lockWithinMs = 3_600_000;

async function unpack(path: string, stack: LabStack, machine: Machine): Promise<void> {
    machine.say(`checking ${path}`);
    const part = partOf(bundleFolder);
    dropLeftParts(bundleFolder);
    const loading: Loading[] = [];
    const file = stackFilePath(stack.name);
    try {
        const manifest = await readBundle(path, async (found) => {
            requireWhole(path, found);
            if (existsSync(file)) {
                await requireImages(found, stack, machine.run);
            }
            const isLoaded = await hasImages(found, machine);
            return (piece) => {
                if (piece.name === bundleNames.images) {
                    return isLoaded ? undefined : startLoading(found, piece, machine, loading);
                }
                return piece.name === bundleNames.modules ? undefined : fileIn(part, piece.name);
            };
        });
        await Promise.all(loading.map(({ ended }) => ended));
        listBundledTools(part, toolSums(manifest));
        rmSync(bundleFolder, { recursive: true, force: true });
        renameSync(part, bundleFolder);
        await provideConfig(stack, manifest, machine);
    } catch (error) {
        // What the engine says of an archive that breaks off comes after the reason.
        await Promise.allSettled(loading.map(({ ended }) => ended));
        throw error;
    } finally {
        rmSync(part, { recursive: true, force: true });
    }
}

/** What every bundle has; its tools may be on the machine already. */
const parts: readonly string[] = [bundleNames.images, bundleNames.chart, bundleNames.stack];

/** @throws Error if a bundle lacks what is used of it: it would take the place of an earlier one. */
function requireWhole(path: string, { pieces }: Manifest): void {
    const lacking = parts.find((part) => !pieces.some(({ name }) => name === part));
    if (lacking !== undefined) {
        throw new Error(
            `${path} cannot be used: its manifest does not list ${lacking}; write it again with npm run bundle`,
        );
    }
}

/** The bundle's tools, chart and config for a stack, as far as it has none of its own. */
async function provideConfig(
    chosen: LabStack,
    manifest: Manifest,
    machine: Machine,
): Promise<void> {
    useBundledTools();
    const { name } = chosen;
    const file = stackFilePath(name);
    if (writeOnce(file, readFileSync(join(bundleFolder, bundleNames.stack), "utf8"))) {
        machine.say(`stack ${name} has the bundle's config now: ${file}`);
    }
    const stack = chosen.reread();
    for (const { cilium } of wantedCharts(stack.config)) {
        const kept = cachedChart(cilium);
        if (isNamed(cilium.chart) && !existsSync(kept) && hasVersion(manifest, cilium.version)) {
            writeWhole(kept, readFileSync(join(bundleFolder, bundleNames.chart)), 0o644);
        }
    }
    await requireImages(manifest, stack, machine.run);
}

/** The checksums of a bundle's tools by the names of the programs. */
function toolSums({ pieces }: Manifest): Record<string, string> {
    const tools = pieces.filter(({ name }) => name.startsWith(bundleNames.tools));
    return Object.fromEntries(
        tools.map(({ name, sha256 }) => [name.slice(bundleNames.tools.length), sha256]),
    );
}

function hasVersion({ pieces }: Manifest, version: string): boolean {
    return pieces.some((piece) => piece.name === bundleNames.chart && piece.version === version);
}

function fileIn(folder: string, name: string): Writable {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    return createWriteStream(path, { mode: name.startsWith(bundleNames.tools) ? 0o755 : 0o644 });
}

/** The stack must not need an image that is not there: the network is away. */
async function requireImages(
    { images }: Manifest,
    { name: stack, config: own }: LabStack,
    run: Runner,
): Promise<void> {
    const config = await withNodeImage(own, run);
    const there = images.map(({ tag }) => tag);
    const missing = [config.nodeImage, ...podImages(config)].filter(
        (reference) => !there.includes(cacheTag(reference)),
    );
    if (missing.length > 0) {
        throw new ProblemsError(
            missing.map((reference) => ({
                message: `stack ${stack} needs ${reference}, which the bundle does not have.`,
                fix: `take the bundle's config: move ${stackFilePath(stack)} away, or use another --stack`,
            })),
        );
    }
}

/** Whether the engine has the bundle's images, because it was given them before. */
async function hasImages({ images, pieces }: Manifest, { run, say }: Machine): Promise<boolean> {
    const archive = pieces.find(({ name }) => name === bundleNames.images);
    const inspect = ["image", "inspect", "--format", "{{.Id}}", ...images.map(({ tag }) => tag)];
    const isMarked = archive !== undefined && readText(loadedMark) === archive.sha256;
    const isLoaded = isMarked && (await askEngine(run, inspect)).code === 0;
    if (isLoaded) {
        say(`${images.length} images of the bundle are in the cache already`);
    }
    return isLoaded;
}

/** An engine that loads images while they are read. */
interface Loading {
    /** Rejects if it did not load them. */
    readonly ended: Promise<void>;
}

function startLoading(
    { images }: Manifest,
    archive: Piece,
    { run, say }: Machine,
    loading: Loading[],
): Writable {
    say(`loading ${images.length} images of the bundle into the cache, ${megabytes(archive.size)}`);
    rmSync(loadedMark, { force: true });
    const inputStream = new PassThrough();
    const load = askEngine(run, ["load", "--quiet"], { inputStream, timeoutMs: transferWithinMs });
    const ended = load.then(({ code, stderr }) => {
        // One that has ended early reads no more; what is left goes nowhere.
        inputStream.resume();
        if (code !== 0) {
            throw new Error(
                `${engineProgram()} could not load the bundle's images: ${lastLine(stderr)}`,
            );
        }
        writeOnce(loadedMark, archive.sha256);
    });
    // It is waited for when all of the bundle is read.
    ended.catch(() => undefined);
    loading.push({ ended });
    return inputStream;
}
