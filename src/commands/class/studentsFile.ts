import * as yaml from "js-yaml";
import { Project, rawValue } from "../../config/declaration";
import { isMapping } from "../../config/mapping";
import { Problem, printable, quote, quoteReadable } from "../../config/problem";
import { isPlain, schema } from "../../config/stackFile";
import { plainName, studentStack, tidyName } from "./studentStack";

/** One student of a class. */
export interface Student {
    readonly name: string;
    readonly stack: string;
    /** What the file sets for this student, the class's own values included, as Pulumi would hand it out. */
    readonly config: Readonly<Record<string, string>>;
}

/** The students of a file, or everything that is wrong with it. */
export type StudentsResult =
    | { readonly students: readonly Student[]; readonly problems: readonly [] }
    | { readonly students?: undefined; readonly problems: readonly Problem[] };

/** Longest name, in characters. */
const longestName = 60;

/** What a name is made of: letters of any script, digits, and the signs that names have, here {@link tidyName}. */
const namePattern = /^(?:[\p{L}\p{M}\p{N} .,'’·・׳״_@&+()-]|\u200c|\u200d)+$/u;

const fileForm = "students: with a list of names below it";

/** An entry of the list with what is wrong with it. */
interface Entry {
    /** Position in the list, from 1. */
    readonly number: number;
    readonly name?: string;
    readonly config: Readonly<Record<string, string>>;
    readonly problems: readonly string[];
}

/**
 * Reads a class: a list of names, or a mapping with `students:` and, for all of them, `config:`. An entry is a name,
 * or a mapping with `name:` and `config:`. Which values are legal is another question.
 *
 * @param text Content of the file.
 * @param path Path of the file, for what has to be changed.
 * @param project Whose config keys may carry the project's name in front.
 */
export function parseStudents(text: string, path: string, project: Project): StudentsResult {
    const fix = `edit ${path}`;
    const refuse = (...messages: readonly string[]) => ({
        problems: messages.map((message) => ({ message, fix })),
    });
    let content: unknown;
    try {
        content = yaml.load(text, { schema });
    } catch (error) {
        const [reason = ""] = (error as Error).message.split("\n");
        return refuse(`${path} is not valid YAML: ${printable(reason)}.`);
    }
    if (!isPlain(content)) {
        return refuse(`${path} has a value that contains itself, is not finite, or is too large.`);
    }
    const file = Array.isArray(content) ? { students: content as unknown[] } : content;
    if (!isMapping(file) || !Array.isArray(file.students) || file.students.length === 0) {
        return refuse(`${path} is no list of students: it must have ${fileForm}.`);
    }
    const shared = configOf(file.config, "config", project);
    const entries = file.students.map((entry, index) => parseEntry(entry, index + 1, project));
    const messages = [
        ...strayKeys(file, ["students", "config"], path),
        ...shared.problems,
        ...entries.flatMap(({ problems }) => problems),
        ...meetings(entries),
    ];
    return messages.length > 0
        ? refuse(...messages)
        : {
              students: entries.map(({ name = "", config }) => ({
                  name,
                  stack: studentStack(name),
                  config: { ...shared.config, ...config },
              })),
              problems: [],
          };
}

function parseEntry(entry: unknown, number: number, project: Project): Entry {
    const where = `entry ${number}`;
    const mapping = isMapping(entry) ? entry : { name: entry };
    const { name, problem } = parseName(mapping.name, where);
    const { config, problems } = configOf(mapping.config, `config of ${where}`, project);
    return {
        number,
        name,
        config,
        problems: [
            ...strayKeys(mapping, ["name", "config"], where),
            ...(problem === undefined ? [] : [problem]),
            ...problems,
        ],
    };
}

function parseName(value: unknown, where: string): { name?: string; problem?: string } {
    if (typeof value !== "string") {
        const given = value === undefined ? "nothing" : printable(rawValue(value));
        return {
            problem: `the name of ${where} is ${given}; it must be a text, in quotes if it looks like a number or another value.`,
        };
    }
    const name = tidyName(value);
    const isLegal =
        namePattern.test(name) && /[\p{L}\p{N}]/u.test(name) && [...name].length <= longestName;
    return isLegal
        ? { name }
        : {
              problem: `the name of ${where} is ${quoteReadable(value)}; it must be 1 to ${longestName} letters, digits, spaces or signs of names such as - ' . on one line.`,
          };
}

function configOf(value: unknown, what: string, project: Project) {
    if (value === undefined || value === null) {
        return { config: {}, problems: [] };
    }
    if (!isMapping(value)) {
        return { config: {}, problems: [`${what} must have config keys with values below it.`] };
    }
    const prefix = `${project.name}:`;
    const pairs = Object.entries(value).map(([key, one]): [string, string] => [
        key.startsWith(prefix) ? key.slice(prefix.length) : key,
        rawValue(one ?? ""),
    ]);
    return { config: Object.fromEntries(pairs), problems: [] };
}

function strayKeys(
    mapping: Readonly<Record<string, unknown>>,
    known: readonly string[],
    where: string,
): string[] {
    return Object.keys(mapping)
        .filter((key) => !known.includes(key))
        .map((key) => `${where} has ${quote(key)}; it may have ${known.join(" and ")}.`);
}

/** Names that are listed twice, and different ones that would share a stack. */
function meetings(entries: readonly Entry[]): string[] {
    const first = new Map<string, Entry & { readonly name: string }>();
    return entries.flatMap(({ name, ...entry }) => {
        if (name === undefined) {
            return [];
        }
        const stack = studentStack(name);
        const earlier = first.get(stack);
        if (earlier === undefined) {
            first.set(stack, { ...entry, name });
            return [];
        }
        const both = `entries ${earlier.number} and ${entry.number}`;
        return plainName(earlier.name) === plainName(name)
            ? [`"${name}" is listed twice (${both}).`]
            : [
                  `"${earlier.name}" and "${name}" (${both}) would share the stack ${stack}; write one of them differently, e.g. with a middle name.`,
              ];
    });
}
