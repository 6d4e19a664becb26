import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import {
    exitCodes,
    parseOptions,
    seconds,
    stackName,
    stackOption,
} from "../../../src/commands/command";
import { UsageError } from "../../../src/config/errors";
import { quote } from "../../../src/config/problem";
import { shellQuote } from "../../../src/machine/terminal";
import { expectClearText } from "../../support/fuzzed";

const given = process.env.PULUMI_STACK;
afterEach(() => {
    if (given === undefined) {
        delete process.env.PULUMI_STACK;
    } else {
        process.env.PULUMI_STACK = given;
    }
});

test("the stack is the option's, else that of PULUMI_STACK, else dev", () => {
    delete process.env.PULUMI_STACK;
    expect(stackName(undefined)).toBe("dev");
    process.env.PULUMI_STACK = "other";
    expect(stackName(undefined)).toBe("other");
    expect(stackName("mine")).toBe("mine");
});

test.each(["dev", "Dev", "a.b_c-9", "x".repeat(100)])("the stack %s has a name", (stack) => {
    expect(stackName(stack)).toBe(stack);
});

test.each([
    ...["", "a/b", "../b", "a b", "ü", "$(id)", "a\n", "x".repeat(101)],
    ...["-x", "--stack", "-", "\u001b[31m", "d\u0435v", "\u202ea"],
])("the stack %j has none", (stack) => {
    expect(() => stackName(stack)).toThrow(
        new UsageError(
            `--stack is ${quote(stack)}; it must be 1 to 100 letters, digits, "-", "_" or ".", and not begin with "-"`,
        ),
    );
    expect(() => stackName(stack)).toThrow(UsageError);
});

test("a wrong name that comes from PULUMI_STACK is said to come from there; an empty one is none", () => {
    process.env.PULUMI_STACK = "a b";
    expect(() => stackName(undefined)).toThrow(
        new UsageError(
            'PULUMI_STACK is "a b"; it must be 1 to 100 letters, digits, "-", "_" or ".", and not begin with "-"',
        ),
    );
    process.env.PULUMI_STACK = "";
    expect(stackName(undefined)).toBe("dev");
});

test.each(["a", "/tmp/lab/state", "file:///tmp/a%20b", "a=b,c@d+e:f_g.h-i"])(
    "%s needs no quotes in a shell",
    (text) => {
        expect(shellQuote(text)).toBe(text);
    },
);

test("a shell takes any quoted text as that one word", () => {
    const texts = [
        ...["", " ", "a b", "it's", "''", "$HOME", "`id`", "$(id)", "a;b", "a&b", "*", "~", "\\"],
        ...['"', "a\nb", "a\n", "!", "#a", "ü", "-n", "a=b c", "\u001b[31m"],
    ];
    for (const text of texts) {
        const script = `printf '%s|' ${shellQuote(text)}`;
        const { stdout } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
        expect(stdout).toBe(`${text}|`);
    }
});

test("options are parsed; what Node's parser refuses is a usage error of one line", () => {
    const options = stackOption;
    expect(parseOptions({ args: ["--stack", "a"], options }).values.stack).toBe("a");
    for (const args of [["--stak", "a"], ["a"], ["--stack"], ["--stack", "--x"]]) {
        expect(() => parseOptions({ args, options })).toThrow(UsageError);
        expect(() => parseOptions({ args, options })).toThrow(/^[^\n]+$/);
    }
});

test("whatever is given for an option, it is taken or refused in one short line", () => {
    const anyArgument = fc.oneof(
        fc.constantFrom("-", "--", "-x", "--stack", "--stack=", "--no-stack", "0x10", "1e3", "NaN"),
        fc.constantFrom(
            "-1",
            "3600.1",
            "Infinity",
            "\u0661",
            "--\u001b[31m",
            "\u202e",
            "x".repeat(9999),
        ),
        fc.string({ unit: "binary" }),
        fc.stringMatching(/^[\w.-]{1,120}$/),
    );
    const refused = (work: () => unknown) => {
        try {
            work();
            return false;
        } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
            const { message } = error as Error;
            expect(message.length).toBeLessThan(300);
            expect(message).not.toContain("\n");
            expectClearText(message);
            return true;
        }
    };
    fc.assert(
        fc.property(fc.array(anyArgument, { maxLength: 3 }), anyArgument, (args, text) => {
            refused(() => parseOptions({ args, options: stackOption }));
            if (!refused(() => stackName(text))) {
                expect(text).toMatch(/^[\w.][\w.-]{0,99}$/);
            }
            if (!refused(() => seconds(text))) {
                expect(seconds(text)).toBeGreaterThanOrEqual(0);
                expect(seconds(text)).toBeLessThanOrEqual(3600);
            }
        }),
        { numRuns: 1000 },
    );
});

test("the exit codes are those that verify's help and CI rely on", () => {
    expect(exitCodes).toStrictEqual({
        ok: 0,
        failed: 1,
        usage: 2,
        cannotAsk: 3,
        interrupted: 130,
    });
});
