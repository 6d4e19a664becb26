import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { clustersOf } from "./clusters";
import { projectRoot, rawValue, readProject } from "./declaration";
import { ClusterName, LabConfig } from "./labConfig";
import { requireLabConfig } from "./parseLabConfig";
import { ProblemsError, printable } from "./problem";
import { requireStackName } from "./stackName";

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

/**
 * The project's own values in a stack file, as Pulumi would hand them out; nothing where there is no file. A
 * key without a namespace is the project's, and one without a value has an empty one, as to Pulumi. Encrypted
 * values cannot be read here and are left out.
 *
 * @throws ProblemsError if the file is no YAML, or nothing that Pulumi can read.
 */
export function readStackValues(stack: string, root = projectRoot): Record<string, string> {
    const path = stackFilePath(stack, root);
    if (!existsSync(path)) {
        return {};
    }
    const prefix = `${readProject(root).name}:`;
    return Object.fromEntries(
        Object.entries(readConfigBlock(path))
            .map(([key, value]): [string, unknown] => [
                key.includes(":") ? key : prefix + key,
                value,
            ])
            .filter(([key, value]) => key.startsWith(prefix) && !isEncrypted(value))
            .map(([key, value]) => [key.slice(prefix.length), rawValue(value ?? "")]),
    );
}

/**
 * All values in a stack file as they are, by their full keys, but the encrypted ones.
 *
 * @throws ProblemsError as {@link readStackValues}.
 */
export function readPlainConfig(stack: string, root = projectRoot): Record<string, unknown> {
    const path = stackFilePath(stack, root);
    const config = existsSync(path) ? readConfigBlock(path) : {};
    return Object.fromEntries(Object.entries(config).filter(([, value]) => !isEncrypted(value)));
}

/**
 * A stack's config from its file, checked, without Pulumi.
 *
 * @throws ProblemsError with everything that is wrong with it.
 */
export function readStackConfig(stack: string, root = projectRoot): LabConfig {
    return requireLabConfig(readStackValues(stack, root), readProject(root));
}

/**
 * The clusters of a stack by its file, whatever else is wrong with it.
 *
 * @throws ProblemsError as {@link readStackValues}.
 */
export function readStackClusters(stack: string, root = projectRoot): readonly ClusterName[] {
    return clustersOf(readStackValues(stack, root), readProject(root));
}

function readConfigBlock(path: string): Record<string, unknown> {
    const refuse = (reason: string) =>
        new ProblemsError([{ message: `${path} ${reason}.`, fix: `edit ${path}` }]);
    let content: unknown;
    try {
        content = yaml.load(readFileSync(path, "utf8"), { schema }) ?? {};
    } catch (error) {
        const [reason = ""] = (error as Error).message.split("\n");
        throw refuse(`is not valid YAML: ${printable(reason)}`);
    }
    const config = isMapping(content) ? (content.config ?? {}) : undefined;
    if (!isMapping(config)) {
        throw refuse("is no stack config: it must have keys and values below config:");
    }
    if (!isPlain(config)) {
        throw refuse(
            `has a value that contains itself or is not finite, or more than ${mostValues} values`,
        );
    }
    return config;
}

/** Whether a value of a YAML file has keys. */
export function isMapping(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
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

/** Whether a value is what Pulumi takes for encrypted: an object with a `secure` text and nothing else. */
function isEncrypted(value: unknown): boolean {
    return isMapping(value) && typeof value.secure === "string" && Object.keys(value).length === 1;
}
