import * as fc from "fast-check";
import { newsOf } from "../../../src/commands/class/progress";
import { jsonText, printable, visible } from "../../../src/config/problem";
import { localMachine } from "../../../src/machine/machine";
import { lastLine } from "../../../src/machine/run";
import { textTable } from "../../../src/machine/terminal";
import { markup } from "../../../src/proof/report/markup";
import { reasonOf } from "../../../src/stack/reason";

const cases: [string, string, string][] = [
    ["colours", "\u001b[31mred\u001b[0m", "red"],
    ["a cleared screen", "a\u001b[2J\u001b[Hb", "ab"],
    ["a title of the window", "a\u001b]0;owned\u0007b", "ab"],
    ["a link that ends with a string terminator", "\u001b]8;;http://x\u001b\\x", "x"],
    ["8-bit commands", "a\u009b31mb\u009d0;t\u009cc", "abc"],
    ["a reset", "a\u001bcb", "a\\u001bcb"],
    ["half of a command", "a\u001b[", "a\\u001b["],
    ["a bell and a backspace", "a\u0007b\u0008", "a\\u0007b\\u0008"],
    ["C1 controls", "a\u0085b\u008dc", "a b\\u008dc"],
    ["line breaks of any kind", "a\r\nb\nc\u2028d\u2029e\tf", "a b c d e f"],
    ["signs that turn the direction", "a\u202eb\u2066c\u200fd", "a\\u202eb\\u2066c\\u200fd"],
    ["signs without a width", "a\u200bb\u2060c", "a\\u200bb\\u2060c"],
    ["letters of other languages", "żółć 中文 می‌خواهم", "żółć 中文 می‌خواهم"],
    ["half of a character", "a\ud800b", "a\\ud800b"],
];

test.each(cases)("%s cannot do anything to a terminal", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
});

test("a long text is cut, by whole characters", () => {
    expect(printable("x".repeat(200))).toBe("x".repeat(200));
    expect(printable("x".repeat(201))).toBe(`${"x".repeat(199)}…`);
    expect(printable("\u{1f600}".repeat(9), 5)).toBe(`${"\u{1f600}".repeat(4)}…`);
});

test("whatever comes in, one line without controls comes out", () => {
    fc.assert(
        fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
            const shown = printable(text);
            expect(shown).not.toMatch(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
            expect([...shown].length).toBeLessThanOrEqual(200);
        }),
    );
});

describe("what comes from a pod, an object or a program reaches nobody raw", () => {
    const evil = "a\u001b[2J\u001b]0;title\u0007\u009b31mb\u202ec\u0085d";
    const harmless = /^[^\p{Cc}\u202a-\u202e\u2066-\u2069]*$/u;

    test.each<[string, (text: string) => string]>([
        ["the last line of a program", (text) => lastLine(`first\n${text}\n`)],
        ["a cell of a table", (text) => textTable([["x", text]]).join("")],
        ["the reason of a failed update", (text) => reasonOf([text], new Error("x"))],
        [
            "the news of a class's lab",
            (text) =>
                newsOf(
                    { severity: "info", message: text, urn: "a::command:local:Command::b" },
                    {},
                )!,
        ],
        ["the report", (text) => String(markup`${text}`)],
        ["the news of a machine", (text) => written(() => localMachine.say(text))],
    ])("%s", (_, show) => {
        const shown = show(evil);
        expect(shown).toMatch(harmless);
        expect(shown).toContain("b\\u202ec");
    });

    function written(write: () => void): string {
        const spy = jest.spyOn(process.stderr, "write").mockReturnValue(true);
        try {
            write();
            return String(spy.mock.calls[0]![0]).replace(/\n$/, "");
        } finally {
            spy.mockRestore();
        }
    }

    test("a row of a table is one line", () => {
        expect(textTable([["Ada", "1 problem:\n  - a is b\r\n    Fix: c"]])).toEqual([
            "Ada  1 problem: - a is b Fix: c",
        ]);
    });

    test("lines and their spaces stay where a text has several", () => {
        expect(visible("a  b\n\tc\u001b[1m")).toBe("a  b\n\tc");
    });
});

test("JSON for a terminal has no sign that is not seen, and says the same", () => {
    const value = {
        node: "a\u009b2J\u202etxt\u0007\u{e0001}",
        list: ["żółć 中文", "line\nbreak"],
    };
    const text = jsonText(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text).toBe(visible(text));
    expect(text).toContain("\\u009b2J\\u202etxt\\u0007\\udb40\\udc01");
    expect(text).toContain("żółć 中文");
    fc.assert(
        fc.property(fc.string({ unit: "binary" }), (any) => {
            expect(JSON.parse(jsonText([any]))).toEqual([any]);
            expect(visible(jsonText([any]))).toBe(jsonText([any]));
        }),
    );
});

test.each([
    ["::set-output name=stack::other", ": :set-output name=stack::other"],
    ["a\n  ::stop-commands::x", "a\n  : :stop-commands::x"],
    [
        "cluster1 is stuck: p: ##[set-output name=stack]other",
        "cluster1 is stuck: p: # #[set-output name=stack]other",
    ],
    ["##vso[task.setvariable variable=a]b", "# #vso[task.setvariable variable=a]b"],
    ["###[x]", "## #[x]"],
    ["::1 refused, ns::name, ## a heading", "::1 refused, ns::name, ## a heading"],
])("%j of a pod is no command to a CI system", (text, shown) => {
    expect(visible(text)).toBe(shown);
    expect(visible(printable(text))).toBe(printable(text));
    expect(visible(shown)).toBe(shown);
});
