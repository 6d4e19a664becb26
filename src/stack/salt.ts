import { isDeepStrictEqual } from "node:util";
import * as yaml from "js-yaml";
import { asText, isMapping } from "../config/mapping";
import { schema, stackFilePath } from "../config/stackFile";
import { readText, writeWhole } from "../machine/files";

const saltKey = "encryptionsalt";

/**
 * Takes the salt of a passphrase out of a stack file: a stack that does not exist has none, and one from another machine,
 * or from before `.lab` was deleted, makes Pulumi refuse the passphrase. A file with an encrypted value keeps it, however
 * it is written, and so does one that is no YAML.
 *
 * @throws FileError if the file cannot be read or written.
 */
export function dropSalt(stack: string): void {
    const path = stackFilePath(stack);
    const text = readText(path) ?? "";
    const without = withoutSalt(text);
    if (without !== text) {
        writeWhole(path, without);
    }
}

/** The salt in a stack file; undefined without one. @throws FileError if the file cannot be read. */
export function readSalt(stack: string): string | undefined {
    const text = readText(stackFilePath(stack)) ?? "";
    const content = mayHaveSalt(text) ? parsed(text) : undefined;
    const salt = isMapping(content) ? content[saltKey] : undefined;
    return asText(salt);
}

/** A stack file's text without its salt: its other lines as they are, where that can be, else its other values. */
export function withoutSalt(text: string): string {
    const content = mayHaveSalt(text) ? parsed(text) : undefined;
    if (!isMapping(content) || !Object.hasOwn(content, saltKey) || hasEncrypted(content)) {
        return text;
    }
    const rest = Object.fromEntries(Object.entries(content).filter(([key]) => key !== saltKey));
    const ways = [...places.map((place) => text.replace(place, "")), yaml.dump(rest, written)];
    return ways.find((way) => isDeepStrictEqual(parsed(way) ?? {}, rest)) ?? text;
}

/** Whether it is worth the time to parse a text: the key may be in it, perhaps with escapes. */
function mayHaveSalt(text: string): boolean {
    return text.includes(saltKey) || text.includes("\\");
}

/** Strings in quotes, for what is one to this parser need not be one to Pulumi's without them. */
const written: yaml.DumpOptions = { schema: yaml.CORE_SCHEMA, forceQuotes: true, lineWidth: -1 };

/**
 * The key as files have it: at the beginning of a line, with all lines that are indented below; behind `?`; on a line of
 * its own between braces, as in JSON; in the midst of one. Which of these it is, what is left tells.
 */
const places: readonly RegExp[] = [
    `^\\uFEFF?(["']?)${saltKey}\\1[ \\t]*:.*(\\r?\\n[ \\t]+\\S.*)*(\\r?\\n|$)`,
    `^\\?[ \\t]+(["']?)${saltKey}\\1[ \\t]*\\r?\\n:.*(\\r?\\n[ \\t]+\\S.*)*(\\r?\\n|$)`,
    `^[ \\t]*(["']?)${saltKey}\\1[ \\t]*:[^,\\r\\n]*,?[ \\t]*(\\r?\\n|$)`,
    `(["']?)${saltKey}\\1[ \\t]*:[^,{}\\r\\n]*,?[ \\t]*`,
].map((way) => new RegExp(way, "m"));

/** What a text says; undefined if it is no YAML. */
function parsed(text: string): unknown {
    try {
        return yaml.load(text, { schema });
    } catch {
        return undefined;
    }
}

/** Whether anything in it is a value as Pulumi writes encrypted ones. Aliases may make it contain itself. */
function hasEncrypted(value: unknown, seen = new Set<unknown>()): boolean {
    if (typeof value !== "object" || value === null || seen.has(value)) {
        return false;
    }
    seen.add(value);
    return "secure" in value || Object.values(value).some((inner) => hasEncrypted(inner, seen));
}
