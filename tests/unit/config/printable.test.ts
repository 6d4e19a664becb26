import * as fc from "fast-check";
import { printable } from "../../../src/config/problem";

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
