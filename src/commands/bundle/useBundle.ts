import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ProblemsError } from "../../config/problem";
import { readStackConfig, stackFilePath } from "../../config/stackFile";
import { bundleFolder, useBundledTools } from "../../machine/bundledTools";
import { askEngine, engineProgram, transferWithinMs } from "../../machine/engine";
import { writeOnce } from "../../machine/files";
import { megabytes } from "../../machine/imageCache";
import { cacheTag } from "../../machine/imageReference";
import { Machine } from "../../machine/machine";
import { labFolder } from "../../machine/names";
import { Runner, lastLine } from "../../machine/run";
import { cachedChart, isNamed } from "../../mesh/cilium/chart";
import { withNodeImage } from "../../mesh/kind/nodeImage";
import { checkBundle } from "./bundleFile";
import { Manifest, bundleNames } from "./manifest";
import { podImages } from "./writeBundle";

/** Says, once they are loaded, which images the engine has from a bundle. */
const loadedMark = join(labFolder, "bundle-images");

/**
 * Makes this machine have what a bundle has: its tools and chart in `.lab`, its images in the engine's cache, its
 * config where the stack has none. Nothing of the user's is replaced.
 *
 * @throws Error or ProblemsError in one sentence if the bundle is damaged, or not for this machine or stack.
 */
export async function useBundle(path: string, stack: string, machine: Machine): Promise<void> {
    machine.say(`checking ${path}`);
    const manifest = await checkBundle(path);
    await unpack(path, machine.run);
    useBundledTools();
    const file = stackFilePath(stack);
    if (writeOnce(file, readFileSync(join(bundleFolder, bundleNames.stack), "utf8"))) {
        machine.say(`stack ${stack} has the bundle's config now: ${file}`);
    }
    const { cilium } = readStackConfig(stack);
    const kept = cachedChart(cilium);
    if (isNamed(cilium.chart) && !existsSync(kept) && hasVersion(manifest, cilium.version)) {
        mkdirSync(dirname(kept), { recursive: true });
        copyFileSync(join(bundleFolder, bundleNames.chart), kept);
    }
    await requireImages(manifest, stack, machine.run);
    await loadBundledImages(path, manifest, machine);
}

function hasVersion({ pieces }: Manifest, version: string): boolean {
    return pieces.some((piece) => piece.name === bundleNames.chart && piece.version === version);
}

async function unpack(path: string, run: Runner): Promise<void> {
    const part = `${bundleFolder}.${process.pid}.part`;
    mkdirSync(part, { recursive: true });
    const without = [bundleNames.images, bundleNames.modules].map((name) => `--exclude=${name}`);
    const { code, stderr } = await run("tar", ["-xf", path, "-C", part, ...without]);
    if (code !== 0) {
        rmSync(part, { recursive: true, force: true });
        throw new Error(`${path} could not be unpacked: ${lastLine(stderr)}`);
    }
    rmSync(bundleFolder, { recursive: true, force: true });
    renameSync(part, bundleFolder);
}

/** The stack must not need an image that is not there: the network is away. */
async function requireImages({ images }: Manifest, stack: string, run: Runner): Promise<void> {
    const config = await withNodeImage(readStackConfig(stack), run);
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

async function loadBundledImages(
    path: string,
    { images, pieces }: Manifest,
    { run, say }: Machine,
): Promise<void> {
    const archive = pieces.find(({ name }) => name === bundleNames.images)!;
    const inspect = ["image", "inspect", "--format", "{{.Id}}", ...images.map(({ tag }) => tag)];
    const isLoaded = existsSync(loadedMark) && readFileSync(loadedMark, "utf8") === archive.sha256;
    if (isLoaded && (await askEngine(run, inspect)).code === 0) {
        say(`${images.length} images of the bundle are in the cache already`);
        return;
    }
    say(`loading ${images.length} images of the bundle into the cache, ${megabytes(archive.size)}`);
    rmSync(loadedMark, { force: true });
    const { code, stderr } = await askEngine(run, ["load", "--quiet"], {
        pipedFrom: ["tar", "-xOf", path, bundleNames.images],
        timeoutMs: transferWithinMs,
    });
    if (code !== 0) {
        throw new Error(
            `${engineProgram()} could not load the bundle's images: ${lastLine(stderr)}`,
        );
    }
    writeOnce(loadedMark, archive.sha256);
}
