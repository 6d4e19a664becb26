import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as yaml from "js-yaml";
import { Project } from "../../config/declaration";
import { quote } from "../../config/problem";
import { schema, stackFilePath } from "../../config/stackFile";
import { requireStackName } from "../../config/stackName";
import { ownKey } from "../../config/unheeded";
import { hasTexts, readJson, writeWhole } from "../../machine/files";
import { labFolder, stackFolder } from "../../machine/names";

/** What is remembered of an ephemeral lab, between the steps of a CI job too. */
export interface Mark {
    /** Folder for report and logs. */
    readonly output: string;
}

function markPath(stack: string): string {
    return join(labFolder, "ephemeral", `${requireStackName(stack)}.json`);
}

/** Where report and logs go if nothing else is said. */
export function usualOutput(stack: string): string {
    return join(labFolder, "ephemeral", requireStackName(stack));
}

/**
 * Reads a lab's mark; undefined if this checkout has no ephemeral lab of that name. That a damaged one is there says that
 * there is a lab, which has to come down.
 *
 * @throws FileError if it cannot be read.
 */
export function readMark(stack: string): Mark | undefined {
    const path = markPath(stack);
    return existsSync(path)
        ? (readJson(path, isMark) ?? { output: usualOutput(stack) })
        : undefined;
}

function isMark(value: unknown): value is Mark {
    return hasTexts(value, "output");
}

/** Whether this checkout has anything of a stack, but the lock that whoever asks should have. */
export function isKnown(stack: string): boolean {
    const folder = stackFolder(stack);
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return (
        [markPath(stack), stackFilePath(stack)].some((path) => existsSync(path)) ||
        files.some((name) => !name.startsWith("lock.json"))
    );
}

/**
 * Marks a stack as an ephemeral lab, and writes its config.
 *
 * @throws FileError if one of them cannot be written; then the other is not there either.
 */
export function markEphemeral(stack: string, mark: Mark, stackFile: string): void {
    writeWhole(markPath(stack), JSON.stringify(mark), 0o644);
    try {
        writeWhole(stackFilePath(stack), stackFile, 0o644);
    } catch (error) {
        // Else the name would count as taken from now on.
        rmSync(markPath(stack), { force: true });
        throw error;
    }
}

/** Takes away what {@link markEphemeral} made. */
export function unmark(stack: string): void {
    rmSync(stackFilePath(stack), { force: true });
    rmSync(markPath(stack), { force: true });
}

/**
 * A stack file: a given one with settings put over it.
 *
 * @param settings `key=value`; the value of a key that takes an object is JSON.
 * @throws Error that names a setting that is not of that form, or a file that is no stack file.
 */
export function ephemeralStackFile(
    settings: readonly string[],
    project: Project,
    base = "",
): string {
    const file = yaml.load(base, { schema }) ?? {};
    const { config = {} } = file as { config?: Record<string, unknown> };
    if (typeof file !== "object" || typeof config !== "object") {
        throw new Error("--stack-config is no stack config: it must have keys below config:");
    }
    const own = settings.map((setting): [string, unknown] => {
        const [, full = "", value] = /^\s*([\w.:-]+)\s*=(.*)$/s.exec(setting) ?? [];
        const key = ownKey(full, project);
        if (key === undefined || key === "" || value === undefined) {
            throw new Error(`--set is ${quote(setting)}; it must be key=value`);
        }
        const isObject = project.declarations[key]?.type === "object";
        return [`${project.name}:${key}`, isObject ? parsed(key, value) : value.trim()];
    });
    const twice = own.find(([key, value], at) =>
        own
            .slice(0, at)
            .some(([other, before]) => other === key && !isDeepStrictEqual(before, value)),
    );
    if (twice !== undefined) {
        throw new Error(`--set gives ${twice[0]} two values; it must be one of them`);
    }
    // A key of the file need not have the project's name before it, and must not be there twice.
    const set = own.map(([key]) => key);
    const others = Object.entries(config ?? {}).filter(([full]) => {
        const key = ownKey(full, project);
        return key === undefined || !set.includes(`${project.name}:${key}`) || set.includes(full);
    });
    return yaml.dump({ ...file, config: Object.fromEntries([...others, ...own]) });
}

function parsed(key: string, value: string): unknown {
    try {
        return JSON.parse(value) as unknown;
    } catch {
        throw new Error(`--set ${key} is ${quote(value.trim())}; it must be an object in JSON`);
    }
}
