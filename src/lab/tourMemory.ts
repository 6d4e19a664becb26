import { Change, changesTo, exerciseKeys } from "./exercise";
import { tourSteps } from "./tourSteps";

type Values = Readonly<Record<string, string>>;

/** A value that a step of the tour gave to a key. */
export interface Written {
    /** Null where the step has the default, so that the key was removed. */
    readonly value: string | null;
    /** The step's title. */
    readonly step: string;
}

/** What the tour has set, by key: the last value, and until a step is set the one before it, too. */
export type WrittenValues = Readonly<Record<string, readonly Written[]>>;

/** What a tour remembers of a stack's settings until it has given them back. */
export interface TourMemory {
    /** The stack's own values of the lab's keys: those from before the tour, and what somebody has set since. */
    readonly original: Values;
    readonly written: WrittenValues;
}

/** What a tour knows of a stack's own settings: what one that has not given them back remembers, or what they are. */
export function memoryOf(before: Partial<TourMemory> | undefined, own: Values): TourMemory {
    const { original, written } = before ?? {};
    if (original === undefined) {
        const ofLab = Object.entries(own).filter(([key]) => exerciseKeys.includes(key));
        return { original: Object.fromEntries(ofLab), written: {} };
    }
    return { original, written: written ?? writtenBefore(original, own) };
}

/** Whether a key has the value that the tour gave to it; any other is somebody's own. */
export function isOfTour(written: WrittenValues, key: string, value: string | undefined): boolean {
    return (written[key] ?? []).some((one) => one.value === (value ?? null));
}

/** Remembers what a step is about to set. */
export function withStep(
    { original, written }: TourMemory,
    changes: readonly Change[],
    step: string,
): TourMemory {
    const begun = changes.map(([key, value = null]): [string, Written[]] => [
        key,
        [...(written[key] ?? []), { value, step }],
    ]);
    return { original, written: { ...written, ...Object.fromEntries(begun) } };
}

/** Forgets the values from before the last step, once that is set. */
export function settled({ original, written }: TourMemory): TourMemory {
    const last = Object.entries(written).map(([key, values]) => [key, values.slice(-1)] as const);
    return { original, written: Object.fromEntries(last) };
}

/** Takes up values that somebody has set since, and that the changes would overwrite: they are given back, too. */
export function withOwn(
    { original, written }: TourMemory,
    changes: readonly Change[],
    own: Values,
): TourMemory {
    const theirs = changes.map(([key]) => key).filter((key) => !isOfTour(written, key, own[key]));
    const kept = Object.entries(original).filter(([key]) => !theirs.includes(key));
    const taken = Object.entries(own).filter(([key]) => theirs.includes(key));
    return { original: Object.fromEntries([...kept, ...taken]), written };
}

/** What leads back to the settings from before the tour; what somebody has set since stays. */
export function changesBackFrom({ original, written }: TourMemory, own: Values): Change[] {
    return changesTo(original, own).filter(([key]) => isOfTour(written, key, own[key]));
}

/** What a tour of an earlier version must have set, which kept the settings from before it alone: what some step has. */
export function writtenBefore(original: Values, own: Values): WrittenValues {
    const written = changesTo(original, own)
        .map(([key]) => [key, own[key]] as const)
        .filter(
            ([key, value]) =>
                value === undefined || tourSteps.some(({ settings }) => settings[key] === value),
        )
        .map(([key, value = null]): [string, Written[]] => [key, [{ value, step: "" }]]);
    return Object.fromEntries(written);
}
