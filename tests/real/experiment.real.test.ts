import { readStackValues } from "../../src/config/stackFile";
import { Ended, RealLab, docker, expectAgreement, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;

interface Numbers {
    readonly sent: number;
    readonly failed: number;
    readonly longestGapMs: number;
    readonly lastWrongMs: number | null;
    readonly firstNewMs: number | null;
    readonly lastFailedMs: number | null;
    readonly missing: readonly string[];
}

interface Report {
    readonly experiments: readonly {
        readonly name: string;
        readonly measurements: readonly {
            readonly change: string;
            readonly runs: readonly { readonly isSettled: boolean; readonly watchedMs: number }[];
            readonly clients: readonly { readonly client: string; readonly runs: Numbers[] }[];
        }[];
        readonly troubles: readonly string[];
    }[];
}

onRealClusters(`experiments on real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;
    let settings: Readonly<Record<string, string>>;

    const values = () => readStackValues(lab.stack);
    const stateOf = (cluster: "cluster1" | "cluster2") =>
        docker(
            ...(["container", "inspect", "--format", "{{.State.Status}}"] as const),
            lab.node(cluster),
        ).stdout.trim();

    beforeAll(() => {
        lab = new RealLab();
        expectAgreement(lab.run("up"));
        lab.set("serviceAffinity", "local");
        expectAgreement(lab.run("up"));
        settings = values();
    });

    afterAll(() => lab.remove());

    /** Makes experiments, prints what they came to, and returns it. */
    function measured(...args: string[]): Report {
        const { code, stdout, output } = lab.run("experiment", ...args, "--json");
        expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
        const report = JSON.parse(stdout) as Report;
        for (const { name, measurements } of report.experiments) {
            for (const { change, clients } of measurements) {
                clients.forEach(({ client, runs }) =>
                    process.stdout.write(
                        `measured: ${name}: ${change}, ${client} asks: ${JSON.stringify(runs)}\n`,
                    ),
                );
            }
        }
        return report;
    }

    function expectOwnSettings(): void {
        expect(values()).toEqual(settings);
        expect([stateOf("cluster1"), stateOf("cluster2")]).toEqual(["running", "running"]);
    }

    test("every change of a setting arrives, there and back, and the stack has its own settings again", () => {
        const names = ["scale-to-0", "kill-a-pod", "not-shared", "not-global", "affinity-remote"];
        const { experiments } = measured(...names, "network-policy");
        expect(experiments.map(({ name }) => name)).toEqual([...names, "network-policy"]);
        for (const { name, measurements, troubles } of experiments) {
            expect(measurements).toHaveLength(name === "kill-a-pod" ? 1 : 2);
            expect(troubles).toEqual([]);
            for (const { runs, clients } of measurements) {
                expect(runs.every(({ isSettled }) => isSettled)).toBe(true);
                expect(clients.map(({ client }) => client)).toEqual(["cluster1", "cluster2"]);
                for (const { sent } of clients.flatMap((client) => client.runs)) {
                    expect(sent).toBeGreaterThan(0.6 * (runs[0]!.watchedMs / 100));
                }
            }
        }
        const [, back] = experiments[0]!.measurements;
        expect(back!.clients[0]!.runs[0]!.firstNewMs).toBeGreaterThan(0);
        expectOwnSettings();
        expectAgreement(lab.run("verify"));
    });

    test("several runs are several measurements of each direction", () => {
        const { experiments } = measured("not-shared", "--runs", "2");
        const [there, back] = experiments[0]!.measurements;
        expect([there!.runs.length, back!.runs.length]).toEqual([2, 2]);
    });

    test("with a TTL an outage's failures end, and without its apiserver a cluster's pods still answer until then", () => {
        const { experiments } = measured("outage-with-ttl", "apiserver-outage-with-ttl");
        const [outage, apiserver] = experiments.map(({ measurements }) => measurements[0]!);
        const [survivor] = outage!.clients;
        expect(outage!.clients.map(({ client }) => client)).toEqual(["cluster1"]);
        expect(survivor!.runs[0]!.failed).toBeGreaterThan(0);
        expect(survivor!.runs[0]!.lastFailedMs).toBeGreaterThan(30_000);
        expect(apiserver!.clients.map(({ client }) => client)).toEqual(["cluster1", "cluster2"]);
        expect(apiserver!.clients[0]!.runs[0]!.lastWrongMs).toBeGreaterThan(30_000);
        expectOwnSettings();
    });

    test("Ctrl-C while a cluster is away brings it and the settings back", async () => {
        const { code, output } = await lab.interrupted(
            ...(["experiment", ["outage-with-ttl"], /cluster2 is away now/, "SIGINT"] as const),
        );
        expect(output).toContain("Undoing the change:");
        expect(output).toContain("Restoring the settings from before the experiment:");
        expect(code).toBe(130);
        expectOwnSettings();
        expectAgreement(lab.run("verify"));
    });

    const killed = (): Promise<Ended> =>
        lab.interrupted("experiment", ["outage-with-ttl"], /cluster2 is away now/, "SIGKILL");

    test("after a kill the next experiment brings all back, and goes on", async () => {
        await killed();
        expect(stateOf("cluster2")).toBe("paused");
        const { experiments } = measured("kill-a-pod");
        expect(experiments.map(({ name }) => name)).toEqual(["kill-a-pod"]);
        expectOwnSettings();
        expectAgreement(lab.run("verify"));
    });

    test("after a kill up wakes the cluster, and down gives the settings back", async () => {
        await killed();
        const { code, output } = lab.run("up");
        expect(output).toContain("cluster2 is paused and comes back");
        expect(code).toBe(0);
        const down = lab.run("down");
        expect(down.output).toContain("Restoring the settings from before the tour or experiment:");
        expect(down.code).toBe(0);
        expect(values()).toEqual(settings);
        expect(lab.remains()).toEqual([]);
    });
});
