import {
    InRow,
    askInTurn,
    nextToAsk,
    restMs,
    sameLabMs,
} from "../../../../../src/commands/class/wall/asking";

const row = (...askedAt: (number | undefined)[]): InRow[] =>
    askedAt.map((at, i) => ({ stack: `class-${i}`, isAskable: true, askedAt: at }));

test("the lab that was not asked for the longest time is next, and those that never were in their order", () => {
    expect(nextToAsk(row(0, undefined, undefined), sameLabMs)).toBe("class-1");
    expect(nextToAsk(row(3, 1, 2), sameLabMs + 3)).toBe("class-1");
});

test("nobody is asked who cannot be, or was asked a moment ago", () => {
    const away = row(undefined).map((one) => ({ ...one, isAskable: false }));
    expect(nextToAsk(away, 0)).toBeUndefined();
    expect(nextToAsk(row(1), sameLabMs)).toBeUndefined();
    expect(nextToAsk(row(1), sameLabMs + 1)).toBe("class-0");
    expect(nextToAsk([], 0)).toBeUndefined();
});

/** A class of thirty on a clock of its own, each question taking so long. */
async function minuteOfThirty(takesMs: number) {
    let clock = 0;
    let atOnce = 0;
    let most = 0;
    let asking = 0;
    const asked = new Map<string, number>();
    const stacks = Array.from({ length: 30 }, (_, i) => `class-${i}`);
    const end = new AbortController();
    await askInTurn(
        {
            row: () =>
                stacks.map((stack) => ({ stack, isAskable: true, askedAt: asked.get(stack) })),
            ask: async (stack) => {
                most = Math.max(most, ++atOnce);
                await Promise.resolve();
                clock += takesMs;
                asking += takesMs;
                asked.set(stack, clock);
                atOnce -= 1;
            },
            now: () => clock,
            rest: (ms) => {
                clock += ms;
                if (clock >= 60_000) {
                    end.abort();
                }
                return Promise.resolve();
            },
        },
        end.signal,
    );
    return { most, labs: asked.size, share: asking / clock };
}

test("never two labs at the same time, and no more than half of the time any", async () => {
    const slow = await minuteOfThirty(4_000);
    expect(slow.most).toBe(1);
    expect(slow.share).toBeLessThanOrEqual(0.5);
    expect(slow.labs).toBeGreaterThanOrEqual(7);
    const quick = await minuteOfThirty(100);
    expect(quick.labs).toBe(30);
    expect(quick.share).toBeLessThanOrEqual(0.1);
});

test("where nobody can be asked it rests, and ends with its signal", async () => {
    const rests: number[] = [];
    const end = new AbortController();
    await askInTurn(
        {
            row: () => [],
            ask: () => Promise.reject(new Error("nobody is to be asked")),
            now: () => 0,
            rest: (ms) => {
                rests.push(ms);
                if (rests.length === 3) {
                    end.abort();
                }
                return Promise.resolve();
            },
        },
        end.signal,
    );
    expect(rests).toEqual([restMs, restMs, restMs]);
});
