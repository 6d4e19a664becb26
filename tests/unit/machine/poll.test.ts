import { poll } from "../../../src/machine/poll";
import { fakeTime } from "../../support/fakeTime";

test("the first answer that is not undefined ends it", async () => {
    const ask = jest.fn().mockResolvedValueOnce(undefined).mockResolvedValue("there");
    expect(await poll(ask, { withinMs: 1000, everyMs: 1 })).toBe("there");
    expect(ask).toHaveBeenCalledTimes(2);
});

test("false and 0 are answers", async () => {
    expect(await poll(() => Promise.resolve(false), { withinMs: 0, everyMs: 1 })).toBe(false);
    expect(await poll(() => Promise.resolve(0), { withinMs: 0, everyMs: 1 })).toBe(0);
});

test("it asks once even if there is no time", async () => {
    const ask = jest.fn().mockResolvedValue(undefined);
    expect(await poll(ask, { withinMs: 0, everyMs: 1 })).toBeUndefined();
    expect(ask).toHaveBeenCalledTimes(1);
});

test("without an answer it ends when the time is up", async () => {
    const ask = jest.fn().mockResolvedValue(undefined);
    const time = fakeTime();
    expect(await poll(ask, { withinMs: 400, everyMs: 100 }, time)).toBeUndefined();
    expect(ask).toHaveBeenCalledTimes(5);
});

test("the wall clock, which goes on while a laptop sleeps, ends nothing", async () => {
    const start = Date.now();
    const clock = jest.spyOn(Date, "now").mockImplementation(() => start + 3_600_000 * passed++);
    let passed = 0;
    const ask = jest.fn().mockResolvedValueOnce(undefined).mockResolvedValue("there");
    expect(await poll(ask, { withinMs: 10_000, everyMs: 1 })).toBe("there");
    clock.mockRestore();
});

test("a question that fails fails the whole", async () => {
    const ask = () => Promise.reject(new Error("no"));
    await expect(poll(ask, { withinMs: 1000, everyMs: 1 })).rejects.toThrow("no");
});
