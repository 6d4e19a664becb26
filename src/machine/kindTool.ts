import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import gte from "semver/functions/gte";
import { printable } from "../config/problem";
import { Fetch, downloadFix, fetchBytes, reasonOf, sha256, wrongChecksum } from "./download";
import { writeWhole } from "./files";
import { labFolder } from "./names";
import { sayOnce, versionIn, versionWithinMs, whyUnusable } from "./programs";
import { Runner, isSpawnError, lastLine } from "./run";

/** The kind that is downloaded where none new enough is on PATH. Node images go with a kind release. */
export const pinnedKind = "0.33.0";

/** The oldest kind that is used from PATH: an older one cannot boot the nodes of Kubernetes 1.37, which has no kubeadm v1beta3. */
export const oldestKind = "0.32.0";

/** SHA-256 of the binaries of kind 0.33.0, from the release's own `.sha256sum` files, by `.ci/kind-checksums 0.33.0`. */
export const kindChecksums: Readonly<Record<string, string>> = {
    "linux-amd64": "aee6151561422756b764a4ae28e7f44cda5af5a9eead3cc9985112b1de8d8e0d",
    "linux-arm64": "20022bee6cfcd5086cb7234d218e3454e6090022f2a8f55d1fa7fcf42c3867a2",
    "darwin-amd64": "5a99f26f57246dc9319dd294803313197a0f34d33c525b3ea8b655db5916ece0",
    "darwin-arm64": "0c8c7dbe5e23594a198b786c4bc13dacc101fa6196b0cb0b23a1ca44e61f4b4f",
};

/** Where the downloaded kind is kept. */
export const kindPath = join(labFolder, "tools", `kind-v${pinnedKind}`);

/** Platform as kind's release names it, e.g. `linux-amd64`. */
export function platform(os: string = process.platform, arch: string = process.arch): string {
    return `${os}-${arch === "x64" ? "amd64" : arch}`;
}

/** Version of a kind on PATH, e.g. `0.31.0`, or why it does not say it; neither if there is none. */
async function askKind(
    run: Runner,
    searched: string,
): Promise<{ readonly version?: string; readonly why?: string }> {
    const { code, stdout, stderr } = await run("kind", ["version", "--quiet"], {
        timeoutMs: versionWithinMs,
    });
    const version = code === 0 ? versionIn(stdout) : undefined;
    if (version !== undefined) {
        return { version };
    }
    if (isSpawnError(code, stderr)) {
        const why = whyUnusable("kind", searched);
        return why === undefined ? {} : { why: printable(why) };
    }
    return { why: printable(lastLine(code === 0 ? stdout : stderr)) || `exit code ${code}` };
}

/**
 * Path of a kind to use: the one on PATH if it is new enough, else the pinned one, downloaded once.
 *
 * @param say Tells the user about a download.
 * @throws Error if kind is not released for this platform, the download fails, or its checksum is not the
 *   pinned one; a file with a wrong checksum is not kept.
 */
export async function ensureKind(
    run: Runner,
    say: (line: string) => void,
    {
        download = fetchBytes,
        path = kindPath,
        on = platform(),
        searched = process.env.PATH ?? "",
    }: EnsureKindOptions = {},
): Promise<string> {
    const { version: onPath, why } = await askKind(run, searched);
    if (onPath !== undefined && gte(onPath, oldestKind)) {
        return "kind";
    }
    if (why !== undefined) {
        sayOnce(`the kind on PATH is not used: it does not say its version (${why})`, say);
    }
    const expected = kindChecksums[on];
    if (expected === undefined) {
        throw new Error(
            `kind is not released for ${on}; use Linux, macOS or WSL 2 on amd64 or arm64, or put a kind of your own on PATH`,
        );
    }
    if (existsSync(path) && sha256(readFileSync(path)) === expected) {
        return path;
    }
    const url = `https://github.com/kubernetes-sigs/kind/releases/download/v${pinnedKind}/kind-${on}`;
    say(`downloading kind v${pinnedKind}`);
    const binary = await download(url).catch((error: Error) => {
        const fix = downloadFix(error, url);
        throw new Error(
            `kind v${pinnedKind} could not be downloaded from ${url} (${reasonOf(error)}); ${fix === undefined ? "" : `${fix}, or `}put kind ${oldestKind} or later on PATH instead`,
        );
    });
    const actual = sha256(binary);
    if (actual !== expected) {
        throw new Error(wrongChecksum(url, actual, expected));
    }
    writeWhole(path, binary, 0o755);
    return path;
}

export interface EnsureKindOptions {
    readonly download?: Fetch;
    readonly path?: string;
    readonly on?: string;
    /** The PATH of programs. */
    readonly searched?: string;
}
