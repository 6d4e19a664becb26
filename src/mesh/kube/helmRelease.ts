import { gunzipSync } from "node:zlib";
import * as yaml from "js-yaml";
import { isMapping } from "../../config/mapping";
import { LiveObject } from "./objects";

/**
 * Most bytes that a release may have unpacked. Kubernetes takes Secrets up to 1 MiB, and Cilium's release has about
 * 300 KiB; what is packed to make a reader run out of memory has gigabytes.
 */
export const mostReleaseBytes = 8 * 2 ** 20;

/** Most bytes of a release's manifest that is read as YAML, which takes about a second for each megabyte. */
export const mostManifestBytes = 2 * 2 ** 20;

/** One object of a release, as far as it is read. */
export interface HelmObject {
    readonly kind: string;
    readonly name: string;
    /** Left out where the object is in the release's own namespace, or in none. */
    readonly namespace?: string;
}

/** The values that somebody gave to a release; none where they cannot be read. */
export function releaseConfig(revision: LiveObject): Record<string, unknown> {
    const release = contentOf(revision);
    return isMapping(release?.config) ? release.config : {};
}

/** The objects of a release; undefined if what Helm keeps of it is damaged, or too large to be one. */
export function releaseObjects(revision: LiveObject): HelmObject[] | undefined {
    const manifest = contentOf(revision)?.manifest;
    if (typeof manifest !== "string" || manifest.length > mostManifestBytes) {
        return undefined;
    }
    try {
        return yaml.loadAll(manifest).flatMap(helmObject);
    } catch {
        return undefined;
    }
}

function helmObject(document: unknown): HelmObject[] {
    const { kind, metadata } = isMapping(document) ? document : {};
    const { name, namespace } = isMapping(metadata) ? metadata : {};
    return typeof kind === "string" && typeof name === "string"
        ? [{ kind, name, ...(typeof namespace === "string" ? { namespace } : {}) }]
        : [];
}

/** Helm compresses a release, writes it in base64, and Kubernetes writes every Secret in base64 once more. */
function contentOf(revision: LiveObject): Record<string, unknown> | undefined {
    const { release } = (isMapping(revision.data) ? revision.data : {}) as { release?: unknown };
    try {
        const zipped = Buffer.from(Buffer.from(release as string, "base64").toString(), "base64");
        const text = gunzipSync(zipped, { maxOutputLength: mostReleaseBytes }).toString();
        const content: unknown = JSON.parse(text);
        return isMapping(content) ? content : undefined;
    } catch {
        return undefined;
    }
}

/** Number of a release's revision; 0 where its Secret does not say. */
export function revisionOf({ metadata }: LiveObject): number {
    return Number(metadata?.labels?.version) || 0;
}

/** Whether an object is what Helm keeps of a release called cilium. */
export function isCiliumRelease({ kind, metadata }: LiveObject): boolean {
    const { owner, name } = metadata?.labels ?? {};
    return kind === "Secret" && owner === "helm" && name === "cilium";
}
