import { existsSync } from "node:fs";
import { join } from "node:path";
import { possibleClusters } from "../config/labConfig";
import { isMapping } from "../config/mapping";
import { Problem, requireNone } from "../config/problem";
import { EngineIdentity, identifyEngine } from "../machine/engine";
import { hasTexts, ownersOnly, readJson, writeWhole } from "../machine/files";
import { stackFolder } from "../machine/names";
import { Runner, run } from "../machine/run";
import { existingRecordPath } from "../mesh/existing/record";
import { recordPath } from "../mesh/kind/record";
import { Backend, currentBackend } from "./environment";
import { backendProblem, engineProblem, passphraseProblem } from "./originProblems";
import { currentPassphrase, opensSalt } from "./passphrase";
import { readSalt } from "./salt";

/**
 * What a stack was made with and is nowhere to be found without: another backend does not know it, another passphrase
 * does not open its secrets, another engine does not have its clusters. Each would take it for one that is not there.
 */
export interface Origin {
    readonly backend: Backend;
    /** Whose passphrase Pulumi has accepted; undefined as long as it has accepted none. */
    readonly passphrase?: "lab" | "user";
    /** The engine of its kind clusters; undefined where it has none, or did not say. */
    readonly engine?: EngineIdentity;
}

/** Where a stack's origin is remembered. */
export function originPath(stack: string): string {
    return join(stackFolder(stack), "origin.json");
}

/** Reads what a stack was made with; undefined for one of an older checkout, and where it is damaged. */
export function readOrigin(stack: string): Origin | undefined {
    const origin = readJson(originPath(stack), isOrigin);
    return origin && isEngine(origin.engine) ? origin : origin && { ...origin, engine: undefined };
}

function isOrigin(value: unknown): value is Origin {
    return hasTexts((value as Partial<Origin> | null)?.backend, "id", "address");
}

/** Whether an engine is as it should be; one that is damaged counts as one that did not say. */
function isEngine(engine: EngineIdentity | undefined): boolean {
    const { id = "", context = "", host = "" } = isMapping(engine) ? engine : {};
    return (
        hasTexts(engine, "program") && [id, context, host].every((one) => typeof one === "string")
    );
}

/** Whether this checkout remembers clusters of a stack, of its own making or the user's. */
function hasClusters(stack: string): boolean {
    return (
        hasKindClusters(stack) ||
        possibleClusters.some((cluster) => existsSync(existingRecordPath(stack, cluster)))
    );
}

/** Whether this checkout remembers kind clusters of a stack. */
export function hasKindClusters(stack: string): boolean {
    return possibleClusters.some((cluster) => existsSync(recordPath(stack, cluster)));
}

/**
 * Makes sure that a stack is worked on with what it was made with, before anything is: what is not found elsewhere
 * would be taken for what an interrupted run left behind, and replaced.
 *
 * @throws ProblemsError that says what is another now, and the way back.
 */
export async function requireOrigin(
    stack: string,
    runner: Runner = run,
    env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
    const was = readOrigin(stack);
    if (was === undefined) {
        return;
    }
    const backend = backendProblem(stack, was.backend, currentBackend(env), env);
    const engine =
        was.engine && hasKindClusters(stack) ? await identifyEngine(runner, env) : undefined;
    const others = [
        engine && engineProblem(stack, was.engine!, engine, env),
        await wrongPassphrase(stack, was, env),
    ];
    requireNone(backend ? [backend] : others.filter((one) => one !== undefined));
}

async function wrongPassphrase(
    stack: string,
    { passphrase }: Origin,
    env: NodeJS.ProcessEnv,
): Promise<Problem | undefined> {
    const current = currentPassphrase(env);
    // The lab's own has not changed, and to try it takes a second.
    if (current === undefined || (current.of === "lab" && passphrase === "lab")) {
        return undefined;
    }
    const salt = readSalt(stack);
    return salt === undefined || (await opensSalt(salt, current.text))
        ? undefined
        : passphraseProblem(stack, current.of, passphrase, env);
}

/**
 * Remembers what a stack is made with, as long as it has no cluster: what has one is remembered once Pulumi has worked
 * on it ({@link acceptOrigin}).
 */
export async function beginOrigin(stack: string, runner: Runner = run): Promise<void> {
    if (!hasClusters(stack)) {
        write(stack, { backend: currentBackend(), engine: await identifyEngine(runner) });
    }
}

/** Remembers what a stack was brought up with, after Pulumi has done it. */
export async function acceptOrigin(stack: string, runner: Runner = run): Promise<void> {
    const backend = currentBackend();
    const engine = readOrigin(stack)?.engine ?? (await identifyEngine(runner));
    write(stack, { backend, passphrase: currentPassphrase()?.of, engine });
}

function write(stack: string, origin: Origin): void {
    writeWhole(originPath(stack), `${JSON.stringify(origin)}\n`, ownersOnly);
}
