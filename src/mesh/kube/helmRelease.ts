import { gunzipSync } from "zlib";
import { LiveObject } from "./clusterApi";

/** The values that somebody gave to a release; none where they cannot be read. */
export function releaseConfig(revision: LiveObject): Record<string, unknown> {
    try {
        return releaseOf(revision).config ?? {};
    } catch {
        return {};
    }
}

/** Helm compresses a release, writes it in base64, and Kubernetes writes every Secret in base64 once more. */
export function releaseOf(revision: LiveObject): {
    readonly manifest: string;
    readonly config?: Record<string, unknown> | null;
} {
    const { release = "" } = (revision as { data?: Record<string, string> }).data ?? {};
    const zipped = Buffer.from(Buffer.from(release, "base64").toString(), "base64");
    return JSON.parse(gunzipSync(zipped).toString()) as ReturnType<typeof releaseOf>;
}

export function revisionOf({ metadata }: LiveObject): number {
    return Number(metadata?.labels?.version);
}

/** Whether an object is what Helm keeps of a release called cilium. */
export function isCiliumRelease({ kind, metadata }: LiveObject): boolean {
    const { owner, name } = metadata?.labels ?? {};
    return kind === "Secret" && owner === "helm" && name === "cilium";
}
