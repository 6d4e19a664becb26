import { Stats, existsSync, lstatSync, readFileSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isMapping } from "../config/mapping";
import { quote, visible } from "../config/problem";
import { shellQuote } from "../config/shell";
import { sha256 } from "./download";
import { hasTexts, readJson, writeWhole } from "./files";
import { labFolder } from "./names";

/** Where the last bundle's tools and chart are. */
export const bundleFolder = join(labFolder, "bundle");

/** A bundle's tool as it was unpacked. */
interface UnpackedTool {
    /** Hexadecimal digits. */
    readonly sha256: string;
    /** What the file system says of it as long as nobody has changed it. */
    readonly stat: string;
}

type UnpackedTools = Readonly<Record<string, UnpackedTool>>;

/** Name of the file, in a bundle's folder, that says which tools were unpacked. */
const listFile = "tools.json";

/**
 * Remembers the tools that were unpacked into a folder.
 *
 * @param sums Their checksums, which were compared, by their names.
 */
export function listBundledTools(folder: string, sums: Readonly<Record<string, string>>): void {
    const tools = Object.entries(sums).map(([name, sum]): [string, UnpackedTool] => [
        name,
        { sha256: sum, stat: statText(lstatSync(join(folder, "tools", name))) },
    ]);
    writeWhole(join(folder, listFile), `${JSON.stringify(Object.fromEntries(tools))}\n`);
}

/**
 * Puts a bundle's tools in front of PATH, for this process and all it starts; nothing where there was no bundle. Only if
 * they are what its manifest has listed and nothing else is beside them: anything else there could pass for another
 * program. An older checkout has unpacked more, and remembers nothing of it.
 */
export function useBundledTools(
    env: NodeJS.ProcessEnv = process.env,
    say: (line: string) => void = (line) => void process.stderr.write(`${visible(line)}\n`),
): void {
    const tools = join(bundleFolder, "tools");
    const path = env.PATH ?? "";
    if (!existsSync(tools) || path.split(delimiter).includes(tools)) {
        return;
    }
    const reason = whyUnused(tools);
    if (reason === undefined) {
        env.PATH = `${tools}${delimiter}${path}`;
    } else {
        say(
            `the programs in ${tools} are not used: ${reason}. Fix: npm run up -- --bundle FILE unpacks them again; without one: rm -r ${shellQuote(bundleFolder)}`,
        );
    }
}

/** Why a folder of tools may not be used; undefined where it may. */
function whyUnused(folder: string): string | undefined {
    const listed = readJson(join(bundleFolder, listFile), isList);
    if (listed === undefined) {
        return "an earlier version of this project has unpacked them, and nothing tells what belongs to the bundle";
    }
    const strange = readdirSync(folder).find(
        (name) => !Object.hasOwn(listed, name) || !isAsUnpacked(join(folder, name), listed[name]!),
    );
    return strange === undefined
        ? undefined
        : `${quote(strange)} is not as the bundle has it, or none of its files`;
}

/** Its checksum is only taken where the file is another than was written, e.g. of a checkout that was copied. */
function isAsUnpacked(path: string, tool: UnpackedTool): boolean {
    const stat = lstatSync(path);
    return stat.isFile() && (statText(stat) === tool.stat || hasSum(path, tool.sha256));
}

function hasSum(path: string, sum: string): boolean {
    return sha256(readFileSync(path)) === sum;
}

/** A change of a file changes its `ctime`, which no program can set. */
function statText({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
    return [dev, ino, size, mtimeMs, ctimeMs].join(" ");
}

function isList(value: unknown): value is UnpackedTools {
    return (
        isMapping(value) && Object.values(value).every((tool) => hasTexts(tool, "sha256", "stat"))
    );
}
