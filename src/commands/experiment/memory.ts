import { rmSync } from "node:fs";
import { join } from "node:path";
import { isMapping } from "../../config/mapping";
import { readJson, writeWhole } from "../../machine/files";
import { stackFolder } from "../../machine/names";
import { experimentMemory } from "../../stack/tourSettings";

type Values = Readonly<Record<string, string>>;

/** What an experiment remembers while it runs, so that the stack's own settings come back even after a kill. */
export interface ExperimentMemory {
    /** The stack's own values from before, of the lab's keys and those that the experiments change. */
    readonly original: Values;
    /** What the experiments set, by key: one of the values that each may have. */
    readonly set: Readonly<Record<string, readonly string[]>>;
}

/** Where an experiment remembers. Tests hand in their own. */
export interface MemoryStore {
    readonly read: () => ExperimentMemory | undefined;
    readonly write: (memory: ExperimentMemory) => void;
    readonly clear: () => void;
}

function isMemory(value: unknown): value is ExperimentMemory {
    return isMapping(value) && isMapping(value.original) && isMapping(value.set);
}

/**
 * The memory of a stack's experiments in the stack's folder.
 *
 * Reading it throws a FileError where it is damaged: the settings from before would be forgotten.
 */
export function fileMemory(stack: string): MemoryStore {
    const path = join(stackFolder(stack), experimentMemory);
    return {
        read: () =>
            readJson(
                path,
                isMemory,
                `the settings from before an earlier experiment may be in it; once you have seen it, mv ${path} ${path}.old`,
            ),
        write: (memory) => writeWhole(path, `${JSON.stringify(memory)}\n`),
        clear: () => rmSync(path, { force: true }),
    };
}
