import { ClientResult } from "../../src/proof/verify/result";
import { RealLab, docker, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;
const policy = "ciliumnetworkpolicy/rebel-base-cluster1-only";

/** What a client got, e.g. `9 × C1, 11 × C2, 0 × failed`. */
function counts({ answers, failed }: ClientResult): string {
    const answered = answers.map(({ cluster, count }) => `${count} × ${cluster}`);
    return [...answered, `${failed} × failed`].join(", ");
}

onRealClusters(`network policy on real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    // From nothing: the policy's kind is not registered before Cilium's operator runs.
    beforeAll(() => {
        lab = new RealLab();
        lab.configure({ networkPolicy: "cluster1-only" });
        const { code, output } = lab.run("up");
        if (code !== 0) {
            throw new Error(output);
        }
    });

    afterAll(() => lab.remove());

    /** Who answered each client, and whether requests of it failed; prints the counts. */
    function asked(): Record<string, { answered: string[]; failed: boolean }> {
        const { answered, result } = lab.answering();
        const title = expect.getState().currentTestName ?? "";
        result.clients.forEach((client) => {
            process.stdout.write(`measured: ${client.client} asks: ${counts(client)}\n`);
        });
        process.stdout.write(`after ${result.seconds.toFixed(1)} s: ${title}\n`);
        return Object.fromEntries(
            result.clients.map(({ client, failed }) => [
                client,
                { answered: answered[client]!, failed: failed > 0 },
            ]),
        );
    }

    /** Sets cluster1's or cluster2's keys and brings them to the clusters, as a student would. */
    function change(key: string, value: string): void {
        lab.set(key, value);
        const { code, output } = lab.pulumi("up", "--yes", "--skip-preview");
        expect([code, output]).toEqual([0, output]);
    }

    const both = { answered: ["cluster1", "cluster2"], failed: false };

    test("cluster2's clients get answers of cluster2 alone, and what is balanced to cluster1 fails", () => {
        expect(asked()).toEqual({
            cluster1: both,
            cluster2: { answered: ["cluster2"], failed: true },
        });
    });

    test("the requests that fail time out: nothing comes back from a rebel-base of cluster1", () => {
        const address = (cluster: "cluster1" | "cluster2") =>
            lab.kubectl(
                ...([cluster, "get", "pods", "--selector=name=rebel-base"] as const),
                "--output=jsonpath={.items[0].status.podIP}",
            ).stdout;
        const curl = (from: "cluster1" | "cluster2", to: "cluster1" | "cluster2") =>
            lab.kubectl(
                ...([from, "exec", "deployment/x-wing", "--"] as const),
                ...["curl", "--silent", "--connect-timeout", "3", `http://${address(to)}`],
            );
        const timedOut = 28;
        expect(curl("cluster2", "cluster1").code).toBe(timedOut);
        expect(curl("cluster1", "cluster1").output).toContain("Cluster-1");
        expect(curl("cluster2", "cluster2").output).toContain("Cluster-2");
    });

    test("the kubelet's probes get through: rebel-base of cluster1 stays ready", () => {
        const { stdout } = lab.kubectl("cluster1", "get", "deployment/rebel-base", "--no-headers");
        expect(stdout).toMatch(/^rebel-base +2\/2 +2 +2 /);
    });

    test("one that is deleted by hand is named by verify, and put back by up", () => {
        expect(lab.kubectl("cluster1", "delete", policy).code).toBe(0);
        const named = lab.run("verify");
        expect(named.output).toContain(
            "networkPolicy is cluster1-only in the config and none live",
        );
        expect(named.output).toContain("CiliumNetworkPolicy rebel-base-cluster1-only is not there");
        expect(named.code).toBe(0);
        expect(lab.run("up").code).toBe(0);
        expect(lab.answering().result).toMatchObject({ differences: [], drift: [] });
    });

    test("one that is edited by hand counts as it is, and up takes the edit back", () => {
        const clusterLabel =
            "/spec/ingress/0/fromEndpoints/0/matchLabels/io.cilium.k8s.policy.cluster";
        const edit = [{ op: "replace", path: clusterLabel, value: "cluster2" }];
        const args = ["patch", policy, "--type=json", `--patch=${JSON.stringify(edit)}`];
        expect(lab.kubectl("cluster1", ...args).code).toBe(0);
        expect(asked()).toEqual({
            cluster1: { answered: ["cluster2"], failed: true },
            cluster2: both,
        });
        expect(lab.run("up").output).toContain("Not as the stack makes it, and put back now:");
        expect(asked().cluster1).toEqual(both);
    });

    test("with sharedService false nothing is balanced to cluster1, so nothing fails", () => {
        change("sharedService", "false");
        expect(asked()).toEqual({
            cluster1: both,
            cluster2: { answered: ["cluster2"], failed: false },
        });
        change("sharedService", "true");
    });

    test("where cluster2's clients prefer cluster1 all their requests fail, although cluster2 could answer", () => {
        change("cluster2ServiceAffinity", "remote");
        expect(asked()).toEqual({
            cluster1: both,
            cluster2: { answered: [], failed: true },
        });
        change("cluster2ServiceAffinity", "none");
    });

    test("without it the stack is what it is by default, and a policy put there by hand is taken away", () => {
        const { output } = lab.run("up", "--exercise", "baseline");
        expect(output).toContain("25 unchanged");
        expect(asked()).toEqual({ cluster1: both, cluster2: both });
        docker("cp", "manifests/rebel-base-cluster1-only.yaml", `${lab.node("cluster1")}:/p.yaml`);
        expect(lab.kubectl("cluster1", "apply", "--filename=/p.yaml").code).toBe(0);
        expect(asked().cluster2).toEqual({ answered: ["cluster2"], failed: true });
        const mended = lab.run("up").output;
        expect(mended).toContain("CiliumNetworkPolicy rebel-base-cluster1-only is not the stack's");
        expect(asked()).toEqual({ cluster1: both, cluster2: both });
    });
});
