import { Stats, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import * as yaml from "js-yaml";
import { Project, projectRoot, rawValue, readProject } from "./declaration";
import { isMapping } from "./mapping";
import { Problem, ProblemsError, printable, requireNone } from "./problem";
import { shellQuote } from "./shell";
import { requireStackName } from "./stackName";
import { StackContent, isEncrypted, ownKey, unheeded } from "./unheeded";

/** YAML as Pulumi's parser (gopkg.in/yaml.v3) reads a stack file: with merge keys, and 010 is 8. */
export const schema = yaml.CORE_SCHEMA.extend({
    implicit: [
        new yaml.Type("tag:yaml.org,2002:merge", {
            kind: "scalar",
            resolve: (text: string | null) => text === "<<",
        }),
        new yaml.Type("tag:yaml.org,2002:int", {
            kind: "scalar",
            resolve: (text: string | null) =>
                text !== null && /^[-+]?(\d+|0x[\da-fA-F]+|0o[0-7]+|0b[01]+)$/.test(text),
            construct: integer,
        }),
    ],
});

function integer(text: string): number {
    const digits = text.replace(/^[-+]/, "");
    const value = Number(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
    return text.startsWith("-") ? -value : value;
}

/**
 * Path of a stack's config file.
 *
 * @throws UsageError if that is no name of a stack.
 */
export function stackFilePath(stack: string, root = projectRoot): string {
    return join(root, "stacks", `Pulumi.${requireStackName(stack)}.yaml`);
}

/** What a stack file says. */
export interface StackFile {
    /** The project's own values, by their keys without the namespace. */
    readonly values: Readonly<Record<string, string>>;
    /** What would be ignored, or what only Pulumi can read. */
    readonly problems: readonly Problem[];
}

/**
 * Reads a stack file, as Pulumi would hand its values out; nothing where there is no file. A key without a namespace is
 * the project's, and one without a value has an empty one, as to Pulumi.
 *
 * @throws ProblemsError if the file is no YAML, or nothing that Pulumi can read.
 */
export function readStackFile(stack: string, root = projectRoot): StackFile {
    const path = stackFilePath(stack, root);
    const content = readContent(path);
    const project = readProject(root);
    const problems = [...strayFiles(stack, root), ...unheeded(content, path, project)];
    return { values: ownValues(content, project), problems };
}

/** Files that look like the stack's and that neither Pulumi nor the lab reads: `stackConfigDir` is `stacks`. */
function strayFiles(stack: string, root: string): Problem[] {
    const name = `Pulumi.${stack}`;
    const own = stackFilePath(stack, root);
    return [`${name}.yaml`, `${name}.yml`, `stacks/${name}.yml`, `stacks/${name}.json`]
        .filter((file) => existsSync(join(root, file)))
        .map((file) => ({
            message: `${file} is not read; the config of stack ${stack} is stacks/${name}.yaml.`,
            fix: existsSync(own)
                ? `take what you need of it over with pulumi config set, and mv '${file}' '${file}.old'`
                : `mv '${file}' 'stacks/${name}.yaml'`,
        }));
}

/**
 * The project's own values in a stack file.
 *
 * @throws ProblemsError as {@link readStackFile}, and if it has something that would be ignored or that only Pulumi can
 *   read.
 */
export function readStackValues(
    stack: string,
    root = projectRoot,
): Readonly<Record<string, string>> {
    const { values, problems } = readStackFile(stack, root);
    requireNone(problems);
    return values;
}

/** The values of the project's keys, by their names in it. */
function ownValues({ config }: StackContent, project: Project): Record<string, string> {
    return Object.fromEntries(
        Object.entries(config).flatMap(([full, value]) => {
            const key = ownKey(full, project);
            return key === undefined ? [] : [[key, rawValue(value ?? "")]];
        }),
    );
}

/**
 * All values in a stack file as they are, by their full keys, but the encrypted ones.
 *
 * @throws ProblemsError as {@link readStackValues}.
 */
export function readPlainConfig(stack: string, root = projectRoot): Record<string, unknown> {
    const { config } = readContent(stackFilePath(stack, root));
    return Object.fromEntries(Object.entries(config).filter(([, value]) => !isEncrypted(value)));
}

function readContent(path: string): StackContent {
    const refuse = (reason: string) =>
        new ProblemsError([{ message: `${path} ${reason}.`, fix: `edit ${path}` }]);
    const text = readIfThere(path);
    let content: unknown;
    try {
        content = yaml.load(text, { schema }) ?? {};
    } catch (error) {
        const [reason = ""] = (error as Error).message.split("\n");
        throw refuse(`is not valid YAML: ${printable(reason)}`);
    }
    const config = isMapping(content) ? (content.config ?? {}) : undefined;
    if (!isMapping(content) || !isMapping(config)) {
        throw refuse("is no stack config: it must have keys and values below config:");
    }
    if (!isPlain(config)) {
        throw refuse(
            `has a value that contains itself or is not finite, or more than ${mostValues} values`,
        );
    }
    return { ...content, config };
}

/** A file's text; an empty one where there is none. @throws ProblemsError if it cannot be read. */
function readIfThere(path: string): string {
    try {
        const problem = unfit(path, statSync(path));
        if (problem !== undefined) {
            throw new ProblemsError([problem]);
        }
        return decoded(readFileSync(path), path);
    } catch (error) {
        const { code = "" } = error as NodeJS.ErrnoException;
        if (error instanceof ProblemsError) {
            throw error;
        }
        if (code === "ENOENT") {
            return "";
        }
        throw new ProblemsError([unreadable(path, code, (error as Error).message)]);
    }
}

/** @throws ProblemsError of what is no UTF-8: what is put in the place of a sign would be written in its place, too. */
function decoded(bytes: Buffer, path: string): string {
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
        throw new ProblemsError([
            { message: `${path} is not in UTF-8.`, fix: `save it in UTF-8, e.g. with an editor` },
        ]);
    }
}

/** As many bytes as a stack file may have: parsing takes a second for two million. */
const mostBytes = 2 ** 21;

/** A file that is not read: a pipe would be waited for without an end, and a large one in silence. */
function unfit(path: string, stat: Stats): Problem | undefined {
    if (!stat.isFile() && !stat.isDirectory() && realpathSync(path) !== "/dev/null") {
        return {
            message: `${path} cannot be read: it is a pipe, a socket or a device where a file is meant.`,
            fix: `mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}`,
        };
    }
    return stat.size > mostBytes
        ? {
              message: `${path} has ${Math.ceil(stat.size / 2 ** 20)} MiB; it must have at most 2.`,
              fix: `edit ${path}`,
          }
        : undefined;
}

function unreadable(path: string, code: string, message: string): Problem {
    switch (code) {
        case "EACCES":
        case "EPERM":
            return {
                message: `${path} cannot be read: permission denied, perhaps after a run with sudo.`,
                fix: `sudo chown -R "$(id -u)" ${shellQuote(dirname(path))} && chmod -R u+rwX ${shellQuote(dirname(path))}`,
            };
        case "EISDIR":
            return {
                message: `${path} cannot be read: it is a folder where a file is meant.`,
                fix: `mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}`,
            };
        default:
            return {
                message: `${path} cannot be read: ${printable(message)}.`,
                fix: `ls -l ${shellQuote(path)}`,
            };
    }
}

/** As many values as a stack file may have once its aliases are followed; Cilium's own values.yaml has 3000. */
const mostValues = 100_000;

/** Whether JSON can say what a value is: aliases may make it contain itself, or grow without measure. */
export function isPlain(value: unknown): boolean {
    let left = mostValues;
    try {
        JSON.stringify(value, (_, inner: unknown) => {
            left -= 1;
            if (left < 0 || (typeof inner === "number" && !Number.isFinite(inner))) {
                throw new RangeError();
            }
            return inner;
        });
        return true;
    } catch {
        return false;
    }
}
