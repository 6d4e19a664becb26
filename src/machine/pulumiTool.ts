import { existsSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import coerce from "semver/functions/coerce";
import gte from "semver/functions/gte";
import { projectRoot } from "../config/declaration";
import { ProblemsError } from "../config/problem";
import { hasTexts, isLeftBy, readJson, writeWhole } from "./files";
import { withLock } from "./lock";
import { labFolder } from "./names";
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
    const own = await run("pulumi", ["version"], {
        env: { ...env, PATH: withoutNodeModules(env.PATH ?? ""), PULUMI_SKIP_UPDATE_CHECK: "1" },
    });
    const version = own.code === 0 ? coerce(own.stdout) : null;
    if (version !== null && gte(version, oldestPulumi)) {
        return "pulumi";
    }
    const packaged = packagedPulumi(env);
    const provide = async () => {
        beginDownload(packaged);
        const shim = join(projectRoot, "node_modules", "pulumi", "run.js");
        const first = await run(process.execPath, [shim, "version"], { env, onStderrLine: say });
        if (first.code !== 0) {
            const found =
                version === null ? "none is on PATH" : `the one on PATH is ${version.version}`;
            throw new ProblemsError([
                {
                    message: `Pulumi ${oldestPulumi} or later is needed, ${found}, and it could not be downloaded (${lastLine(first.stderr)}).`,
                    fix: "install it: https://www.pulumi.com/docs/install/",
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
    const home = env.PULUMI_HOME || join(homedir(), ".pulumi");
    return join(home, "versions", env.PULUMI_VERSION || version, "bin", "pulumi");
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
