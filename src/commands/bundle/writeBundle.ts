import { createReadStream, statSync } from "node:fs";
import { mkdir, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import * as yaml from "js-yaml";
import { projectRoot, readProject } from "../../config/declaration";
import { CiliumConfig, LabConfig, configKey } from "../../config/labConfig";
import { Problem, ProblemsError, quote } from "../../config/problem";
import { readPlainConfig } from "../../config/stackFile";
import { ownKey } from "../../config/unheeded";
import { engineProgram } from "../../machine/engine";
import { KeptImage, keepImages, megabytes } from "../../machine/imageCache";
import { platform } from "../../machine/kindTool";
import { Machine } from "../../machine/machine";
import { lastLine, runAsSource } from "../../machine/run";
import {
    WantedChart,
    ensureChart,
    isNamed,
    isOci,
    chartProblem,
    chartSource,
    wantedCharts,
} from "../../mesh/cilium/chart";
import { imageReferences, wantedImages } from "../../mesh/cilium/images";
import { byPlatform, saveArgs } from "../../mesh/kind/loadImages";
import { withNodeImage } from "../../mesh/kind/nodeImage";
import { LabStack } from "../../stack/home";
import { BundleWriter, neededPackages } from "./bundleFile";
import { Manifest, Piece, bundleFormat, bundleNames } from "./manifest";
import { findTools } from "./tools";

/** Room that must be left on a disk beside a bundle, in bytes. */
const spareDisk = 2 ** 30;

/**
 * Writes all that `up` needs of a stack on a machine without internet into one file.
 *
 * @throws ProblemsError, or Error with one sentence, where something cannot be had; then there is no file.
 */
export async function writeBundle(stack: LabStack, path: string, machine: Machine): Promise<void> {
    const config = await withNodeImage(stack.config, machine.run);
    const chart = onlyChart(config);
    const problem = await provideChart(chart, machine);
    if (problem) {
        throw new ProblemsError([problem]);
    }
    const tools = await findTools(machine);
    const images = await provideImages(config, machine);
    await requireRoom(
        path,
        images,
        tools.map((tool) => tool.path),
    );
    const writer = await BundleWriter.open(path);
    try {
        const pieces = new Pieces(writer, machine.say);
        const packages = neededPackages(join(projectRoot, "package-lock.json"));
        await pieces.addOutput(bundleNames.modules, "tar", [
            ...["-czf", "-", "-C", projectRoot],
            ...packages,
        ]);
        for (const { name, path: program, version } of tools) {
            const content = createReadStream(program);
            await pieces.add(`${bundleNames.tools}${name}`, content, { version }, 0o755);
        }
        const ownConfig = Buffer.from(stackYaml(stack.name, config));
        await pieces.add(bundleNames.stack, Readable.from([ownConfig]));
        await addChart(pieces, chart.cilium);
        const save = await saveArgs(images, machine.run);
        await pieces.addOutput(bundleNames.images, engineProgram(), save);
        const manifest: Manifest = {
            format: bundleFormat,
            platform: platform(),
            at: new Date().toISOString(),
            pieces: pieces.added,
            images: images.map(({ reference, tag }) => ({ reference, tag })),
        };
        const text = `${JSON.stringify(manifest, null, 2)}\n`;
        await writer.add(bundleNames.manifest, Readable.from([Buffer.from(text)]));
        await writer.finish();
    } catch (error) {
        await writer.giveUp();
        throw error;
    }
}

/** The pieces of a bundle that is being written. */
class Pieces {
    readonly added: Piece[] = [];

    constructor(
        private readonly writer: BundleWriter,
        private readonly say: (line: string) => void,
    ) {}

    async add(
        name: string,
        content: Readable,
        more: Partial<Piece> = {},
        mode?: number,
    ): Promise<void> {
        const piece = { ...(await this.writer.add(name, content, mode)), ...more };
        this.say(`${name}: ${megabytes(piece.size)}`);
        this.added.push(piece);
    }

    /** Adds what a program writes. @throws Error with its reason if it fails. */
    async addOutput(
        name: string,
        program: string,
        args: readonly string[],
        more: Partial<Piece> = {},
    ): Promise<void> {
        const { output, ended } = runAsSource(program, args);
        await this.add(name, output, more);
        const { code, stderr } = await ended;
        if (code !== 0) {
            throw new Error(`${program} could not make ${name}: ${lastLine(stderr)}`);
        }
    }
}

async function addChart(pieces: Pieces, cilium: CiliumConfig): Promise<void> {
    const { chart } = chartSource(cilium);
    const version = { version: cilium.version };
    if (!statSync(chart).isDirectory()) {
        await pieces.add(bundleNames.chart, createReadStream(chart), version);
        return;
    }
    const folder = ["-czf", "-", "-C", dirname(chart), basename(chart)];
    await pieces.addOutput(bundleNames.chart, "tar", folder, version);
}

/** The chart of all clusters: a bundle has room for one. @throws ProblemsError where a cluster has another. */
function onlyChart(config: LabConfig): WantedChart {
    const [chart, ...others] = wantedCharts(config);
    if (others.length > 0) {
        throw new ProblemsError(
            others.map(({ cilium, keys }) => {
                const isOther = cilium.version !== chart!.cilium.version;
                const key = isOther ? keys.version : keys.chart;
                const value = isOther ? cilium.version : quote(cilium.chart);
                return {
                    message: `${key} is ${value}; a bundle carries one chart of Cilium, that of cluster1.`,
                    fix: `pulumi config rm ${key}`,
                };
            }),
        );
    }
    return chart!;
}

/** Fetches the chart. Helm itself loads an OCI reference, at every `up`. */
async function provideChart(
    { cilium }: WantedChart,
    machine: Machine,
): Promise<Problem | undefined> {
    if (isNamed(cilium.chart)) {
        return ensureChart(cilium, machine.say, machine.download);
    }
    return isOci(cilium.chart)
        ? {
              message: `ciliumChart is ${cilium.chart}, which Helm would load at every up; a bundle needs the name or the path of a chart.`,
              fix: "pulumi config set ciliumChart <a name in ciliumChartRepository, or a path>",
          }
        : chartProblem(cilium);
}

async function provideImages(config: LabConfig, machine: Machine): Promise<readonly KeptImage[]> {
    const references = [config.nodeImage, ...podImages(config)];
    const { kept, missed } = await keepImages([...new Set(references)], machine);
    if (missed.length > 0) {
        throw new ProblemsError(
            missed.map(({ reference, reason }) => ({
                message: `${engineProgram()} has no ${reference} and could not pull it: ${reason}.`,
            })),
        );
    }
    requireOnePlatform(kept);
    return kept;
}

/** @throws ProblemsError if an image is of another platform than the node's: one archive has one. */
function requireOnePlatform(images: readonly KeptImage[]): void {
    const [nodes, ...others] = byPlatform(images);
    const wanted = nodes?.[0]?.platform ?? "";
    if (others.length > 0) {
        const program = engineProgram();
        throw new ProblemsError(
            others.flat().map((image) => ({
                message: `${program} has ${image.reference} of ${image.platform}, and the node image is of ${wanted}.`,
                fix: `${program} pull --platform ${wanted} ${image.reference}`,
            })),
        );
    }
}

/** References of what the pods of both clusters are made of. */
export function podImages(config: LabConfig): string[] {
    const references = config.clusters.flatMap((cluster) =>
        imageReferences(wantedImages(config, cluster)),
    );
    return [...new Set(references)];
}

async function requireRoom(
    path: string,
    images: readonly KeptImage[],
    programs: readonly string[],
): Promise<void> {
    const needed =
        images.reduce((sum, { size }) => sum + size, spareDisk) +
        programs.reduce((sum, program) => sum + statSync(program).size, 0);
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < needed) {
        throw new Error(
            `${megabytes(bavail * bsize)} of disk is free in ${folder}; the bundle needs ${megabytes(needed)}`,
        );
    }
}

/** The stack's config file for another machine: a chart that is a path is where the bundle's is unpacked. */
function stackYaml(stack: string, { clusters }: LabConfig): string {
    const paths = clusters
        .filter(({ release }) => !isNamed(release.chart))
        .map(({ name }) => configKey(name, "ciliumChart"));
    const config = Object.entries(readPlainConfig(stack)).map(([key, value]): [string, unknown] =>
        paths.includes(ownKey(key, readProject()) ?? "") ? [key, bundledChart] : [key, value],
    );
    return yaml.dump({ config: Object.fromEntries(config) });
}

/** Where a bundle's chart is unpacked, as `ciliumChart` says it. */
export const bundledChart = `./.lab/bundle/${bundleNames.chart}`;

/** Where a bundle is written if nothing else is said. */
export function defaultBundle(): string {
    return join(projectRoot, ".lab", `cilium-global-services-${platform()}.tar`);
}
