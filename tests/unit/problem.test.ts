import * as fc from "fast-check";
import { ProblemsError, formatProblems, nearest, quote } from "../../src/config/problem";

test("one problem is a headline, its sentence and its fix", () => {
    expect(formatProblems([{ message: "kind is missing.", fix: "install kind" }])).toBe(
        "1 problem; nothing was created or changed:\n  - kind is missing.\n    Fix: install kind",
    );
});

test("several problems are counted; one without a fix has no fix line", () => {
    expect(formatProblems([{ message: "One." }, { message: "Two.", fix: "do two" }])).toBe(
        [
            "2 problems; nothing was created or changed:",
            "  - One.",
            "  - Two.",
            "    Fix: do two",
        ].join("\n"),
    );
});

test("the error's message is the formatted problems, and it keeps them", () => {
    const problems = [{ message: "One." }];
    const error = new ProblemsError(problems);
    expect(error).toMatchObject({
        name: "ProblemsError",
        message: formatProblems(problems),
        problems,
    });
});

test.each([
    ["sharedservice", "sharedService"],
    ["PODCIDR", "podCidr"],
    ["sharedSrvice", "sharedService"],
    ["globalservice", "globalService"],
    ["sahredService", "sharedService"],
    ["replicas", undefined],
    ["", undefined],
    ["xyz", undefined],
])("the nearest to %j is %j", (given, meant) => {
    expect(nearest(given, ["globalService", "sharedService", "podCidr"])).toBe(meant);
});

test("there is no nearest of nothing, and the first of two equally near ones is it", () => {
    expect(nearest("a", [])).toBeUndefined();
    expect(nearest("cat", ["bat", "rat"])).toBe("bat");
});

test("a candidate is the nearest to itself", () => {
    fc.assert(
        fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.nat(), (candidates, n) => {
            const given = candidates[n % candidates.length]!;
            expect(nearest(given, candidates)!.toLowerCase()).toBe(given.toLowerCase());
        }),
    );
});

test("a short value is shown whole, a long one cut", () => {
    expect(quote('a "b"\n')).toBe('"a \\"b\\"\\n"');
    expect(quote("x".repeat(60))).toBe(`"${"x".repeat(60)}"`);
    expect(quote("x".repeat(61))).toBe(`"${"x".repeat(57)}…"`);
});

test("a quoted value is one short line, whatever it is", () => {
    fc.assert(
        fc.property(fc.string({ unit: "binary", size: "medium" }), (value) => {
            expect(quote(value)).toMatch(/^"[^\u0000-\u001f]*"$/u);
            expect(quote(value).length).toBeLessThanOrEqual(62);
        }),
    );
});
