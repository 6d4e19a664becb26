import { Aged, agedText, expiresAt, fromNow, isExpired } from "../../../../src/commands/class/ttl";

const hour = 3_600_000;
const now = Date.UTC(2026, 2, 1, 12);
const lab = (ttlHours: number | undefined, hoursAgo: number | undefined, stack = "a"): Aged => ({
    stack,
    ttlHours,
    lastUp: hoursAgo === undefined ? undefined : now - hoursAgo * hour,
});

test("a lab expires so many hours after its last up, to the millisecond", () => {
    expect(expiresAt(lab(8, 2))).toBe(now + 6 * hour);
    expect(isExpired(lab(8, 8), now)).toBe(true);
    expect(isExpired(lab(8, 8), now - 1)).toBe(false);
});

test.each([
    ["without ttlHours", lab(0, 10_000)],
    ["whose config cannot be read", lab(undefined, 10_000)],
    ["nobody knows the last up of", lab(1, undefined)],
])("a lab %s never expires", (_, aged) => {
    expect(isExpired(aged, now)).toBe(false);
});

test.each([
    [0, "0 min ago"],
    [119 * 60_000, "in 119 min"],
    [2 * hour, "in 2 h"],
    [-90 * 60_000, "90 min ago"],
    [-50 * hour, "50 h ago"],
])("%d milliseconds from now is %s", (difference, text) => {
    expect(fromNow(now + difference, now)).toBe(text);
});

test("the list has what may expire, the oldest first, and says what is kept and why", () => {
    const labs = [
        lab(24, 1, "young"),
        lab(8, 9, "old"),
        lab(0, 1, "stays"),
        lab(undefined, 1, "odd"),
        lab(3, undefined, "new"),
    ];
    expect(agedText(labs, now).split("\n")).toEqual([
        "lab    ttlHours  last up",
        "old    8         2026-03-01 03:00:00 UTC  expired 60 min ago",
        "young  24        2026-03-01 11:00:00 UTC  expires in 23 h",
        "Without ttlHours, and kept: 1.",
        "odd is kept: its config cannot be read.",
        "new is kept: nobody knows when it was last up.",
    ]);
    expect(agedText([], now)).toBe("This checkout has created no lab.");
});
