import { durationSeconds } from "../../../src/config/duration";

test.each([
    ["0", 0],
    ["0s", 0],
    ["30s", 30],
    ["1m30s", 90],
    ["1.5h", 5400],
    ["250ms", 0.25],
    ["1h1m1s1ms", 3661.001],
])("%s is %d seconds, as Go reads it", (text, seconds) => {
    expect(durationSeconds(text)).toBeCloseTo(seconds, 6);
});

test.each(["", "1", "s", "-1s", "1 s", "1s ", "1d", "1.s", "NaN", "1e3s", "9".repeat(20) + "s"])(
    "%j is no duration",
    (text) => {
        expect(durationSeconds(text)).toBeUndefined();
    },
);
