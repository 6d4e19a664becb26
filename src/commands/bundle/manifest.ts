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
    let manifest: Manifest;
    try {
        manifest = JSON.parse(text) as Manifest;
    } catch {
        throw new Error("its manifest cannot be read");
    }
    if (manifest.format !== bundleFormat) {
        throw new Error(
            `its format is ${manifest.format}, and this checkout's ${bundleFormat}; make it anew with npm run bundle here`,
        );
    }
    if (manifest.platform !== on) {
        throw new Error(`its tools are for ${manifest.platform}, and this machine is ${on}`);
    }
    return manifest;
}
