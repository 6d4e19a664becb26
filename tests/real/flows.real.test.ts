import { Flows } from "../../src/proof/flows/flows";
import { ClientFlows } from "../../src/proof/flows/summary";
import { RealLab, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;

onRealClusters(`flows of real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
        const { code, output } = lab.run("up");
        if (code !== 0) {
            throw new Error(output);
        }
    });

    afterAll(() => lab.remove());

    /** Sets keys and brings them to the clusters. */
    function up(values: Readonly<Record<string, string>>): void {
        Object.entries(values).forEach(([key, value]) => lab.set(key, value));
        const { code, output } = lab.run("up");
        expect([code, output]).toEqual([0, output]);
    }

    /** What the data paths did with the requests that were sent for it; prints the text that people see. */
    function flows(): Flows {
        const { code, output } = lab.run("flows");
        process.stdout.write(`${expect.getState().currentTestName}:\n${output}\n`);
        expect(code).toBe(0);
        return JSON.parse(lab.run("flows", "--json").stdout) as Flows;
    }

    /** Of a client: how many requests arrived and were dropped, by cluster, and what nobody saw. */
    function counts(
        { clients }: Flows,
        name: string,
    ): Pick<ClientFlows, "unseen"> & {
        readonly to: readonly (readonly [boolean, readonly string[]])[];
    } {
        const { to, unseen } = clients.find(({ client }) => client === name)!;
        return { to: to.map(({ arrived, reasons }) => [arrived > 0, reasons]), unseen };
    }

    const arrived = [true, []] as const;
    const nothing = [false, []] as const;

    test("without the key there is no Hubble, and the command says how to get one", () => {
        const { code, output } = lab.run("flows");
        expect(code).toBe(2);
        expect(output).toContain("pulumi config set hubble true, then npm run up");
    });

    test("with it the agents roll out, nothing else is added, and requests go where the rule says", () => {
        up({ hubble: "true" });
        for (const cluster of ["cluster1", "cluster2"] as const) {
            const { stdout } = lab.kubectl(
                ...([
                    cluster,
                    "get",
                    "pods,services,jobs,cronjobs",
                    "--namespace=kube-system",
                ] as const),
                "--output=name",
            );
            expect(stdout.split("\n").filter((name) => name.includes("hubble"))).toEqual([
                "service/hubble-peer",
            ]);
        }
        const seen = flows();
        expect(counts(seen, "cluster1")).toEqual({ to: [arrived, arrived], unseen: 0 });
        expect(counts(seen, "cluster2")).toEqual({ to: [arrived, arrived], unseen: 0 });
        expect(seen.invalid).toBe(0);
    });

    test("a policy's drops are told with their reason, where the pod is", () => {
        up({ networkPolicy: "cluster1-only" });
        const seen = flows();
        expect(counts(seen, "cluster1")).toEqual({ to: [arrived, arrived], unseen: 0 });
        expect(counts(seen, "cluster2")).toEqual({
            to: [[false, ["policy denied"]], arrived],
            unseen: 0,
        });
        up({ networkPolicy: "none" });
    });

    test("a Service without backends leaves no flow, and a drop where Cilium is told not to answer", () => {
        up({ rebelBaseReplicas: "0", cluster2RebelBaseReplicas: "0" });
        expect(counts(flows(), "cluster1")).toEqual({ to: [nothing, nothing], unseen: 20 });
        lab.setPath("ciliumValues.serviceNoBackendResponse", "drop");
        up({});
        const [cluster1] = flows().clients;
        expect([cluster1!.noBackend, cluster1!.unseen]).toEqual([20, 0]);
    });

    test("taken back, the lab is as it was", () => {
        const rest = ["ciliumValues.serviceNoBackendResponse", "cluster2RebelBaseReplicas"];
        for (const path of ["hubble", "rebelBaseReplicas", ...rest]) {
            expect(lab.pulumi("config", "rm", "--path", path).code).toBe(0);
        }
        expect(lab.run("up").code).toBe(0);
        expect(lab.run("flows").code).toBe(2);
        expect(lab.answering().answered.cluster1).toEqual(["cluster1", "cluster2"]);
    });
});
