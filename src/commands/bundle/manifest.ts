import { printable, quote } from "../../config/problem";
import { hasTexts, parseJson } from "../../machine/files";
import { platform } from "../../machine/kindTool";

/** Changes when older checkouts could not use a bundle. */
export const bundleFormat = 1;

/** One file of a bundle. */
export interface Piece {
    readonly name: string;
    /** Bytes. */
    readonly size: number;
    /** Hexadecimal digits. */
    readonly sha256: string;
    /** What the program or package says of itself, where it has a version. */
    readonly version?: string;
}

/** The last file of a bundle: what the others are. */
export interface Manifest {
    readonly format: number;
    /** Operating system and processor that the tools are for, e.g. `linux-amd64`. */
    readonly platform: string;
    /** ISO 8601. */
    readonly at: string;
    readonly pieces: readonly Piece[];
    /** What `images.tar` has, each under the lab's own tag. */
    readonly images: readonly { readonly reference: string; readonly tag: string }[];
}

/** Names of a bundle's files. */
export const bundleNames = {
    manifest: "manifest.json",
    images: "images.tar",
    chart: "chart/cilium.tgz",
    stack: "stack.yaml",
    modules: "node_modules.tgz",
    tools: "tools/",
} as const;

/**
 * What a bundle's manifest says.
 *
 * @throws Error if this checkout, or this machine, cannot use the bundle.
 */
export function parseManifest(text: string, on: string = platform()): Manifest {
    const manifest = parseJson(text) as Manifest | null | undefined;
    if (typeof manifest !== "object" || manifest === null) {
        throw new Error("its manifest cannot be read");
    }
    if (manifest.format !== bundleFormat) {
        throw new Error(
            `its format is ${printable(String(manifest.format))}, and this checkout's ${bundleFormat}; write it again with npm run bundle here`,
        );
    }
    if (manifest.platform !== on) {
        throw new Error(
            `its tools are for ${printable(String(manifest.platform))}, and this machine is ${on}`,
        );
    }
    const { pieces, images } = manifest;
    const areWhole =
        Array.isArray(pieces) &&
        pieces.every(isPiece) &&
        Array.isArray(images) &&
        images.every((image) => hasTexts(image, "reference", "tag"));
    if (!areWhole) {
        throw new Error("its manifest cannot be read");
    }
    const foreign = pieces.find(({ name }) => !isBundleName(name));
    if (foreign !== undefined) {
        throw new Error(`its manifest has ${quote(foreign.name)}, which is no file of a bundle`);
    }
    const names = pieces.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
        throw new Error(`its manifest lists ${twice} twice`);
    }
    return manifest;
}

function isPiece(value: unknown): value is Piece {
    const { size = -1 } = (value ?? {}) as Partial<Piece>;
    return hasTexts(value, "name", "sha256") && Number.isSafeInteger(size) && size >= 0;
}

/** The programs that a bundle may bring: they come first on PATH, where anything else could pass for another program. */
const bundledTools: readonly string[] = [
    ...["kind", "pulumi", "pulumi-language-nodejs"],
    ...["pulumi-resource-command", "pulumi-resource-kubernetes", "pulumi-resource-tls"],
];

/** Whether a bundle has files of that name: those above, and its tools. */
function isBundleName(name: string): boolean {
    const { images, chart, stack, modules, tools } = bundleNames;
    return (
        [images, chart, stack, modules].some((one) => one === name) ||
        bundledTools.some((tool) => name === `${tools}${tool}`)
    );
}
