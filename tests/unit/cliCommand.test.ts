import { UsageError, exitCodes, parseOptions, stackName, stackOption } from "../../src/cli/command";

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

test.each(["", "a/b", "../b", "a b", "ü", "$(id)", "a\n", "x".repeat(101)])(
    "the stack %j has none",
    (stack) => {
        expect(() => stackName(stack)).toThrow(
            new UsageError(
                `--stack is ${JSON.stringify(stack)}; it must be 1 to 100 letters, digits, "-", "_" or "."`,
            ),
        );
        expect(() => stackName(stack)).toThrow(UsageError);
    },
);

test("options are parsed; what Node's parser refuses is a usage error of one line", () => {
    const options = stackOption;
    expect(parseOptions({ args: ["--stack", "a"], options }).values.stack).toBe("a");
    for (const args of [["--stak", "a"], ["a"], ["--stack"], ["--stack", "--x"]]) {
        expect(() => parseOptions({ args, options })).toThrow(UsageError);
        expect(() => parseOptions({ args, options })).toThrow(/^[^\n]+$/);
    }
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
