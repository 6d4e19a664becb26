import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isMapping } from "../config/mapping";
import { shellQuote } from "../config/shell";
import { readStackValues } from "../config/stackFile";
import { Change, changesTo } from "../lab/exercise";
import { WrittenValues, isOfTour, writtenBefore } from "../lab/tourMemory";
import { fileSystem } from "../machine/fileErrors";
import { parseJson, readText } from "../machine/files";
import { Machine } from "../machine/machine";
import { stackFolder } from "../machine/names";
import { PulumiCli } from "./pulumi";
import { changeArgs, setConfig } from "./stack";

/** Name of the file in which an experiment remembers. */
export const experimentMemory = "experiment.json";

/** Where a tour, on the terminal or on the board, or an experiment remembers the stack's own settings from before it. */
const memories = ["tour.json", "board.json", experimentMemory] as const;

type Values = Readonly<Record<string, string>>;

/** What there is to know of a stack's settings from before tours and experiments that have not given them back. */
export type Before = "nothing" | "unclear" | readonly Remembered[];

/** What one of them remembers. */
export interface Remembered {
    readonly original: Values;
    /** What a tour has set; left out by tours of an earlier version. */
    readonly written?: WrittenValues;
    /** The values that an experiment sets, by key. */
    readonly set?: SetValues;
}

/** Values that a key may have been given. */
export type SetValues = Readonly<Record<string, readonly string[]>>;

/** Reads the settings from before a tour; unclear where a file is damaged, or two tell different ones. */
export function settingsBefore(stack: string): Before {
    const texts = memories.flatMap((name) => readText(join(stackFolder(stack), name)) ?? []);
    const told = texts.map(parseJson);
    if (!told.every(isMapping)) {
        return "unclear";
    }
    const remembered = told.filter(({ original }) => original !== undefined);
    const isClear =
        remembered.every(isRemembered) &&
        remembered.every(({ original }) => isDeepStrictEqual(original, remembered[0]?.original));
    if (!isClear) {
        return "unclear";
    }
    return remembered.length === 0
        ? "nothing"
        : remembered.map(({ original, written, set }) => ({
              original,
              ...(written === undefined ? {} : { written }),
              ...(set === undefined ? {} : { set }),
          }));
}

function isRemembered(
    value: Readonly<Record<string, unknown>>,
): value is Remembered & typeof value {
    const { original, written, set } = value;
    return isValues(original) && [written, set].every((one) => one === undefined || isLists(one));
}

function isLists(value: unknown): boolean {
    return isMapping(value) && Object.values(value).every((one) => Array.isArray(one));
}

function isValues(value: unknown): value is Values {
    return isMapping(value) && Object.values(value).every((one) => typeof one === "string");
}

/**
 * What leads back to the settings from before tours and experiments, which tell the same ones. A value that none of them
 * has set is somebody's own since, and stays.
 */
export function changesBack(remembered: readonly Remembered[], own: Values): Change[] {
    const [{ original } = { original: own }] = remembered;
    const keys = remembered.flatMap(({ set = {} }) => Object.keys(set));
    return changesTo(original, own, keys).filter(([key]) =>
        remembered.some((one) => isSetBy(one, key, own)),
    );
}

function isSetBy({ original, written, set }: Remembered, key: string, own: Values): boolean {
    const value = own[key];
    return set === undefined
        ? isOfTour(written ?? writtenBefore(original, own), key, value)
        : value === undefined || set[key]?.includes(value) === true;
}

/**
 * Gives a stack's file its settings from before a tour or an experiment back that was killed. The stack must be there.
 *
 * @returns Whether nothing of them is left that only the tour remembers.
 */
export async function restoreSettings(
    pulumi: PulumiCli,
    stack: string,
    { say }: Pick<Machine, "say">,
): Promise<boolean> {
    const before = settingsBefore(stack);
    if (typeof before === "string") {
        return before === "nothing";
    }
    try {
        const own = readStackValues(stack);
        const changes = changesBack(before, own);
        if (changes.length > 0) {
            say("Restoring the settings from before the tour or experiment:");
        }
        for (const change of changes) {
            say(`  pulumi ${changeArgs(change).join(" ")} (was ${own[change[0]] ?? "unset"})`);
            await setConfig(pulumi, stack, change);
        }
        return true;
    } catch (error) {
        say((error as Error).message);
        return false;
    }
}

/** Ends the name of a copy that was put aside for the user: of what was damaged, or that they were told to put there. */
const aside = /\.old(\.\d+)?$/;

/**
 * Removes a stack's folder, but for copies that were put aside for the user and, on demand, what a tour or an experiment
 * remembers. What stays is said. @throws FileError if it cannot.
 */
export function removeStackFolder(
    stack: string,
    { keepTour }: { readonly keepTour: boolean },
    { say }: Pick<Machine, "say">,
): void {
    const folder = stackFolder(stack);
    const [memory, copies] = fileSystem(folder, "removed", () => {
        const files = existsSync(folder) ? readdirSync(folder) : [];
        const remembered = keepTour
            ? files.filter((name) => memories.some((one) => one === name))
            : [];
        const saved = files.filter((name) => aside.test(name));
        const kept = [...remembered, ...saved];
        const gone = kept.length === 0 ? [""] : files.filter((name) => !kept.includes(name));
        gone.forEach((name) => rmSync(join(folder, name), { recursive: true, force: true }));
        return [remembered, saved];
    });
    const pathsOf = (names: readonly string[]) => names.map((name) => join(folder, name));
    if (memory.length > 0) {
        say(
            `The settings from before a tour or an experiment could not be put back into the stack's file and stay in ${pathsOf(memory).join(" and ")}; npm run tour, board or experiment, whichever it was, restores them once the stack is up again.`,
        );
    }
    if (copies.length > 0) {
        say(
            `${pathsOf(copies).join(" and ")} stays: a copy of what was damaged, in which the settings from before a tour may be. Once you have seen it: rm -r ${pathsOf(copies).map(shellQuote).join(" ")}`,
        );
    }
}
