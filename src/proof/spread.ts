/** Several measurements of one thing. */
export interface Spread {
    readonly median: number;
    readonly min: number;
    readonly max: number;
    readonly count: number;
}

/** Median of numbers; of an even count, the mean of the two in the middle. @throws Error if there are none. */
export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length / 2;
    const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
    if (low === undefined || high === undefined) {
        throw new Error("there is no median of nothing");
    }
    return (low + high) / 2;
}

/** Median, smallest and largest of measurements; undefined if there are none. */
export function spreadOf(values: readonly number[]): Spread | undefined {
    return values.length === 0
        ? undefined
        : {
              median: median(values),
              min: Math.min(...values),
              max: Math.max(...values),
              count: values.length,
          };
}
