import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { Bench } from "../../../bench/bench";
import { flips } from "../../../bench/flips";
import { InterruptedError } from "../../../bench/interruption";
import { planOf, PlanOptions } from "../../../bench/plan";
import { LabConfig } from "../../../src/config/labConfig";
import { sidesOf } from "../../../src/lab/sides";
import { ClusterApi } from "../../../src/mesh/kube/clusterApi";
import { configWith } from "../../support/defaultConfig";
import { fakeMesh } from "../../support/fakeMesh";
import { Answer, Call, fakeRunner } from "../../support/fakeRunner";
import { fakeTime } from "../../support/fakeTime";

/** A machine on which nothing is real: clusters are there at once, and every change arrives at once. */
function fakeSite(options: PlanOptions, answers: Readonly<Record<string, Answer>> = {}) {
    const time = fakeTime();
    let config = configWith({ nodeImage: "kindest/node:own" });
    const change = (key: string, value: string) => {
        config = configWith({ nodeImage: "kindest/node:own", [key]: value });
        return {};
    };
    const typed = ({ line }: Call) => {
        const flip = flips.find(({ kubectl }) => line.endsWith(kubectl.join(" ")));
        return flip === undefined ? {} : change(...flip.change);
    };
    const runner = fakeRunner(answers, {
        "kind version": { stdout: "kind v0.33.0" },
        "kind get kubeconfig": ({ line }) => ({ stdout: line }),
        kind: () => (time.sleep(10_000), {}),
        "helm version": { stdout: "v4.3.0\n" },
        "cilium version": { stdout: "cilium-cli: v0.19.9\nmore\n" },
        "kubectl version": { stdout: "Client Version: v1.34.11\n" },
        helm: () => (time.sleep(3_000), {}),
        cilium: () => (time.sleep(5_000), {}),
        kubectl: typed,
        "docker exec": ({ options: { input = "" } }) => ({
            stdout: input.includes("smaps_rollup")
                ? `usage ${600 * 2 ** 20}\nfile 0\nshmem 0\n`
                : `uptime ${time.now() / 1000}\nmachine cpu 1 0 1 1\nusage_usec ${time.now() * 100}\nsystem_usec ${time.now() * 50}\n`,
        }),
        docker: {},
        [process.execPath]: () => (time.sleep(60_000), {}),
    });
    const said: string[] = [];
    let connections = 0;
    const bench = new Bench(planOf({ rounds: "1", pairs: "1", ...options }), {
        machine: {
            run: runner.run,
            kind: () => Promise.resolve("kind"),
            download: () => Promise.reject(new Error("nobody downloads anything")),
            say: (line) => said.push(line),
        },
        runToEnd: runner.run,
        pulumi: {
            isOwnBackend: true,
            show: () => Promise.reject(new Error("nobody watches")),
            ask: ([command, , key, value]) => {
                if (command === "config") {
                    change(key!, value!);
                }
                return Promise.resolve({ code: 0, stdout: "v3.265.0\n", stderr: "" });
            },
        },
        time,
        // Whoever connects does so to the first cluster, then to the second.
        connect: () => liveApi(() => config, connections++ % 2),
        name: `test-bench-${process.pid}`,
        values: { nodeImage: "kindest/node:own" },
    });
    return { bench, said, ...runner };
}

/** The API server of a cluster in a mesh that follows the rule for the config of each moment. */
function liveApi(config: () => LabConfig, index: number): ClusterApi {
    const now = () => fakeMesh(sidesOf(config()))[index]!.api;
    return new Proxy({} as ClusterApi, { get: (_, name: keyof ClusterApi) => now()[name] });
}

/** Folders that a run made for itself and has not removed. */
const foldersOf = (calls: readonly Call[]) =>
    calls
        .filter(({ line }) => line.startsWith("kind create"))
        .map(({ argv }) => dirname(argv.at(-1)!))
        .filter(existsSync);

test("both ways by hand are made, looked at, changed and taken away in turn", async () => {
    const { bench, calls, callsOf } = fakeSite({ ways: "helm,cli", rounds: "2" });
    await bench.run();
    const { samples, leftOut } = bench.measured;
    expect(leftOut).toEqual([]);
    expect(samples.filter(({ measure }) => measure === "up").map(({ way }) => way)).toEqual([
        ...["helm", "cli"],
        ...["cli", "helm"],
    ]);
    const measures = samples.filter(({ way }) => way === "helm").map(({ measure }) => measure);
    const once = [
        ...["up", "memory of a pair", "processor of an idle pair"],
        ...["processor of an idle pair, in the kernel", "the whole machine meanwhile"],
        "the whole machine meanwhile, in the kernel",
        ...flips.map(({ name }) => `flip ${name}`),
        "down",
    ];
    expect(measures).toEqual([...once, ...once]);
    const created = callsOf("kind create").map(({ argv }) => argv[4]);
    expect(callsOf("kind delete").map(({ argv }) => argv[4])).toEqual(created);
    expect(new Set(created).size).toBe(4);
    expect(foldersOf(calls)).toEqual([]);
    expect(bench.versions).toEqual({
        helm: "v4.3.0",
        kubectl: "Client Version: v1.34.11",
        cilium: "cilium-cli: v0.19.9",
    });
});

test("an up by hand is the sum of its steps, and an idle pair what its nodes take of one processor", async () => {
    const { bench } = fakeSite({ ways: "helm", only: "up,idle,memory" });
    await bench.run();
    const [up, memory, idle, kernel] = bench.measured.samples;
    // Two kinds, four Helms; the rest takes no time here.
    expect(up).toMatchObject({ value: 32, parts: { "helm install (1)": 3, "copy the CA": 0 } });
    expect(memory).toMatchObject({ value: 1200, unit: "MiB" });
    expect(idle).toMatchObject({ unit: "%", value: expect.closeTo(20) as number });
    expect(kernel).toMatchObject({ unit: "%", value: expect.closeTo(10) as number });
});

test("no step by hand sees the user's kubeconfig, and what each writes is in a folder that goes", async () => {
    const { bench, calls, callsOf } = fakeSite({ ways: "helm,cli", only: "up,flip,down" });
    await bench.run();
    const steps = calls.filter(
        ({ line }) => /^(helm|cilium|kubectl) /.test(line) && !/ version/.test(line),
    );
    expect(steps.length).toBe(8 + 15 + 2 * flips.length);
    for (const { line, options } of steps) {
        expect(line).toMatch(/--(kube-)?context kind-test-bench-/);
        const folder = dirname(options.env!.HELM_CONFIG_HOME!);
        expect(options.env!.KUBECONFIG).toContain(`${folder}/kubeconfig1`);
        expect(existsSync(folder)).toBe(false);
    }
    for (const { line } of [...callsOf("kind create"), ...callsOf("kind delete")]) {
        expect(line).toMatch(/ --kubeconfig \S+\/kubeconfig\d$/);
    }
});

test("ours goes through up, no change, flips and down, with the same measures beside it", async () => {
    const { bench, callsOf } = fakeSite({ ways: "ours", only: "up,no-change,flip,idle,down" });
    await bench.run();
    const measures = bench.measured.samples.map(({ measure }) => measure);
    expect(new Set(measures)).toEqual(
        new Set([
            "up",
            ...["processor of an idle pair", "processor of an idle pair, in the kernel"],
            ...["the whole machine meanwhile", "the whole machine meanwhile, in the kernel"],
            ...["no change: pulumi up --skip-preview", "no change: pulumi up"],
            "no change: npm run up (with proof)",
            ...flips.map(({ name }) => `flip ${name}`),
            "down",
        ]),
    );
    const commands = callsOf(process.execPath).map(
        ({ line }) => / (up|down) --stack/.exec(line)![1],
    );
    expect(commands).toEqual(["up", "up", "up", "up", "down"]);
});

test("a way whose programs are missing or broken is left out, and the others are measured", async () => {
    const missing = { code: 127, stderr: "spawn ENOENT" };
    const broken = { code: 1, stderr: "exec format error\u001b[2J\n" };
    const { bench, callsOf, said } = fakeSite(
        { only: "up" },
        { "helm version": missing, "cilium version": broken },
    );
    await bench.run();
    await bench.clean();
    expect(bench.measured.leftOut).toEqual([
        "helm: helm is not on PATH",
        "cilium CLI: cilium does not work (exec format error)",
    ]);
    expect(said).toContain("left out: helm: helm is not on PATH");
    expect(bench.measured.samples.map(({ way }) => way)).toEqual(["ours"]);
    expect(callsOf("kind create")).toEqual([]);
});

test("a way by hand that fails is taken away and not tried again, and the others go on", async () => {
    const { bench, calls, callsOf } = fakeSite(
        { ways: "helm,cli", only: "up", rounds: "2" },
        { "helm upgrade": { code: 1, stderr: "Error: timed out\n" } },
    );
    await bench.run();
    expect(bench.measured.leftOut).toEqual([
        "helm from round 1 on: helm upgrade (1) failed: Error: timed out",
    ]);
    expect(bench.measured.samples.map(({ way }) => way)).toEqual(["cli", "cli"]);
    expect(callsOf("kind delete")).toHaveLength(6);
    expect(foldersOf(calls)).toEqual([]);
});

test("after Ctrl-C in the middle, nothing more is made and what is there is taken away", async () => {
    const { bench, calls, callsOf } = fakeSite(
        { ways: "helm,cli", only: "up" },
        {
            "helm upgrade": () => {
                throw new InterruptedError();
            },
        },
    );
    await expect(bench.run()).rejects.toThrow(InterruptedError);
    expect(bench.measured.leftOut).toEqual([]);
    expect(callsOf("kind create")).toHaveLength(2);
    await bench.clean();
    expect(callsOf("kind delete")).toHaveLength(2);
    expect(foldersOf(calls)).toEqual([]);
});

test("growth is measured of ours alone: its last up, all memory and processor time, a flip", async () => {
    const { bench } = fakeSite({ only: "growth", pairs: "1,2" });
    await bench.run();
    await bench.clean();
    const ours = bench.measured.samples.filter(({ pairs }) => pairs === 2);
    expect(ours.map(({ measure, way }) => `${way}: ${measure}`)).toEqual([
        "ours: up of the last of",
        "ours: memory of",
        "ours: processor of",
        "ours: processor of, in the kernel",
        "ours: the whole machine meanwhile",
        "ours: the whole machine meanwhile, in the kernel",
        "ours: flip sharedService false in the last of",
        "ours: flip sharedService true in the last of",
    ]);
    expect(ours[1]!.value).toBe(2400);
});
