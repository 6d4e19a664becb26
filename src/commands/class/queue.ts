/** How {@link eachAtATime} goes on. */
export interface QueueOptions<T> {
    /** Most items that are worked on at the same time. */
    readonly limit: number;
    /** Whether there is room for one more beside those being worked on; asked again whenever one ends. */
    readonly hasRoom: (item: T, working: number) => Promise<boolean>;
    /** Aborted: no other item is begun; those being worked on come to their end. */
    readonly signal: AbortSignal;
}

/**
 * Works on all items, several at a time, in their order. An item that has no room although nothing else is worked on
 * is begun all the same: its own work knows best what it lacks.
 *
 * @param work Must not reject.
 * @returns What the work made of each item, in their order; undefined for those that were not begun.
 */
export async function eachAtATime<T, R>(
    items: readonly T[],
    work: (item: T) => Promise<R>,
    { limit, hasRoom, signal }: QueueOptions<T>,
): Promise<(R | undefined)[]> {
    const results: (R | undefined)[] = items.map(() => undefined);
    const working = new Set<Promise<void>>();
    for (const [index, item] of items.entries()) {
        while (
            !signal.aborted &&
            working.size > 0 &&
            (working.size >= limit || !(await hasRoom(item, working.size)))
        ) {
            await Promise.race(working);
        }
        if (signal.aborted) {
            break;
        }
        const job: Promise<void> = work(item).then((result) => {
            results[index] = result;
            working.delete(job);
        });
        working.add(job);
    }
    await Promise.all(working);
    return results;
}
