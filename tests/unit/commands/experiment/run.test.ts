import { ExperimentMemory } from "../../../../src/commands/experiment/memory";
import { Planned } from "../../../../src/commands/experiment/prepare";
import { ExperimentGuide, runExperiments } from "../../../../src/commands/experiment/run";
import { readProject } from "../../../../src/config/declaration";
import { requireLabConfig } from "../../../../src/config/parseLabConfig";
import { Change, changed } from "../../../../src/lab/exercise";
import { experiments } from "../../../../src/lab/experiments";
import { ExperimentResult } from "../../../../src/proof/experiment/result";
import { configWith } from "../../../support/defaultConfig";
import { Delays, SteadyWorld } from "../../../support/steadyWorld";

type Values = Record<string, string>;

interface Given {
    readonly own?: Values;
    readonly memory?: ExperimentMemory;
    readonly delays?: Delays;
    /** Why the clusters cannot be asked. */
    readonly away?: Error;
    /** Called before each change of live objects, with its number. */
    readonly before?: (change: number, controller: AbortController) => void;
}

/** A stack in which everything takes its course at once. */
function stack({ own = {}, memory, delays, away, before }: Given = {}) {
    let values = own;
    let live = own;
    let kept = memory;
    let changes = 0;
    const world = new SteadyWorld(configWith(own), delays);
    const said: string[] = [];
    const applied: string[][] = [];
    const results: ExperimentResult[] = [];
    const interruption = new AbortController();
    const show = () => world.change(configWith(live));
    const guide: ExperimentGuide = {
        ownValues: () => values,
        configOf: (given) => requireLabConfig(given, readProject()),
        connect: () => (away === undefined ? Promise.resolve() : Promise.reject(away)),
        apply: (given: readonly Change[]) => {
            applied.push(given.map(([key, value]) => `${key}=${value ?? "(default)"}`));
            values = changed(values, given);
            live = values;
            show();
            return Promise.resolve();
        },
        record: (clients) => {
            world.clients = clients;
            return Promise.resolve({
                requests: world.requests,
                troubles: [],
                stop: () => Promise.resolve(),
            });
        },
        doSteps: (steps) => {
            before?.(++changes, interruption);
            for (const step of steps) {
                if (step.does === "patch") {
                    const [operation] = step.operations;
                    const value =
                        operation?.op === "add" || operation?.op === "replace"
                            ? operation.value
                            : "";
                    const isReplicas = step.place.kind === "Deployment";
                    const key = isReplicas ? "rebelBaseReplicas" : "sharedService";
                    live = { ...live, [key]: String(value) };
                } else if (step.does === "begin-outage") {
                    live = { ...live, outage: step.cluster };
                } else if (step.does === "end-outage") {
                    live = { ...live, outage: "none" };
                }
            }
            show();
            return Promise.resolve();
        },
        memory: {
            read: () => kept,
            write: (next) => void (kept = next),
            clear: () => void (kept = undefined),
        },
        say: (line) => void said.push(line),
        time: world.time,
        onResult: (result) => void results.push(result),
        signal: interruption.signal,
    };
    return {
        guide,
        world,
        said,
        applied,
        results,
        values: () => values,
        live: () => live,
        memory: () => kept,
    };
}

const named = (...names: string[]): Planned[] =>
    experiments.filter(({ name }) => names.includes(name));

/** A change of one's own. */
function ownChange(to: Values): Planned[] {
    return [{ name: "own", title: "a change of your own", from: {}, to, isOwn: true }];
}

/** An experiment begun with no backends in cluster1. */
function begun(name: string): Planned[] {
    return named(name).map((one) => ({ ...one, from: { rebelBaseReplicas: "0" } }));
}

test("a change and the way back are measured, each so often as asked for", async () => {
    const { guide, results, live, applied, memory } = stack({ delays: { arrivalMs: 700 } });
    expect(await runExperiments(guide, named("scale-to-0"), 3)).toBe(true);
    expect(results).toHaveLength(1);
    const { measurements } = results[0]!;
    expect(measurements.map(({ change, runs }) => [change, runs.length])).toEqual([
        ["rebelBaseReplicas 2 → 0", 3],
        ["rebelBaseReplicas 0 → 2", 3],
    ]);
    const [there, back] = measurements.map(({ runs }) => runs[0]!.clients);
    expect(there!.map(({ client }) => client)).toEqual(["cluster1", "cluster2"]);
    expect(there![0]).toMatchObject({ failed: 0, firstNewMs: null });
    expect(back![0]).toMatchObject({ failed: 0, lastWrongMs: null });
    expect(there![0]!.lastWrongMs).toBeLessThan(700);
    expect(back![0]!.firstNewMs).toBeGreaterThanOrEqual(700);
    expect(live().rebelBaseReplicas).toBe("2");
    expect([applied, memory()]).toEqual([[], undefined]);
});

test("an experiment begins with its own settings and the lab's defaults, and the stack gets its own back", async () => {
    const own = { serviceAffinity: "local", nodeImage: "x:1", outage: "cluster1" };
    const { guide, values, applied, results } = stack({ own, delays: { revokedMs: 9_000 } });
    await runExperiments(guide, named("outage-with-ttl"), 1);
    expect(values()).toEqual(own);
    expect(applied).toEqual([
        ["serviceAffinity=(default)", "outage=(default)", "clusterMeshCacheTtl=30s"],
        ["serviceAffinity=local", "outage=cluster1", "clusterMeshCacheTtl=(default)"],
    ]);
    const { from, measurements } = results[0]!;
    expect(from).toEqual(["clusterMeshCacheTtl 30s"]);
    expect(measurements.map(({ change }) => change)).toEqual([
        "outage none → cluster2",
        "outage cluster2 → none",
    ]);
});

test("of a cluster that dies nobody asks", async () => {
    const { guide, results } = stack();
    await runExperiments(guide, named("outage"), 1);
    const clients = results[0]!.measurements.map(({ runs }) => runs[0]!.clients);
    expect(clients.map((ones) => ones.map(({ client }) => client))).toEqual([
        ["cluster1"],
        ["cluster1"],
    ]);
    expect(clients[0]![0]!.failed / clients[0]![0]!.sent).toBeCloseTo(0.5, 1);
});

test("a change of one's own begins with the stack's own settings, and Pulumi makes it where nobody else can", async () => {
    const own = { sharedService: "false", ciliumVersion: "1.19.6" };
    const { guide, values, applied, results } = stack({ own });
    const to = { ciliumVersion: "1.20.2" };
    const plan = [{ name: "own", title: "a change", from: {}, to, isOwn: true }];
    expect(await runExperiments(guide, plan, 1)).toBe(true);
    expect(applied).toEqual([["ciliumVersion=1.20.2"], ["ciliumVersion=1.19.6"]]);
    expect(values()).toEqual(own);
    expect(results[0]!.measurements.map(({ change }) => change)).toEqual([
        "ciliumVersion 1.19.6 → 1.20.2",
        "ciliumVersion 1.20.2 → 1.19.6",
    ]);
});

test("what is not legal is refused before anything is changed, whichever experiment it is of", async () => {
    const own = { ciliumVersion: "1.18.14" };
    const { guide, applied, memory } = stack({ own });
    const plan = named("scale-to-0", "namespace-local");
    await expect(runExperiments(guide, plan, 1)).rejects.toThrow(
        'namespace-local: globalNamespace is "false"; Cilium has it from 1.20 on',
    );
    expect([applied, memory()]).toEqual([[], undefined]);
});

test.each<[string, Planned[], string]>([
    [
        "a wrong value",
        ownChange({ sharedService: "maybe" }),
        '--to: sharedService is "maybe"; it must be',
    ],
    [
        "no such key",
        ownChange({ shareService: "false" }),
        "did you mean sharedService?\n    Fix: other",
    ],
    ["nothing that changes", ownChange({ sharedService: "true" }), "so that nothing would change"],
    ["no pod to kill", begun("kill-a-pod"), "kill-a-pod: rebelBaseReplicas is 0 before it"],
    ["nothing to scale down", begun("scale-to-0"), 'scale-to-0: rebelBaseReplicas is "0" before'],
])("%s is said before any cluster is asked or changed", async (_, plan, message) => {
    const { guide, applied, memory } = stack({ away: new Error("nobody is there") });
    await expect(runExperiments(guide, plan, 1)).rejects.toThrow(message);
    expect([applied, memory()]).toEqual([[], undefined]);
});

test("where a cluster is not there nothing is changed and nothing is kept", async () => {
    const { guide, applied, memory } = stack({ away: new Error("nobody is there") });
    await expect(runExperiments(guide, named("scale-to-0"), 1)).rejects.toThrow("nobody is there");
    expect([applied, memory()]).toEqual([[], undefined]);
});

test("Ctrl-C undoes the change, restores the settings, and tells what was measured", async () => {
    const own = { serviceAffinity: "remote" };
    const { guide, values, live, results, said, memory } = stack({
        own,
        before: (change, controller) => change === 3 && controller.abort(),
    });
    expect(await runExperiments(guide, named("scale-to-0", "not-shared"), 2)).toBe(false);
    expect(results.map(({ name }) => name)).toEqual(["scale-to-0"]);
    expect(results[0]!.measurements.map(({ runs }) => runs.length)).toEqual([1, 1]);
    expect(said).toContain("\nUndoing the change:");
    expect([values(), live()]).toEqual([own, own]);
    expect(memory()).toBeUndefined();
});

test("a change that fails half-way is undone", async () => {
    const { guide, live } = stack();
    const failing: ExperimentGuide = {
        ...guide,
        doSteps: async (steps) => {
            const isFirst = live().rebelBaseReplicas === undefined;
            await guide.doSteps(steps);
            if (isFirst) {
                throw new Error("the answer got lost");
            }
        },
    };
    await expect(runExperiments(failing, named("scale-to-0"), 1)).rejects.toThrow("got lost");
    expect(live().rebelBaseReplicas).toBe("2");
});

test("whenever the lab is changed the settings from before, and what the experiments set, are on record", async () => {
    const seen: unknown[] = [];
    const own = { sharedService: "false" };
    const { guide, memory } = stack({ own, before: () => void seen.push(memory()) });
    const apply: ExperimentGuide["apply"] = (changes) => {
        seen.push(memory());
        return guide.apply(changes);
    };
    await runExperiments({ ...guide, apply }, named("scale-to-0", "outage-with-ttl"), 1);
    const kept = {
        original: own,
        set: { rebelBaseReplicas: ["0"], outage: ["cluster2"], clusterMeshCacheTtl: ["30s"] },
    };
    expect(seen).toEqual(Array.from({ length: 7 }, () => kept));
});

test("a change that cannot be undone by hand is undone by Pulumi", async () => {
    const { guide, applied, live } = stack({
        before: (change) => {
            if (change > 1) {
                throw new Error("the API server is away");
            }
        },
    });
    await expect(runExperiments(guide, named("scale-to-0"), 1)).rejects.toThrow("is away");
    expect(applied).toEqual([[]]);
    expect(live()).toEqual({});
});

test("after a kill the settings from before are still known, and the lab is reconciled first", async () => {
    const memory = {
        original: { serviceAffinity: "local" },
        set: { clusterMeshCacheTtl: ["30s"] },
    };
    // Somebody has changed cluster2's replicas since.
    const own = { clusterMeshCacheTtl: "30s", cluster2RebelBaseReplicas: "4" };
    const { guide, values, applied } = stack({ own, memory });
    await runExperiments(guide, named("kill-a-pod"), 1);
    expect(applied[0]).toEqual(["serviceAffinity=local", "clusterMeshCacheTtl=(default)"]);
    expect(values()).toEqual({ serviceAffinity: "local", cluster2RebelBaseReplicas: "4" });
});
