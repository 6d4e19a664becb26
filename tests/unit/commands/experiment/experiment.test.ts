import { LabCommand } from "../../../../src/commands/command";
import { declare, planOf } from "../../../../src/commands/experiment/experiment";
import { experiments } from "../../../../src/lab/experiments";
import { configWith } from "../../../support/defaultConfig";

const none = { from: {}, to: {} };

/** The names of all experiments of a stack. */
function allOf(values: Record<string, string>): string[] {
    const plan = planOf(["all"], none);
    return typeof plan === "function" ? plan(configWith(values)).map(({ name }) => name) : [];
}

test("names mean experiments, in the order given, each begun with what --from says besides", () => {
    const plan = planOf(["outage", "scale-to-0"], { from: { serviceAffinity: "local" }, to: {} });
    expect(plan).toMatchObject([
        { name: "outage", from: { serviceAffinity: "local" } },
        { name: "scale-to-0", from: { serviceAffinity: "local" } },
    ]);
});

test("a name given twice is one experiment", () => {
    expect(planOf(["outage", "outage"], none)).toHaveLength(1);
});

test("all are those that the stack's Cilium has something to show of, and that can be made to its clusters", () => {
    const names = experiments.map(({ name }) => name);
    expect(allOf({})).toEqual(names);
    expect(allOf({ ciliumVersion: "1.18.14" })).toEqual(
        names.filter((name) => !name.includes("ttl") && name !== "namespace-local"),
    );
    const existing = {
        clusterProvider: "existing",
        kubeconfigContext: "a",
        cluster2KubeconfigContext: "b",
    };
    expect(allOf(existing)).toEqual(names.filter((name) => !/^outage/.test(name)));
});

test("--to is an experiment of one's own, and the only one", () => {
    const to = { xWingReplicas: "1" };
    expect(planOf([], { from: {}, to })).toMatchObject([{ isOwn: true, to, from: {} }]);
    expect(() => planOf(["outage"], { from: {}, to })).toThrow("leave out");
});

test.each([
    [[], "no experiment is given; it must be all, scale-to-0, "],
    [["outages"], "did you mean outage?"],
    [["outage", "all"], 'all has every experiment in it; leave out "outage"'],
])("%j is refused: %s", (names, message) => {
    expect(() => planOf(names, none)).toThrow(message);
});

test("options are read, and wrong ones refused", async () => {
    const read = async (...args: string[]) => {
        const command = declare(new LabCommand("experiment")).action(() => undefined);
        await command.parseAsync(args, { from: "user" });
        return command.opts();
    };
    expect(await read("outage")).toEqual({});
    expect(await read("--from", "a=b", "--from", "c=d=e", "--runs", "3")).toMatchObject({
        runs: 3,
        from: { a: "b", c: "d=e" },
    });
    for (const runs of ["0", "21", "1.5", "x", ""]) {
        await expect(read("--runs", runs)).rejects.toThrow(
            "it must be a whole number from 1 to 20",
        );
    }
    await expect(read("--to", "x")).rejects.toThrow('--to is "x"; it must be key=value');
    await expect(read("--from", "=1")).rejects.toThrow('--from is "=1"; it must be key=value');
});
