import { flipSeconds, settledAt, flips } from "../../../bench/flips";
import { currentAnnotations } from "../../../src/lab/annotations";
import { serviceAnnotations } from "../../../src/lab/variant";
import { fakeTime } from "../../support/fakeTime";

const rounds = (text: string) =>
    [...text].map((letter, index) => ({ end: index + 1, agrees: letter === "+" }));

test.each([
    ["--++", 3],
    ["+-+", 3],
    ["+", 1],
    ["+-", undefined],
    ["", undefined],
])("of the rounds %j, number %s is the first after the last wrong one", (text, end) => {
    expect(settledAt(rounds(text))).toBe(end);
});

/** A client whose answers are right from a time on, each round taking 100 ms. */
const clientRightFrom = (from: number, time: ReturnType<typeof fakeTime>) => async () => {
    await time.sleep(100);
    return time.now() >= from;
};

test.each([
    ["the slower client's last wrong answer", 3000, 3, 3.5],
    ["the first answers after the command, where the change arrived before its end", 500, 1.1, 1.5],
])("a flip lasts until %s", async (_, rightFrom, least, below) => {
    const time = fakeTime();
    const seconds = await flipSeconds({
        ask: [clientRightFrom(0, time), clientRightFrom(rightFrom, time)],
        change: () => time.sleep(1000),
        time,
    });
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThan(below);
});

test("nobody asks while the change is made", async () => {
    const time = fakeTime();
    const asked: number[] = [];
    const ask = () => {
        asked.push(time.now());
        return clientRightFrom(0, time)();
    };
    const start = time.now();
    await flipSeconds({ ask: [ask, ask], change: () => time.sleep(1000), time });
    expect(Math.min(...asked) - start).toBe(1000);
});

test("answers that turn wrong once more within the quiet time count", async () => {
    const time = fakeTime();
    const relapse = async () => {
        await time.sleep(100);
        return time.now() < 1500 || time.now() > 2500;
    };
    const seconds = await flipSeconds({ ask: [relapse], change: () => time.sleep(1000), time });
    expect(seconds).toBeGreaterThan(2.5);
});

test("a change that does not arrive in time is an error, and so is one that fails", async () => {
    const late = fakeTime();
    await expect(
        flipSeconds({
            ask: [clientRightFrom(Infinity, late)],
            change: () => Promise.resolve(),
            time: late,
        }),
    ).rejects.toThrow("answers are not right 60 s after the change");
    const time = fakeTime();
    await expect(
        flipSeconds({
            ask: [clientRightFrom(Infinity, time)],
            change: () => Promise.reject(new Error("pulumi up failed")),
            time,
        }),
    ).rejects.toThrow("pulumi up failed");
});

test("the flips go through every setting and end where they began", () => {
    const settings: Record<string, string> = {};
    for (const { change } of flips) {
        settings[change[0]] = change[1];
    }
    expect(settings).toEqual({
        globalService: "true",
        sharedService: "true",
        serviceAffinity: "none",
        rebelBaseReplicas: "2",
    });
    expect(flips.map(({ name }) => name)).toEqual([
        "globalService false",
        "globalService true",
        "sharedService false",
        "sharedService true",
        "serviceAffinity local",
        "serviceAffinity none",
        "serviceAffinity remote",
        "serviceAffinity none",
        "rebelBaseReplicas 0",
        "rebelBaseReplicas 2",
    ]);
});

test("by hand a flip writes the annotation that the lab's own manifest would have", () => {
    const typed = flips.flatMap(({ kubectl }) => kubectl.filter((arg) => arg.includes("=")));
    const settings = {
        globalService: false,
        sharedService: false,
        serviceAffinity: "remote" as const,
        rebelBaseReplicas: 0,
        globalNamespace: true,
    };
    for (const [key, value] of Object.entries(serviceAnnotations(settings, currentAnnotations))) {
        expect(typed).toContain(`${key}=${value}`);
    }
    expect(typed).toContain("--replicas=0");
    expect(flips[5]!.kubectl).toContain("service.cilium.io/affinity-");
});
