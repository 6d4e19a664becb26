import { isMapping } from "../../config/mapping";
import { MemoryStore, fileMemory } from "../../stack/memory";
import { experimentMemory } from "../../stack/tourSettings";

type Values = Readonly<Record<string, string>>;

/** What an experiment remembers while it runs, so that the stack's own settings come back even after a kill. */
export interface ExperimentMemory {
    /** The stack's own values from before, of the lab's keys and those that the experiments change. */
    readonly original: Values;
    /** What the experiments set, by key: one of the values that each may have. */
    readonly set: Readonly<Record<string, readonly string[]>>;
}

function isMemory(value: unknown): value is ExperimentMemory {
    return isMapping(value) && isMapping(value.original) && isMapping(value.set);
}

/** The memory of a stack's experiments in the stack's folder. */
export function memoryOfExperiments(stack: string): MemoryStore<ExperimentMemory> {
    return fileMemory(stack, experimentMemory, isMemory, "experiment");
}
