import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { projectRoot, rawValue, readProject } from "./declaration";
import { LabConfig } from "./labConfig";
import { parseLabConfig } from "./parseLabConfig";
import { ProblemsError } from "./problem";

/** Path of a stack's config file. */
export function stackFilePath(stack: string, root = projectRoot): string {
    return join(root, "stacks", `Pulumi.${stack}.yaml`);
}

/**
 * The project's own values in a stack file, as Pulumi would hand them out; nothing where there is no file. A
 * key without a namespace is the project's, as it is to Pulumi; one without a value is not given.
 * Encrypted values cannot be read here and are left out.
 *
 * @throws ProblemsError if the file is no YAML.
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
            .filter(([key, value]) => key.startsWith(prefix) && isReadable(value))
            .map(([key, value]) => [key.slice(prefix.length), rawValue(value)]),
    );
}

/**
 * A stack's config from its file, checked, without Pulumi.
 *
 * @throws ProblemsError with everything that is wrong with it.
 */
export function readStackConfig(stack: string, root = projectRoot): LabConfig {
    const { config, problems } = parseLabConfig(readStackValues(stack, root), readProject(root));
    if (config === undefined) {
        throw new ProblemsError(problems);
    }
    return config;
}

function readConfigBlock(path: string): Record<string, unknown> {
    try {
        const content = yaml.load(readFileSync(path, "utf8")) as {
            config?: Record<string, unknown> | null;
        } | null;
        return content?.config ?? {};
    } catch (error) {
        const [reason = ""] = (error as Error).message.split("\n");
        throw new ProblemsError([
            { message: `${path} is not valid YAML: ${reason}.`, fix: `edit ${path}` },
        ]);
    }
}

/** Whether a value is there and not encrypted. */
function isReadable(value: unknown): boolean {
    return value !== null && !(typeof value === "object" && "secure" in value);
}
