import { notUpLines } from "../../../src/commands/up";
import { isInterruption } from "../../../src/stack/pulumi";

test.each([
    ["a closed terminal", 129],
    ["Ctrl-C", 130],
    ["a kill, by the system that has no memory left e.g.", 137],
    ["a CI's cancel", 143],
])("after %s nothing is named that could be repaired", (_, code) => {
    const [first, ...more] = notUpLines(isInterruption(code));
    expect(first).toBe(
        "\nThe lab is not up: this was interrupted. Run the same command again to continue from here;",
    );
    expect(more.join("\n")).not.toMatch(/repair|mend/i);
});

test.each([1, 255])(
    "after a failure with exit code %d what is named above is to be repaired",
    (code) => {
        expect(notUpLines(isInterruption(code))[0]).toBe(
            "\nThe lab is not up. Repair what is named above and run the same command again;",
        );
    },
);
