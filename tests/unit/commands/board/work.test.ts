import { Work } from "../../../../src/commands/board/work";

test("a change has run since every moment up to its end, and goes on until then", async () => {
    let now = 100;
    let end: (code: number) => void = () => undefined;
    const work = new Work(
        () => new Promise((resolve) => (end = resolve)),
        () => now,
    );
    expect(work.hasRunSince(0)).toBe(false);
    work.start([], [], { whenBegun: () => undefined, whenDone: () => [] });
    now = 200;
    expect([work.hasRunSince(0), work.hasRunSince(150)]).toEqual([true, true]);
    end(0);
    await new Promise((resolve) => setImmediate(resolve));
    now = 300;
    expect([work.hasRunSince(200), work.hasRunSince(201)]).toEqual([true, false]);
});
