import { rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeWhole } from "../machine/files";
import { stackFolder } from "../machine/names";

/** Where a tour or an experiment remembers a stack's own settings from before it. Tests hand in their own. */
export interface MemoryStore<T> {
    readonly read: () => T | undefined;
    readonly write: (memory: T) => void;
    readonly clear: () => void;
}

/**
 * The memory in a file of the stack's folder.
 *
 * Reading it throws a FileError where it is damaged: a new beginning would take what was set meanwhile for the stack's own
 * settings.
 *
 * @param work Whose it is, e.g. `tour`.
 */
export function fileMemory<T>(
    stack: string,
    file: string,
    isMemory: (value: unknown) => value is T,
    work: string,
): MemoryStore<T> {
    const path = join(stackFolder(stack), file);
    return {
        read: () =>
            readJson(
                path,
                isMemory,
                `the settings from before an earlier ${work} may be in it; once you have seen it, mv ${path} ${path}.old`,
            ),
        write: (memory) => writeWhole(path, `${JSON.stringify(memory)}\n`),
        clear: () => rmSync(path, { force: true }),
    };
}
