import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { nearest } from "../config/problem";
import { shellQuote } from "../machine/terminal";
import { npmOptions } from "./npmOptions";

/** An option that npm may have taken for one of its own. */
export interface ForeignOption {
    /** Without the dashes. */
    readonly name: string;
    /** What its value is called; undefined for one that has none. */
    readonly value?: string;
    /** Whether it begins with `no-`, which npm takes for a `false`. */
    readonly isNegated?: boolean;
}

/** Where the settings of npm come from that nobody typed behind `npm run`. */
export interface NpmSettings {
    /** The environment that npm itself was started with; undefined where this system does not tell. */
    readonly environment?: string;
    /** Contents of the `.npmrc` files that npm has read. */
    readonly files: readonly string[];
}

/** A path that the user gave, meant from where npm was called, not from the folder that npm changes to. */
export function callersPath(path: string, env: NodeJS.ProcessEnv = process.env): string {
    return resolve(callersFolder(env), path);
}

/** Where npm was called: in the project's folder or below it, or elsewhere with `--prefix`. */
export function callersFolder(env: NodeJS.ProcessEnv = process.env): string {
    return isRunByNpm(process.argv[2], env) ? (env.INIT_CWD ?? process.cwd()) : process.cwd();
}

/** Whether npm started this very process: what it started may start others, which inherit its variables. */
function isRunByNpm(name: string | undefined, env: NodeJS.ProcessEnv): boolean {
    return env.npm_lifecycle_event === name;
}

/**
 * Options of a command that npm has kept for itself, as `npm run down --stack=lab2` makes it do: it hands on nothing of
 * them but a variable, and the command would work on another stack. Variables that come from the environment or from
 * an `.npmrc`, where people set e.g. `yes`, are none.
 *
 * @param args What the command was given in truth.
 * @returns The sentence that refuses them, with the right line; undefined if there are none.
 */
export function swallowedByNpm(
    command: Command & { readonly foreignOptions?: readonly ForeignOption[] },
    args: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
    settings: () => NpmSettings = () => npmSettings(env),
): string | undefined {
    if (!isRunByNpm(command.name(), env)) {
        return undefined;
    }
    const options = [...ownOptions(command), ...(command.foreignOptions ?? [])];
    const own = options.flatMap((option) => {
        const kept = variableOf(option);
        const given = env[kept];
        const isKept = option.isNegated ? given === "" : !["", "false", undefined].includes(given);
        return isKept ? [{ ...option, kept, given: given! }] : [];
    });
    const found = [...own, ...unknownOptions(options, env)].filter(({ name, kept }) =>
        args.every((arg) => ![name, nameOf(kept)].includes(arg.split("=")[0]!.slice(2))),
    );
    const typed = found.length === 0 ? [] : withoutSettings(found, settings());
    if (typed.length === 0) {
        return undefined;
    }
    const names = typed.map(({ isNegated, kept }) =>
        dashed(isNegated ? `no-${nameOf(kept)}` : nameOf(kept)),
    );
    return `npm has kept ${names.join(" and ")} for itself, because there is no -- before it, and nothing was done. Fix: ${rightLine(command, args, typed)}`;
}

function ownOptions(command: Command): ForeignOption[] {
    const all = [command, ...command.commands].flatMap(({ options }) => options);
    const named = all.map((option): [string, ForeignOption] => {
        const value = option.required ? (/<(.*)>/.exec(option.flags)?.[1] ?? "value") : undefined;
        return [option.name(), { name: option.name(), value, isNegated: option.negate }];
    });
    return [...new Map(named).values()];
}

const prefix = "npm_config_";

function variableOf({ name, isNegated = false }: ForeignOption): string {
    const itself = isNegated ? name.replace(/^no-/, "") : name;
    return `${prefix}${itself.replaceAll("-", "_")}`;
}

function nameOf(variable: string): string {
    return variable.slice(prefix.length).replaceAll("_", "-");
}

function dashed(name: string): string {
    return name.length === 1 ? `-${name}` : `--${name}`;
}

/** An option that npm has kept. */
interface Given extends ForeignOption {
    /** The variable that npm has made of it. */
    readonly kept: string;
    readonly given: string;
    /** Whether neither npm nor the command has an option of that name. */
    readonly isUnknown?: boolean;
}

/**
 * Options that neither the command nor npm has: mistyped ones, and others' short ones. Other programs that run scripts
 * set variables of their own.
 */
function unknownOptions(options: readonly ForeignOption[], env: NodeJS.ProcessEnv): Given[] {
    if (!env.npm_config_user_agent?.startsWith("npm/")) {
        return [];
    }
    const known = options.map(variableOf);
    return Object.entries(env).flatMap(([kept, given = ""]) => {
        const name = nameOf(kept);
        if (!kept.startsWith(prefix) || known.includes(kept) || npmOptions.has(name)) {
            return [];
        }
        const meant = meantBy(name, options);
        const value = given === "true" || given === "" ? undefined : "value";
        return [{ ...(meant ?? { name, value }), kept, given, isUnknown: true }];
    });
}

function meantBy(name: string, options: readonly ForeignOption[]): ForeignOption | undefined {
    const names = options.map((option) => option.name);
    const meant = name.length < 3 ? undefined : nearest(name, names);
    return options.find((option) => option.name === meant);
}

function withoutSettings(found: readonly Given[], { environment, files }: NpmSettings): Given[] {
    return found.filter(({ kept, given, isUnknown, name }) => {
        if (environment === undefined && isUnknown && name === nameOf(kept)) {
            // It may well come from the environment, and is like none of the command's own.
            return false;
        }
        const inEnvironment = new RegExp(`(^|\\0)${kept}=`, "i");
        const inFile = new RegExp(`^\\s*${nameOf(kept)}\\s*(=\\s*(.*?)\\s*)?$`, "m");
        return (
            !(environment !== undefined && inEnvironment.test(environment)) &&
            !files.some((text) => {
                const [line, , value = "true"] = inFile.exec(text) ?? [];
                return line !== undefined && value.replace(/^(["'])(.*)\1$/, "$2") === given;
            })
        );
    });
}

/** The command line that was meant. Of `--stack lab2` npm leaves `lab2` among the arguments; which it is may be open. */
function rightLine(command: Command, args: readonly string[], typed: readonly Given[]): string {
    const isSilent = ["expected", "env"].includes(command.name());
    const begin = ["npm run", ...(isSilent ? ["-s"] : []), command.name(), "--"];
    const apart = typed.filter(({ value, given }) => value !== undefined && given === "true");
    const takesNone = command.registeredArguments.length === 0 && command.commands.length === 0;
    const isClear = apart.length === 0 || (takesNone && apart.length === 1 && args.length === 1);
    const called = command.commands.filter((one) => one.name() === args[0]);
    const rest = apart.length === 0 ? args.map(shellQuote) : called.map((one) => one.name());
    const options = typed.map(({ name, value, given }) => {
        if (value === undefined) {
            return dashed(name);
        }
        const known = given !== "true" ? given : isClear ? args[0] : undefined;
        return `${dashed(name)}=${known === undefined ? `<${value}>` : shellQuote(known)}`;
    });
    return [...begin, ...rest, ...options, ...(isClear ? [] : ["…"])].join(" ");
}

/** What is set for npm elsewhere than on its command line, as far as it can be found out. */
function npmSettings(env: NodeJS.ProcessEnv): NpmSettings {
    const folder = env.npm_config_local_prefix;
    const paths = [
        env.npm_config_userconfig,
        env.npm_config_globalconfig,
        folder && join(folder, ".npmrc"),
    ];
    return {
        environment: environmentOfNpm(env.npm_lifecycle_event!),
        files: paths.flatMap((path) => readIfThere(path) ?? []),
    };
}

/** The environment of the first process above this one that does not run the script: npm's own, on Linux. */
function environmentOfNpm(name: string): string | undefined {
    let pid: string | undefined = String(process.ppid);
    for (let above = 0; above < 4 && pid !== undefined; above++) {
        const environment = readIfThere(`/proc/${pid}/environ`);
        if (environment === undefined) {
            return undefined;
        }
        if (!environment.split("\0").includes(`npm_lifecycle_event=${name}`)) {
            return environment;
        }
        pid = /^PPid:\s*(\d+)$/m.exec(readIfThere(`/proc/${pid}/status`) ?? "")?.[1];
    }
    return undefined;
}

function readIfThere(path: string | undefined): string | undefined {
    try {
        return path === undefined ? undefined : readFileSync(path, "utf8");
    } catch {
        return undefined;
    }
}
