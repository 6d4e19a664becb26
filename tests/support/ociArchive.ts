import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/*
 * What `docker save` writes where Docker keeps images in containerd's store (the default of new installations from Docker 29
 * on), and what containerd makes of it in a node. Built from specification and sources, not recorded from an engine:
 * - https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md and image-index.md;
 * - moby `daemon/containerd/image_exporter.go`: blobs that are not there are skipped, with a platform its manifest alone is
 *   the target, what is named by digest gets no name;
 * - containerd `core/images/archive` and `client/import.go`: the import walks all that the index names, or one platform.
 */

/** Files of an archive by their path. */
export type Archive = ReadonlyMap<string, Buffer>;

interface Descriptor {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
    readonly platform?: { readonly os: string; readonly architecture: string };
    readonly annotations?: Readonly<Record<string, string>>;
}

/** An image in the store: of the platforms that its index names, the blobs of those that were pulled. */
export class StoredImage {
    private readonly blobs = new Map<string, Buffer>();
    private readonly manifests: ReadonlyMap<string, Descriptor>;
    private readonly index: Descriptor;

    /** @param named What its index names, an attestation besides. */
    constructor(
        private readonly name: string,
        named: readonly string[],
        readonly present: readonly string[],
    ) {
        this.manifests = new Map(named.map((platform) => [platform, this.manifest(platform)]));
        const attestation = this.descriptor(
            "manifest",
            { of: name },
            ["unknown", "unknown"],
            false,
        );
        this.index = this.descriptor("index", {
            schemaVersion: 2,
            mediaType: mediaTypes.index,
            manifests: [...this.manifests.values(), attestation],
        });
    }

    /** Bytes of packed layers, as `docker image inspect` tells them. */
    get size(): number {
        return [...this.blobs.values()].reduce((sum, { length }) => sum + length, 0);
    }

    /** What goes into the archive under a name. @throws Error in the engine's words. */
    exported(tag: string, platform: string | undefined) {
        const target = platform === undefined ? this.index : this.manifests.get(platform);
        if (target === undefined || (platform !== undefined && !this.present.includes(platform))) {
            throw new Error(
                `no suitable export target found: image with reference ${tag} was found but does not provide the specified platform (${platform})`,
            );
        }
        const blobs = [...this.blobs].filter(
            ([path]) => platform === undefined || path !== pathOf(this.index.digest),
        );
        return {
            blobs,
            descriptor: {
                ...target,
                platform: undefined,
                annotations: { "io.containerd.image.name": `docker.io/${tag}` },
            },
        };
    }

    private manifest(platform: string): Descriptor {
        const [os = "", architecture = ""] = platform.split("/");
        const isPresent = this.present.includes(platform);
        const config = this.descriptor("config", { os, architecture }, undefined, isPresent);
        const layer = this.descriptor("layer", `${this.name} ${platform}`, undefined, isPresent);
        const content = {
            schemaVersion: 2,
            mediaType: mediaTypes.manifest,
            config,
            layers: [layer],
        };
        return this.descriptor("manifest", content, [os, architecture], isPresent);
    }

    private descriptor(
        kind: keyof typeof mediaTypes,
        content: unknown,
        platform?: readonly [os: string, architecture: string],
        isPresent = true,
    ): Descriptor {
        const bytes = Buffer.from(JSON.stringify(content));
        const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
        if (isPresent) {
            this.blobs.set(pathOf(digest), bytes);
        }
        const [os = "", architecture = ""] = platform ?? [];
        return {
            mediaType: mediaTypes[kind],
            digest,
            size: bytes.length,
            ...(platform && { platform: { os, architecture } }),
        };
    }
}

const mediaTypes = {
    index: "application/vnd.oci.image.index.v1+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

function pathOf(digest: string): string {
    return `blobs/${digest.replace(":", "/")}`;
}

/**
 * What `docker save` with these arguments writes.
 *
 * @throws Error in the engine's words.
 */
export function saved(
    args: readonly string[],
    images: Readonly<Record<string, StoredImage>>,
): Archive {
    const [, ...rest] = args;
    const platform = rest[0] === "--platform" ? rest[1] : undefined;
    const tags = platform === undefined ? rest : rest.slice(2);
    const parts = tags.map((tag) => {
        const image = images[tag];
        if (image === undefined) {
            throw new Error(`Error response from daemon: No such image: ${tag}`);
        }
        return image.exported(tag, platform);
    });
    const index = {
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: parts.map(({ descriptor }) => descriptor),
    };
    return new Map([
        ...parts.flatMap(({ blobs }) => blobs),
        ["index.json", Buffer.from(JSON.stringify(index))] as const,
        ["oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')] as const,
    ]);
}

/**
 * Names of the images that containerd takes out of an archive, each with the platforms it has then.
 *
 * @param which `--all-platforms` or `--platform=os/architecture`.
 * @throws Error in the words of `ctr`.
 */
export function imported(archive: Archive, which: string): Record<string, string[]> {
    const wanted = /^--platform=(.+)$/.exec(which)?.[1];
    const { manifests } = read(archive, "index.json") as { manifests: Descriptor[] };
    return Object.fromEntries(
        manifests.map((one) => [
            one.annotations?.["io.containerd.image.name"] ?? one.digest,
            walked(archive, one, wanted),
        ]),
    );
}

function walked(archive: Archive, one: Descriptor, wanted: string | undefined): string[] {
    if (!archive.has(pathOf(one.digest))) {
        throw new Error(`ctr: content digest ${one.digest}: not found`);
    }
    if (one.mediaType === mediaTypes.index) {
        const { manifests } = read(archive, pathOf(one.digest)) as { manifests: Descriptor[] };
        return manifests
            .filter(({ platform }) => wanted === undefined || platformText(platform) === wanted)
            .flatMap((child) => walked(archive, child, wanted));
    }
    if (one.mediaType === mediaTypes.manifest) {
        const { config, layers } = read(archive, pathOf(one.digest)) as {
            config: Descriptor;
            layers: Descriptor[];
        };
        [config, ...layers].forEach((child) => walked(archive, child, wanted));
        return [platformText(read(archive, pathOf(config.digest)) as Descriptor["platform"])];
    }
    return [];
}

function platformText(platform: Descriptor["platform"]): string {
    return `${platform?.os}/${platform?.architecture}`;
}

function read(archive: Archive, path: string): unknown {
    return JSON.parse(archive.get(path)!.toString());
}

/** Puts an archive's files into a folder, for `tar`. */
export function unpackInto(folder: string, archive: Archive): void {
    for (const [path, content] of archive) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
    }
}

/** The archive whose files a folder has. */
export function archiveIn(folder: string): Archive {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true });
    return new Map(
        files
            .filter((file) => file.isFile())
            .map((file) => join(file.parentPath, file.name))
            .map((path) => [relative(folder, path), readFileSync(path)]),
    );
}
