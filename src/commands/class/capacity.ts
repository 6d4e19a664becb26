import { memoryPerCluster } from "../../machine/checks";

/** What a pair of clusters takes, in bytes: measured 1628 MiB (docs/performance.md), rounded up. */
export const memoryPerPair = 1.7 * 2 ** 30;

/** What has to stay free beside the last pair, in bytes, so that its own `up` takes the machine for large enough. */
export const memoryReserve = 2 * memoryPerCluster - memoryPerPair;

/** What a machine has for labs; undefined where it could not be found out. */
export interface Room {
    /** Memory of the engine's machine in bytes. */
    readonly engineBytes: number | undefined;
    /** Memory that is free or can be freed, in bytes. */
    readonly availableBytes: number | undefined;
    /** Pairs of clusters that run, whoever made them. */
    readonly pairsUp: number;
}

/** Memory in bytes that is left for more labs; infinite where nothing is known. */
function freeMemory({ engineBytes, availableBytes, pairsUp }: Room): number {
    return Math.max(
        0,
        Math.min(availableBytes ?? Infinity, (engineBytes ?? Infinity) - pairsUp * memoryPerPair),
    );
}

/**
 * Number of labs that memory allows to be made.
 *
 * @param starting Labs that are being made, whose memory is not taken yet.
 */
export function labsThatFit(room: Room, starting = 0): number {
    const bytes = freeMemory(room) - memoryReserve - starting * memoryPerPair;
    return Math.max(0, Math.floor(bytes / memoryPerPair));
}

/**
 * Number of labs to make at a time: as many as memory allows, and no more than there are processors (but two), because
 * an `up` keeps two of them busy and its waits are measured in seconds.
 *
 * @param asked `--parallel`; it overrides everything.
 */
export function labsAtATime(room: Room, processors: number, asked?: number): number {
    return asked ?? Math.max(1, Math.min(labsThatFit(room), Math.max(2, processors)));
}

/** Why so many at a time, in one sentence. */
export function capacityText(room: Room, labs: number, processors: number, asked?: number): string {
    const count = labsAtATime(room, processors, asked);
    const fit = labsThatFit(room);
    const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    const free = freeMemory(room);
    const memory =
        free === Infinity
            ? "the engine does not tell its memory"
            : `${gib(free)} of memory is free, a lab takes ${gib(memoryPerPair)} and ${gib(memoryReserve)} stay free`;
    const why = asked === undefined ? `${memory}; ${processors} processors` : "--parallel";
    const short = fit < labs ? ` Memory is enough for ${fit} of the ${labs} labs to make.` : "";
    return `${count} at a time (${why}).${short}`;
}
