import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import gte from "semver/functions/gte";
import { projectRoot } from "../config/declaration";
import { ProblemsError, printable } from "../config/problem";
import { hasTexts, isLeftBy, readJson, writeWhole } from "./files";
import { withLock } from "./lock";
import { labFolder, pulumiHome } from "./names";
import { programsOnPath, sayOnce, versionIn, versionWithinMs, whyUnusable } from "./programs";
import { proxyFor } from "./proxy";
import { Runner, lastLine } from "./run";

/**
 * The oldest Pulumi CLI that is used from PATH; Pulumi.yaml asks for the same. Older ones ask the dead API
 * server of a cluster that vanished to delete what was in it (https://github.com/pulumi/pulumi/pull/23818).
 */
export const oldestPulumi = "3.260.0";

/**
 * Path of the Pulumi CLI to use: the user's own from PATH if it is new enough, else what the pinned `pulumi`
 * package downloads once.
 *
 * @param say Tells the user about a download.
 * @throws ProblemsError if the download fails.
 */
export async function findPulumi(
    run: Runner,
    say: (line: string) => void,
    env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
    const tried = await ownPulumi(run, say, env);
    if (tried.program !== undefined) {
        return tried.program;
    }
    const packaged = packagedPulumi(env);
    const provide = async () => {
        beginDownload(packaged);
        const shim = join(projectRoot, "node_modules", "pulumi", "run.js");
        const proxied = byProxy(env);
        const first = await run(process.execPath, [...proxied.args, shim, "version"], {
            env: proxied.env,
            onStderrLine: say,
        });
        if (first.code !== 0) {
            throw new ProblemsError([
                {
                    message: `Pulumi ${oldestPulumi} or later is needed, ${tried.why}, and it could not be downloaded (${lastLine(first.stderr)}).`,
                    // The package does not say what has failed of a fetch.
                    fix: `${/fetch failed/.test(first.stderr) ? "export HTTPS_PROXY or NODE_EXTRA_CA_CERTS (docs/proxy.md), or " : ""}install it: https://www.pulumi.com/docs/install/`,
                },
            ]);
        }
        rmSync(downloadMark, { force: true });
        return packaged;
    };
    const isWhole = existsSync(packaged) && !existsSync(downloadMark);
    const waiting = { lockOf: "Pulumi", say, withinMs: lockWithinMs };
    return isWhole
        ? provide()
        : withLock(`${downloadMark}.lock`, "a download of Pulumi", waiting, provide);
}

/** Where the package fetches Pulumi's installer, which then goes by curl, and so by a proxy. */
const installer = "https://get.pulumi.com/install.sh";

/** What Node needs for the package to go by a proxy, where there is one. */
function byProxy(env: NodeJS.ProcessEnv): {
    readonly args: string[];
    readonly env: NodeJS.ProcessEnv;
} {
    const proxy = proxyFor(installer, env);
    return proxy === undefined
        ? { args: [], env }
        : {
              args: ["--require", join(__dirname, "fetchByProxy.cjs")],
              env: { ...env, LAB_PROXY: proxy.url },
          };
}

/** A Pulumi on PATH that works, or why none does. */
type Tried = { readonly program: string } | { readonly program?: undefined; readonly why: string };

/** The first Pulumi on PATH that is new enough and has its Node.js language host; of the others it is said why not. */
async function ownPulumi(
    run: Runner,
    say: (line: string) => void,
    env: NodeJS.ProcessEnv,
): Promise<Tried> {
    const PATH = withoutNodeModules(env.PATH ?? "");
    const there = programsOnPath("pulumi", PATH);
    let why: string | undefined;
    for (const [index, path] of (there.length === 0 ? ["pulumi"] : there).entries()) {
        const program = index === 0 ? "pulumi" : path;
        const { code, stdout, stderr } = await run(program, ["version"], {
            env: { ...env, PATH, PULUMI_SKIP_UPDATE_CHECK: "1" },
            timeoutMs: versionWithinMs,
        });
        const version = code === 0 ? versionIn(stdout) : undefined;
        const reason =
            version === undefined
                ? `does not say its version (${printable(lastLine(code === 0 ? stdout : stderr)) || `exit code ${code}`})`
                : !gte(version, oldestPulumi)
                  ? `is ${version}`
                  : hasLanguageHost(path, PATH)
                    ? undefined
                    : `has no ${languageHost} beside it or on PATH`;
        if (reason === undefined) {
            return { program };
        }
        if (version !== undefined || there.length > 0) {
            why ??= `the one on PATH ${reason}`;
            sayOnce(`${path} is not used: it ${reason}`, say);
        }
    }
    const unusable = why === undefined ? whyUnusable("pulumi", PATH) : undefined;
    return { why: why ?? unusable ?? "none is on PATH" };
}

/** What runs a program in TypeScript for Pulumi. It comes with Pulumi, and Pulumi looks for it here. */
const languageHost = "pulumi-language-nodejs";

/** Whether a Pulumi finds its language host: beside itself, links followed, or on PATH. One that was not found has it. */
function hasLanguageHost(pulumi: string, path: string): boolean {
    return (
        !isAbsolute(pulumi) ||
        [pulumi, realpathSync(pulumi)].some((one) =>
            existsSync(join(dirname(one), languageHost)),
        ) ||
        programsOnPath(languageHost, path).length > 0
    );
}

/** Longest wait for another process of this checkout that downloads Pulumi, in milliseconds. */
const lockWithinMs = 1_800_000;

/** Says, while it is there, whose installer is at work on a folder, or was killed at it. */
const downloadMark = join(labFolder, "tools", "pulumi.part");

interface DownloadMark {
    readonly pid: number;
    readonly folder: string;
}

/**
 * The installer copies its files one by one to where they are used, and one that was killed leaves half of
 * them, which its package takes for a whole Pulumi: that folder has to go first. A damaged mark tells not of which
 * folder, nor of a living process: a mark is written whole.
 */
function beginDownload(packaged: string): void {
    const folder = dirname(packaged);
    const mark = readJson(downloadMark, isMark) ?? { pid: 0, folder };
    if (existsSync(downloadMark) && mark.folder === folder && isLeftBy(mark.pid, downloadMark)) {
        rmSync(folder, { recursive: true, force: true });
    }
    if (!existsSync(packaged)) {
        writeWhole(downloadMark, JSON.stringify({ pid: process.pid, folder }));
    }
}

function isMark(value: unknown): value is DownloadMark {
    return hasTexts(value, "folder") && typeof (value as Partial<DownloadMark>).pid === "number";
}

/** The binary that the `pulumi` package has downloaded: run directly, because its shim dies at Ctrl-C. */
function packagedPulumi(env: NodeJS.ProcessEnv): string {
    const { version } = JSON.parse(
        readFileSync(join(projectRoot, "node_modules", "pulumi", "package.json"), "utf8"),
    ) as { version: string };
    return join(pulumiHome(env), "versions", env.PULUMI_VERSION || version, "bin", "pulumi");
}

/**
 * PATH without the folders npm puts in front of it, where `pulumi` is the package's own shim: npm's is asked
 * for by its path, and the user's is meant where PATH is.
 */
export function withoutNodeModules(path: string): string {
    return path
        .split(delimiter)
        .filter((folder) => !/[/\\]node_modules[/\\]\.bin[/\\]?$|[/\\]node-gyp-bin$/.test(folder))
        .join(delimiter);
}
