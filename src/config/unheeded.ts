import { possibleClusters } from "./clusterNames";
import { clusterOfKey, withClusters } from "./clusters";
import { Project } from "./declaration";
import { isMapping } from "./mapping";
import { Problem, nearest, quote } from "./problem";

/** A stack file, as far as it is looked at. */
export interface StackContent extends Readonly<Record<string, unknown>> {
    readonly config: Readonly<Record<string, unknown>>;
}

/** What Pulumi keeps in a stack file beside `config` (sdk/go/common/workspace/project.go, `ProjectStack`). */
const pulumisOwn = ["config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment"];

/** Namespaces of what the lab's program uses: their keys may be called as the lab's are. */
const ofProviders = ["pulumi", "kubernetes", "command", "tls", "docker"];

/** Names that keys of others may well have, too. */
const commonNames = ["kubeconfig", "clusters"];

/** The project's key that a full one names, also in Pulumi's long form `project:config:key`; undefined for others. */
export function ownKey(full: string, { name }: Project): string | undefined {
    if (!full.includes(":")) {
        return full;
    }
    return full.startsWith(`${name}:`)
        ? full.slice(name.length + 1).replace(/^config:/, "")
        : undefined;
}

/**
 * What a stack file has that would go unheeded, or be read by Pulumi alone: keys of a mistyped namespace or beside
 * `config`, a key twice, encrypted values of the project's keys, and environments.
 */
export function unheeded(content: StackContent, path: string, project: Project): Problem[] {
    const full = Object.keys(content.config);
    return [
        ...Object.keys(content).flatMap((key) => besideConfig(key, path, project) ?? []),
        ...environmentProblems(content.environment, path),
        ...full.flatMap((key) => foreignKey(key, project) ?? []),
        ...twice(full, path, project),
        ...Object.entries(content.config).flatMap(([key, value]) => {
            const own = ownKey(key, project);
            if (own === undefined) {
                return [];
            }
            return hasEncrypted(value)
                ? [encrypted(own)]
                : textForObject(own, value, path, project);
        }),
    ];
}

/** A key of another namespace that is not another's; undefined for one that may well be. */
export function foreignKey(full: string, project: Project): Problem | undefined {
    const at = full.indexOf(":");
    const namespace = full.slice(0, at);
    const key = full.slice(at + 1).replace(/^config:/, "");
    if (at < 0 || namespace === project.name || ofProviders.includes(namespace)) {
        return undefined;
    }
    const isMistyped = nearest(namespace, [project.name]) !== undefined;
    const isOfTheLab = labKey(key, project) === key && !commonNames.includes(key);
    return isMistyped || isOfTheLab
        ? {
              message: `${quote(full)} has the namespace ${quote(namespace)}, so nobody reads it; this project's is ${project.name}, and can be left out.`,
              fix: `${removal(full)}pulumi config set ${labKey(key, project) ?? "<key>"} <value>`,
          }
        : undefined;
}

/** The command that takes a key out, where it means nothing to the shell. */
function removal(full: string): string {
    return /^[\w.:-]{1,100}$/.test(full) ? `pulumi config rm ${full} && ` : "";
}

/** A key beside `config` that is meant to be below it, or to be one of Pulumi's own. */
function besideConfig(key: string, path: string, project: Project): Problem | undefined {
    if (pulumisOwn.includes(key)) {
        return undefined;
    }
    const own = labKey(ownKey(key, project) ?? key.slice(key.indexOf(":") + 1), project);
    if (own !== undefined) {
        return {
            message: `${path} has ${quote(key)} beside config:, where nobody reads it.`,
            fix: `take it out there, and pulumi config set ${own} <value>`,
        };
    }
    const meant = pulumisOwn.find((name) => nearest(key, [name]) !== undefined);
    return meant === undefined
        ? undefined
        : {
              message: `${path} has ${quote(key)}, which nobody reads; did you mean ${meant}?`,
              fix: `edit ${path}`,
          };
}

/** The lab's key that is so called, or nearly; undefined if none is. */
function labKey(key: string, project: Project): string | undefined {
    const keys = Object.keys(withClusters(project, possibleClusters).declarations);
    return keys.includes(key) || clusterOfKey(key) !== undefined ? key : nearest(key, keys);
}

function environmentProblems(environment: unknown, path: string): Problem[] {
    const isEmpty =
        environment === undefined ||
        environment === null ||
        (typeof environment === "object" && Object.keys(environment).length === 0);
    return isEmpty
        ? []
        : [
              {
                  message: `${path} has environment: (Pulumi ESC), whose values only Pulumi can read; the lab's commands would go by others.`,
                  fix: "put the values below config:, pulumi config set <key> <value>, and take environment: out",
              },
          ];
}

/** JSON in quotes where an object is meant: the lab would read it, and Pulumi refuses the stack for it. */
function textForObject(key: string, value: unknown, path: string, project: Project): Problem[] {
    return typeof value === "string" && project.declarations[key]?.type === "object"
        ? [
              {
                  message: `${path} has a text for ${key}, in quotes or behind a | or >; Pulumi takes an object alone.`,
                  fix: `edit ${path}: write what is in the text below ${key}:`,
              },
          ]
        : [];
}

function twice(full: readonly string[], path: string, project: Project): Problem[] {
    const own = full.flatMap((key) => ownKey(key, project) ?? []);
    const doubled = own.filter((key, at) => own.indexOf(key) !== at);
    return [...new Set(doubled)].map((key) => ({
        message: `${path} has ${quote(key)} twice, with the project's name before it and without.`,
        fix: `edit ${path}`,
    }));
}

/** The problem of a value of the project's that is encrypted. */
export function encrypted(key: string): Problem {
    const isWord = /^[\w.-]{1,60}$/.test(key);
    return {
        message: `${isWord ? key : quote(key)} is encrypted, so only Pulumi can read it; nothing in the lab's config is a secret.`,
        fix: `pulumi config set --plaintext ${isWord ? key : "<key>"} <value>`,
    };
}

/** Whether a value is what Pulumi takes for encrypted: an object with a `secure` text and nothing else. */
export function isEncrypted(value: unknown): boolean {
    return isMapping(value) && typeof value.secure === "string" && Object.keys(value).length === 1;
}

/** The same of anything in it. */
function hasEncrypted(value: unknown): boolean {
    if (isEncrypted(value)) {
        return true;
    }
    return typeof value === "object" && value !== null && Object.values(value).some(hasEncrypted);
}
