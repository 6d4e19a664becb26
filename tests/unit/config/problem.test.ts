import * as fc from "fast-check";
import {
    ProblemsError,
    formatProblems,
    nearest,
    printable,
    problemText,
    quote,
    quoteReadable,
} from "../../../src/config/problem";

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

test("what cannot be seen, or looks like another letter, is shown by its code", () => {
    expect(quote("lосal")).toBe('"l\\u043e\\u0441al"');
    expect(quote("local\u200b\u00a0\u009b\u202e\u007f")).toBe(
        '"local\\u200b\\u00a0\\u009b\\u202e\\u007f"',
    );
});

test("a joiner is left where it joins, and shown by its code where it would not be seen", () => {
    expect(quoteReadable("\u0645\u06cc\u200c\u062e\u0648")).toBe(
        '"\u0645\u06cc\u200c\u062e\u0648"',
    );
    expect(quoteReadable("\u200d\u200d")).toBe('"\\u200d\\u200d"');
});

test("a foreign text is shown on one line, cut after 200 characters", () => {
    expect(printable('unknown tag "x"\u001b[31m')).toBe('unknown tag "x"');
    expect(printable("x".repeat(200))).toBe("x".repeat(200));
    expect(printable("x".repeat(201))).toBe(`${"x".repeat(199)}…`);
    expect(printable("\u0000".repeat(100_000))).toHaveLength(200);
});

test("of very many problems the first are shown and all are counted", () => {
    const problems = Array.from({ length: 1000 }, (_, index) => ({ message: `Nr. ${index}.` }));
    const lines = formatProblems(problems).split("\n");
    expect(lines[0]).toBe("1000 problems; nothing was created or changed:");
    expect(lines.slice(40)).toStrictEqual(["  - Nr. 39.", "  … 960 more"]);
    expect(formatProblems(problems.slice(0, 40))).not.toContain("more");
});

test("a quoted value is one short line, whatever it is", () => {
    fc.assert(
        fc.property(fc.string({ unit: "binary", size: "medium" }), (value) => {
            expect(quote(value)).toMatch(/^"[ -~]*…?"$/);
            expect(quote(value).length).toBeLessThanOrEqual(62);
        }),
    );
});

test.each([
    ["https://user:s3cret@nexus/helm", '"https://user:***@nexus/helm"'],
    ["oci://s3cret@nexus/a@sha256:0", '"oci://***@nexus/a@sha256:0"'],
    ["https://user:s3c@ret@nexus/helm", '"https://user:***@nexus/helm"'],
    ["https://user:s3c/ret@nexus/helm", '"https://user:***@nexus/helm"'],
    ["https://nexus/helm?token=s3cret&v=1", '"https://nexus/helm?token=***&v=1"'],
    ["https://s3/x?a=1&X-Amz-Signature=s3c%20ret", '"https://s3/x?a=1&X-Amz-Signature=***"'],
    ["https://blob/x?sv=1&sig=s3cret#end", '"https://blob/x?sv=1&sig=***#end"'],
    ["user:s3cret@nexus/helm", '"user:***@nexus/helm"'],
    ["user:s3cret@proxy:3128", '"user:***@proxy:3128"'],
    ["http://localhost:8080/charts/a@1", '"http://localhost:8080/charts/a@1"'],
    ["http://[::1]:8080/a@1", '"http://[::1]:8080/a@1"'],
    ["registry:5000/node:v1@sha256:0", '"registry:5000/node:v1@sha256:0"'],
    ["ssh://me@box", '"ssh://me@box"'],
    ["kindest/node:v1@sha256:0", '"kindest/node:v1@sha256:0"'],
])("a message about %s has no password in it", (value, quoted) => {
    expect(quote(value)).toBe(quoted);
    // Within a sentence, a colon before an @ may be of a context or a mail's.
    expect(printable(`at ${value} or`).replace(/^at user:.*/, "")).not.toContain("s3c");
});

test("a problem is one line, whether or not anything is known to put it right", () => {
    expect(problemText({ message: "it is so.", fix: "do this" })).toBe("it is so. Fix: do this");
    expect(problemText({ message: "it is so." })).toBe("it is so.");
});
