import { awakeTime } from "../../../src/machine/awake";

test("a machine that sleeps takes no time from a wait; a slow one does", async () => {
    let clock = 1_000_000;
    let pause = 0;
    const time = awakeTime(
        () => clock,
        (ms) => Promise.resolve(void (clock += ms + pause)),
    );
    const start = time.now();
    await time.sleep(1000);
    expect(time.now() - start).toBe(1000);
    pause = 10_000;
    await time.sleep(1000);
    expect(time.now() - start).toBe(12_000);
    pause = 8 * 3_600_000;
    await time.sleep(1000);
    expect(time.now() - start).toBe(13_000);
    pause = 0;
    await time.sleep(500);
    expect(time.now() - start).toBe(13_500);
});

test("a sleep is counted once, however many rest meanwhile", async () => {
    let clock = 0;
    const woken: (() => void)[] = [];
    const time = awakeTime(
        () => clock,
        () => new Promise<void>((resolve) => woken.push(resolve)),
    );
    const rests = [time.sleep(1000), time.sleep(1000)];
    clock += 3_600_000;
    woken.forEach((wake) => wake());
    await Promise.all(rests);
    expect(time.now()).toBe(1000);
});

test("a clock that is set back or forth changes nothing", () => {
    const time = awakeTime();
    const before = time.now();
    const setBack = jest.spyOn(Date, "now").mockReturnValue(0);
    expect(Math.abs(time.now() - before)).toBeLessThan(60_000);
    setBack.mockRestore();
});
