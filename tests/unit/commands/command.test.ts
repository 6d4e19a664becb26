import { spawnSync } from "node:child_process";
import { CommanderError } from "commander";
import * as fc from "fast-check";
import {
    Declare,
    LabCommand,
    assignment,
    assignments,
    exitCodes,
    seconds,
    usageText,
} from "../../../src/commands/command";
import { UsageError } from "../../../src/config/errors";
import { shellQuote } from "../../../src/machine/terminal";
import { expectClearText } from "../../support/fuzzed";

/** What a command did with its options, or the error that its command line ends in. */
async function ran(declare: Declare, ...args: string[]): Promise<unknown> {
    return declare(new LabCommand("up")).parseAsync(args, { from: "user" });
}

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

test("options and arguments reach the work, whose exit code is the process's", async () => {
    const given: unknown[] = [];
    const declare: Declare = (command) =>
        command
            .ofStack()
            .argument("[file]")
            .does((...all) => {
                given.push(...all);
                return 3;
            });
    await ran(declare, "--stack", "a", "x");
    expect(given).toEqual([{ stack: "a" }, ["x"]]);
    expect(process.exitCode).toBe(3);
    process.exitCode = undefined;
    await expect(ran(declare, "x", "y\n")).rejects.toThrow(
        new UsageError('up does not take "y\\n"'),
    );
    await expect(ran(declare, "--stack", "..")).rejects.toThrow(UsageError);
    await expect(ran(declare, "--stack", "a", "--stack=b")).rejects.toThrow(
        new UsageError("--stack is both a and b; it must be one of them"),
    );
    await expect(ran(declare, "--stack", "a", "--stack=a")).resolves.not.toThrow();
    process.exitCode = undefined;
    await expect(ran(declare, "--stak", "a")).rejects.toThrow("Did you mean --stack?");
});

test("whatever is given for an option, it is taken or refused in one short line", async () => {
    const anyArgument = fc.oneof(
        fc.constantFrom("-", "--", "-x", "--stack", "--stack=", "--no-stack", "0x10", "1e3", "NaN"),
        fc.constantFrom("-1", "3600.1", "Infinity", "\u0661", "--\u001b[31m", "\u202e"),
        fc.constant("x".repeat(9999)),
        fc.string({ unit: "binary" }),
        fc.stringMatching(/^[\w.-]{1,120}$/),
    );
    const values: { stack?: string; within?: number }[] = [];
    const declare: Declare = (command) =>
        command
            .ofStack()
            .option("--within <seconds>", "", seconds)
            .does((options: { stack?: string; within?: number }) => values.push(options) * 0);
    await fc.assert(
        fc.asyncProperty(fc.array(anyArgument, { maxLength: 3 }), async (args) => {
            if (args.includes("--help") || args.includes("-h")) {
                return;
            }
            const command = declare(new LabCommand("up"));
            const error = await command.parseAsync(args, { from: "user" }).then(
                () => undefined,
                (reason: Error) => reason,
            );
            if (error !== undefined) {
                expect(error instanceof UsageError || error instanceof CommanderError).toBe(true);
                const line = usageText(error, command, args);
                expect(line.length).toBeLessThan(300);
                expect(line).not.toContain("\n");
                expectClearText(line);
            }
        }),
        { numRuns: 300 },
    );
    process.exitCode = undefined;
    values.forEach(({ stack = "dev", within = 0 }) => {
        expect(stack).toMatch(/^[\w.][\w.-]{0,99}$/);
        expect(within).toBeGreaterThanOrEqual(0);
        expect(within).toBeLessThanOrEqual(3600);
    });
});

test.each([
    ["0", 0],
    ["3600", 3600],
    ["1.5", 1.5],
])("--within %s is a number of seconds", (text, value) => {
    expect(seconds(text)).toBe(value);
});

test.each(["", " ", "-1", "3600.1", "Infinity", "soon", "\u0661"])(
    "--within %j is refused",
    (text) => {
        expect(() => seconds(text)).toThrow(UsageError);
    },
);

test("a key has one value, however often and in whatever form it is given", () => {
    expect(assignments(["a=1", "lab:a=1", "b=", "__proto__=2"], "lab")).toEqual(
        Object.fromEntries([
            ["a", "1"],
            ["b", ""],
            ["__proto__", "2"],
        ]),
    );
    expect(() => assignments(["a=1", "lab:a=2"], "lab")).toThrow(
        new UsageError('a is both "1" and "2"; it must be one of them'),
    );
});

test("a key may carry the project's name, as Pulumi shows it", () => {
    expect(assignment("lab:key=a=b", "lab")).toEqual(["key", "a=b"]);
    expect(assignment("key=", "lab")).toEqual(["key", ""]);
    expect(assignment("other:key=1", "lab")).toEqual(["other:key", "1"]);
    expect(() => assignment("=1", "lab")).toThrow(
        new UsageError('"=1" is not key=value, e.g. sharedService=false'),
    );
    expect(() => assignment("x", "lab", "--to is ")).toThrow('--to is "x"; it must be key=value, ');
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
