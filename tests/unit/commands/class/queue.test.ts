import { setTimeout as sleep } from "node:timers/promises";
import {
    Room,
    capacityText,
    labsAtATime,
    labsThatFit,
    memoryPerPair,
    memoryReserve,
} from "../../../../src/commands/class/capacity";
import { eachAtATime } from "../../../../src/commands/class/queue";
import { memoryPerCluster } from "../../../../src/machine/checks";

const gib = 2 ** 30;
const room = (more: Partial<Room> = {}): Room => ({
    engineBytes: 64 * gib,
    availableBytes: 12 * gib,
    pairsUp: 0,
    ...more,
});

test("the last lab that fits finds as much memory free as its own up asks for", () => {
    for (let available = 0; available <= 32; available += 0.1) {
        const fit = labsThatFit(room({ availableBytes: available * gib }));
        const left = available * gib - (fit - 1) * memoryPerPair;
        expect(fit === 0 || left >= 2 * memoryPerCluster).toBe(true);
        expect(left - memoryPerPair).toBeLessThan(2 * memoryPerCluster);
    }
});

test.each<[string, Partial<Room>, number, number]>([
    ["what is available", {}, 0, 5],
    ["what labs that are being made will take", {}, 3, 2],
    ["more that are being made than fit", {}, 9, 0],
    ["the engine's own memory", { engineBytes: 8 * gib }, 0, 3],
    [
        "labs that run already, where only the engine tells",
        { engineBytes: 8 * gib, pairsUp: 2, availableBytes: undefined },
        0,
        1,
    ],
    ["nothing known", { engineBytes: undefined, availableBytes: undefined }, 0, Infinity],
    ["too little", { availableBytes: 3.9 * gib }, 0, 0],
])("labs that fit, by %s", (_, more, starting, fit) => {
    expect(labsThatFit(room(more), starting)).toBe(fit);
});

test.each([
    [2, undefined, 2],
    [1, undefined, 2],
    [4, undefined, 4],
    [64, undefined, 5],
    [2, 9, 9],
    [64, 1, 1],
])(
    "with %d processors and --parallel %s, %d labs are made at a time",
    (processors, asked, count) => {
        expect(labsAtATime(room(), processors, asked)).toBe(count);
    },
);

test("one is tried where none fits: its own up says what is missing", () => {
    expect(labsAtATime(room({ availableBytes: gib }), 8)).toBe(1);
});

test("the sentence says how many, why, and for how many of them memory is enough", () => {
    expect(capacityText(room(), 4, 2)).toBe(
        `2 at a time (12.0 GiB of memory is free, a lab takes 1.7 GiB and ${(memoryReserve / gib).toFixed(1)} GiB stay free; 2 processors).`,
    );
    expect(capacityText(room(), 30, 2, 3)).toBe(
        "3 at a time (--parallel). Memory is enough for 5 of the 30 labs to make.",
    );
    expect(
        capacityText({ engineBytes: undefined, availableBytes: undefined, pairsUp: 0 }, 1, 2),
    ).toBe("2 at a time (the engine does not tell its memory; 2 processors).");
});

/** Works that end when they are told to. */
function works() {
    const begun: number[] = [];
    const ends = new Map<number, () => void>();
    const work = (item: number) => {
        begun.push(item);
        return new Promise<string>((resolve) => ends.set(item, () => resolve(`end of ${item}`)));
    };
    const end = async (item: number) => {
        ends.get(item)!();
        await sleep(5);
    };
    return { begun, work, end };
}

const never = new AbortController().signal;
const roomy = () => Promise.resolve(true);

test("no more than the limit are worked on; the next begins when one ends, in their order", async () => {
    const { begun, work, end } = works();
    const all = eachAtATime([1, 2, 3, 4], work, { limit: 2, hasRoom: roomy, signal: never });
    await sleep(5);
    expect(begun).toEqual([1, 2]);
    await end(2);
    expect(begun).toEqual([1, 2, 3]);
    await end(3);
    await end(1);
    await end(4);
    expect(await all).toEqual(["end of 1", "end of 2", "end of 3", "end of 4"]);
});

test("one without room waits for another's end and is asked about again; alone it is begun", async () => {
    const { begun, work, end } = works();
    const asked: string[] = [];
    const hasRoom = (item: number, working: number) => {
        asked.push(`${item} beside ${working}`);
        return Promise.resolve(false);
    };
    const all = eachAtATime([1, 2], work, { limit: 9, hasRoom, signal: never });
    await sleep(5);
    expect(begun).toEqual([1]);
    await end(1);
    expect(begun).toEqual([1, 2]);
    await end(2);
    await all;
    expect(asked).toEqual(["2 beside 1"]);
});

test("after an abort none is begun, and those at work come to their end", async () => {
    const { begun, work, end } = works();
    const stop = new AbortController();
    const all = eachAtATime([1, 2, 3], work, { limit: 2, hasRoom: roomy, signal: stop.signal });
    await sleep(5);
    stop.abort();
    await end(1);
    expect(begun).toEqual([1, 2]);
    await end(2);
    expect(await all).toEqual(["end of 1", "end of 2", undefined]);
});
