import { UsageError } from "../../../src/config/errors";
import { quote } from "../../../src/config/problem";
import { stackFilePath } from "../../../src/config/stackFile";
import { isStackName, requireStackName } from "../../../src/config/stackName";
import { stackFolder } from "../../../src/machine/names";

test.each(["dev", "Dev", "a.b_c-9", "_", ".a", "..a", "a.", "x".repeat(100)])(
    "%s is a stack's name",
    (name) => {
        expect(requireStackName(name)).toBe(name);
        expect(isStackName(name)).toBe(true);
    },
);

const illegal = [
    ...["", ".", "..", "...", "a/b", "../b", "/", "a\\b", "a b", "ü", "$(id)", "a\n", "a\0b"],
    ...["-x", "--stack", "-", "\u001b[31m", "d\u0435v", "\u202ea", "x".repeat(101)],
];

test.each(illegal)("%j is none, and the sentence says where it comes from and what is", (name) => {
    expect(() => requireStackName(name, "--stack")).toThrow(
        new UsageError(
            `--stack is ${quote(name)}; it must be 1 to 100 letters, digits, "-", "_" or ".", not begin with "-", and not be dots alone`,
        ),
    );
    expect(isStackName(name)).toBe(false);
});

test.each(illegal)("no path is built from %j, whoever asks for one", (name) => {
    expect(() => stackFolder(name)).toThrow(UsageError);
    expect(() => stackFilePath(name)).toThrow(UsageError);
});
