import { shortHash } from "./names";

/**
 * An image reference as containerd names it in a node: with its registry, and of tag and digest the digest alone.
 *
 * @see https://pkg.go.dev/github.com/distribution/reference#ParseDockerRef
 */
export function fullReference(reference: string): string {
    const [named = "", digest] = reference.split("@");
    const [first = "", ...rest] = named.split("/");
    const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
    const withRegistry = hasRegistry
        ? named
        : `docker.io/${rest.length === 0 ? "library/" : ""}${named}`;
    const hasTag = /:[^/]+$/.test(withRegistry);
    if (digest !== undefined) {
        return `${withRegistry.replace(/:[^/:]+$/, "")}@${digest}`;
    }
    return hasTag ? withRegistry : `${withRegistry}:latest`;
}

/**
 * An image reference as the engine is asked for it: of tag and digest the digest alone. What is pulled by both gets no
 * tag (docker/cli#4545), not every engine finds it by both afterwards (cloudflare/workers-sdk#13672), and some day the
 * command line may refuse both (docker/cli#7181).
 */
export function engineReference(reference: string): string {
    const [named = "", digest] = reference.split("@");
    return digest === undefined ? reference : `${named.replace(/:[^/:]+$/, "")}@${digest}`;
}

/** An image reference as people read it: without its digest. */
export function shortReference(reference: string): string {
    return reference.replace(/@.*$/, "");
}

/** Repository of the images that the lab keeps in the container engine; nobody's own image is called so. */
export const cacheRepository = "cilium-global-services/cache";

/** Longest readable part of a tag: with the hash, a tag has at most 128 characters. */
const longestReadable = 100;

/** The lab's own name, in the container engine, for the image of a reference. */
export function cacheTag(reference: string): string {
    const readable = shortReference(reference)
        .replace(/[^A-Za-z0-9_.-]+/g, "_")
        .slice(0, longestReadable);
    return `${cacheRepository}:${readable}-${shortHash(fullReference(reference))}`;
}
