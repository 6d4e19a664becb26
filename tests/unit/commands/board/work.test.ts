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

describe("a change whose end cannot be noted", () => {
    const turns = { whenBegun: () => undefined, whenDone: () => [] };
    const soon = () => new Promise((resolve) => setImmediate(resolve));

    test("has failed, with why, and the next one can be begun", async () => {
        const work = new Work(
            () => Promise.resolve(0),
            () => 0,
        );
        const full = Object.assign(new Error("ENOSPC"), { code: "ENOSPC", syscall: "write" });
        work.start([], [], {
            ...turns,
            whenDone: () => {
                throw full;
            },
        });
        await soon();
        expect(work.view).toMatchObject({ state: "failed", endedAt: 0 });
        expect(work.view!.lines.join()).toContain("the disk is full");
        work.start([], [], turns);
        await soon();
        expect(work.view!.state).toBe("done");
    });

    test("that was cancelled between two steps says nothing of how that was thrown", async () => {
        const work = new Work(
            async (_, { signal, onLine }) => {
                onLine("pulumi config set a b");
                await soon();
                signal.throwIfAborted();
                return 0;
            },
            () => 0,
        );
        work.start([], [], turns);
        await work.cancel();
        expect(work.view).toMatchObject({ state: "cancelled", lines: ["pulumi config set a b"] });
    });
});
