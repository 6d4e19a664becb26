import { interruptible, interruptibleSleep } from "../../../bench/interruption";
import { run } from "../../../src/machine/run";
import { fakeRunner } from "../../support/fakeRunner";

test("after an interruption no program is started, and the one that ran counts for nothing", async () => {
    const interruption = new AbortController();
    const { run: fake, calls } = fakeRunner({
        first: () => {
            interruption.abort("SIGINT");
            return {};
        },
    });
    const runner = interruptible(fake, interruption.signal);
    await expect(runner("first", [])).rejects.toThrow("interrupted");
    await expect(runner("second", [])).rejects.toThrow("interrupted");
    expect(calls).toHaveLength(1);
});

test("a SIGTERM is handed on to the program that runs", async () => {
    const interruption = new AbortController();
    const runner = interruptible(run, interruption.signal);
    const start = Date.now();
    const onStart = () => setTimeout(() => interruption.abort("SIGTERM"), 50);
    await expect(runner("sleep", ["30"], { onStart })).rejects.toThrow("interrupted");
    expect(Date.now() - start).toBeLessThan(10_000);
});

test("a Ctrl-C, which the program has heard itself, is not repeated", async () => {
    const interruption = new AbortController();
    const script = "process.on('SIGTERM', () => process.exit(3)); setTimeout(() => 0, 500)";
    const onStart = () => setTimeout(() => interruption.abort("SIGINT"), 100);
    let code: number | undefined;
    const runner = interruptible(async (program, args, options) => {
        const result = await run(program, args, options);
        code = result.code;
        return result;
    }, interruption.signal);
    await expect(runner(process.execPath, ["-e", script], { onStart })).rejects.toThrow();
    expect(code).toBe(0);
});

test("a sleep ends with the interruption", async () => {
    const interruption = new AbortController();
    const sleeping = interruptibleSleep(interruption.signal)(60_000);
    interruption.abort("SIGINT");
    await expect(sleeping).rejects.toThrow("interrupted");
});
