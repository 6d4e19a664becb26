import { notUpLines, requireAwake } from "../../../src/commands/up";
import { isInterruption } from "../../../src/stack/pulumi";
import { configWith } from "../../support/defaultConfig";

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

test("certificates are not said to be renewed where a cluster is away and would keep its own", () => {
    expect(() => requireAwake(configWith({ outage: "cluster2" }))).toThrow(
        "outage is cluster2, so that nothing in it can be changed, and --renew-certificates replaces those of all clusters.\n    Fix: pulumi config set outage none, then run the same command again",
    );
    const outageOf = "clustermesh-apiserver";
    expect(() => requireAwake(configWith({ outage: "cluster2", outageOf }))).not.toThrow();
    expect(() => requireAwake(configWith())).not.toThrow();
});
