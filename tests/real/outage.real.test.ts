import { ClientResult } from "../../src/proof/verify/result";
import { Ended, RealLab, docker, expectAgreement, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;

/** What a client got, e.g. `9 × C1, 0 × C2, 11 × failed`. */
function counts({ answers, failed }: ClientResult): string {
    const answered = answers.map(({ cluster, count }) => `${count} × ${cluster}`);
    return [...answered, `${failed} × failed`].join(", ");
}

onRealClusters(`an outage on real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
        expectAgreement(lab.run("up"));
    });

    afterAll(() => lab.remove());

    function stateOf(cluster: "cluster1" | "cluster2"): string {
        return docker(
            "container",
            "inspect",
            "--format",
            "{{.State.Status}}",
            lab.node(cluster),
        ).stdout.trim();
    }

    /** Brings the lab to its config; prints how long it took. */
    function up(title: string): Ended {
        const ended = lab.run("up");
        process.stdout.write(`measured: up, ${title}: ${ended.seconds.toFixed(0)} s\n`);
        return ended;
    }

    /** Who answered each client that could ask, and whether requests of it failed. */
    function asked(): Record<string, { answered: string[]; failed: boolean }> {
        const { answered, result } = lab.answering();
        result.clients.forEach((client) => {
            process.stdout.write(`measured: ${client.client} asks: ${counts(client)}\n`);
        });
        process.stdout.write(`after ${result.seconds.toFixed(1)} s, ${result.rounds} rounds\n`);
        return Object.fromEntries(
            result.clients.map(({ client, failed }) => [
                client,
                { answered: answered[client]!, failed: failed > 0 },
            ]),
        );
    }

    /** The resources that an up says it has changed. */
    function changedResources(output: string): string[] {
        const changed = /^ *[-+~]+ +\S+ (\S+) (?:created|updated|replaced|deleted)/gm;
        return [...new Set([...output.matchAll(changed)].map(([, name]) => name!))];
    }

    const both = { answered: ["cluster1", "cluster2"], failed: false };
    const identity = () => docker("inspect", "--format", "{{.Id}}", lab.node("cluster2")).stdout;

    test("without a TTL part of the survivor's requests times out, and verify expects that", () => {
        const before = identity();
        lab.set("outage", "cluster2");
        expectAgreement(up("outage cluster2"));
        expect(stateOf("cluster2")).toBe("paused");
        expect(asked()).toEqual({ cluster1: { answered: ["cluster1"], failed: true } });
        expect(identity()).toBe(before);
    });

    test("a second up changes nothing in a cluster, and leaves the dead one dead", () => {
        const { code, output } = up("again, cluster2 away");
        expect(output).toContain("cluster2 is away, as outage says, and stays so");
        // Whom it asks is no longer the API server that is paused.
        expect(changedResources(output)).toEqual(["cluster2-provider"]);
        expect(code).toBe(0);
        expect(stateOf("cluster2")).toBe("paused");
    });

    test("plain Pulumi neither waits for it nor replaces it", () => {
        const preview = lab.pulumi("preview", "--diff");
        expect([preview.code, preview.output]).toEqual([0, preview.output]);
        const { code, output, seconds } = lab.pulumi("up", "--yes", "--skip-preview");
        process.stdout.write(`measured: pulumi up, cluster2 away: ${seconds.toFixed(0)} s\n`);
        expect([code, output]).toEqual([0, output]);
        expect(stateOf("cluster2")).toBe("paused");
    });

    test("the living cluster's settings change meanwhile", () => {
        lab.set("rebelBaseReplicas", "4");
        expectAgreement(up("rebelBaseReplicas 4, cluster2 away"));
        expect(stateOf("cluster2")).toBe("paused");
        lab.set("rebelBaseReplicas", "2");
        expectAgreement(up("rebelBaseReplicas 2, cluster2 away"));
    });

    test("what was changed by hand in the living cluster is put back meanwhile", () => {
        const scale = ["scale", "deployment/rebel-base", "--replicas=1"];
        expect(lab.kubectl("cluster1", ...scale).code).toBe(0);
        const { code, output } = up("drift in cluster1, cluster2 away");
        expect(output).toContain("Not as the stack makes it, and put back now:");
        expect(code).toBe(0);
        expect(stateOf("cluster2")).toBe("paused");
    });

    test("with a TTL, which brings it back for the change, nothing fails in the end", () => {
        lab.set("clusterMeshCacheTtl", "30s");
        const { code, output } = up("clusterMeshCacheTtl 30s");
        expect(output).toContain("cluster2 is paused and comes back");
        expect(code).toBe(0);
        expect(stateOf("cluster2")).toBe("paused");
        expect(asked()).toEqual({ cluster1: { answered: ["cluster1"], failed: false } });
    });

    test("outage none brings it back as it was", () => {
        const before = identity();
        lab.set("outage", "none");
        expectAgreement(up("outage none"));
        expect(stateOf("cluster2")).toBe("running");
        expect(asked()).toEqual({ cluster1: both, cluster2: both });
        expect(identity()).toBe(before);
    });

    test("an up that is killed while it pauses is gone on with by the next", async () => {
        lab.set("outage", "cluster2");
        await lab.interrupted("up", [], /outage-pause creating|is away now/, "SIGKILL");
        expectAgreement(up("after a kill while pausing"));
        expect(stateOf("cluster2")).toBe("paused");
    });

    test("the other cluster's outage takes its place", () => {
        lab.set("outage", "cluster1");
        expectAgreement(up("outage cluster1"));
        expect([stateOf("cluster1"), stateOf("cluster2")]).toEqual(["paused", "running"]);
        expect(asked()).toEqual({ cluster2: { answered: ["cluster2"], failed: false } });
    });

    test("without its apiserver alone both sides drop each other after the TTL", () => {
        lab.set("outage", "cluster2");
        lab.set("outageOf", "clustermesh-apiserver");
        expectAgreement(up("outageOf clustermesh-apiserver, TTL 30s"));
        expect([stateOf("cluster1"), stateOf("cluster2")]).toEqual(["running", "running"]);
        expect(asked()).toEqual({
            cluster1: { answered: ["cluster1"], failed: false },
            cluster2: { answered: ["cluster2"], failed: false },
        });
    });

    test("and without a TTL nobody notices", () => {
        lab.set("outage", "none");
        expectAgreement(up("outage none after the apiserver's"));
        lab.set("clusterMeshCacheTtl", "0s");
        expectAgreement(up("clusterMeshCacheTtl 0s"));
        lab.set("outage", "cluster2");
        expectAgreement(up("outageOf clustermesh-apiserver, no TTL"));
        expect(asked()).toEqual({ cluster1: both, cluster2: both });
    });

    test("down takes a paused cluster away, too", () => {
        lab.set("outageOf", "cluster");
        expectAgreement(up("outage cluster2 before down"));
        const { code, output } = lab.recover("down while cluster2 is paused", "down");
        expect(output).toContain(`Stack ${lab.stack} is down`);
        expect(code).toBe(0);
        expect(lab.remains()).toEqual([]);
    });
});
