import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";

/** The types that Pulumi.yaml may declare for a config key and that the lab uses. */
export type ConfigType = "boolean" | "integer" | "string" | "object";

/** One config key as Pulumi.yaml declares it. */
export interface Declaration {
    readonly type: ConfigType;
    readonly description: string;
    readonly default: boolean | number | string | Record<string, unknown>;
}

/** The project as Pulumi.yaml describes it: its name and its own config keys. */
export interface Project {
    /** Name of the project, which is the namespace of its config keys. */
    readonly name: string;
    /** The project's own keys, without the namespace. */
    readonly declarations: Readonly<Record<string, Declaration>>;
}

/** Folder of Pulumi.yaml. Everything the project reads or writes is below it. */
export const projectRoot = join(__dirname, "..", "..");

/** What Pulumi.yaml said, by the folder that it is in. */
const projects = new Map<string, Project>();

/**
 * The project's name and its declared keys from Pulumi.yaml, the only place that has their types and defaults. Keys
 * of other namespaces (`pulumi:…`) are left out. The file is read once in a process.
 */
export function readProject(root = projectRoot): Project {
    const project = projects.get(root) ?? parseProject(root);
    projects.set(root, project);
    return project;
}

function parseProject(root: string): Project {
    const { name, config } = yaml.load(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
        name: string;
        config: Record<string, Declaration>;
    };
    const declarations = Object.fromEntries(
        Object.entries(config).filter(([key]) => !key.includes(":")),
    );
    return { name, declarations };
}

/** A value of a stack file or of Pulumi.yaml as Pulumi hands it to the program: text, objects as JSON. */
export function rawValue(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}
