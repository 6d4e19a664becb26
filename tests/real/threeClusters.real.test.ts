import { existsSync } from "node:fs";
import { ClusterName, clusterNames } from "../../src/config/labConfig";
import { kubeconfigPath } from "../../src/machine/names";
import { recordPath } from "../../src/mesh/kind/record";
import { RealLab, docker, whyNotReal } from "../support/realLab";

const reason = whyNotReal(3);
const onRealClusters = reason === undefined ? describe : describe.skip;

const three = ["cluster1", "cluster2", "cluster3"] as const;

onRealClusters(`three real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;
    let nodes: string[];

    beforeAll(() => {
        lab = new RealLab();
        lab.configure({ clusters: "3" });
    });

    afterAll(() => lab.remove());

    /** Ids of nodes, which are new where a node is. */
    function idsOf(clusters: readonly ClusterName[]): string[] {
        return clusters.map((cluster) =>
            docker("inspect", "--format", "{{.Id}}", lab.node(cluster)).stdout.trim(),
        );
    }

    function namesOf(clusters: readonly ClusterName[]): string[] {
        return clusters.map((cluster) => lab.node(cluster));
    }

    /** What cluster1's agent says of the mesh. */
    function meshStatus(): string {
        const command = ["cilium-dbg", "status", "--all-clusters"];
        return lab.kubectl(
            "cluster1",
            ...["exec", "-n", "kube-system", "ds/cilium", "-c", "cilium-agent", "--", ...command],
        ).stdout;
    }

    test("up makes them, meshed, and proves that all three answer all three", () => {
        const { code, output } = lab.run("up");
        expect(output).toContain(`cluster3 is kind cluster ${lab.kind("cluster3")}`);
        expect(output).toContain("cluster1 asks: cluster1, cluster2 and cluster3");
        expect(output).toContain("Requests and rule agree");
        expect(code).toBe(0);
        expect(lab.containers().sort()).toEqual(namesOf(three));
        const all = [...three];
        expect(lab.answering().answered).toEqual({ cluster1: all, cluster2: all, cluster3: all });
        nodes = idsOf(clusterNames);
    });

    test("a second up changes nothing", () => {
        const { code, output } = lab.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
        expect(output).toContain("34 unchanged");
        expect(code).toBe(0);
    });

    test("with 0 replicas in cluster2 the two others answer all", () => {
        lab.set("cluster2RebelBaseReplicas", "0");
        lab.pulumi("up", "--yes", "--skip-preview");
        const others = ["cluster1", "cluster3"];
        expect(lab.answering().answered).toEqual({
            cluster1: others,
            cluster2: others,
            cluster3: others,
        });
    });

    test("sharedService false in cluster1 leaves cluster3 alone to answer both others", () => {
        lab.set("sharedService", "false");
        lab.pulumi("up", "--yes", "--skip-preview");
        expect(lab.answering().answered).toEqual({
            cluster1: ["cluster1", "cluster3"],
            cluster2: ["cluster3"],
            cluster3: ["cluster3"],
        });
    });

    test("a key of the third cluster works, and is told of where there are only two", () => {
        lab.set("cluster3SharedService", "false");
        lab.pulumi("up", "--yes", "--skip-preview");
        expect(lab.answering().answered).toEqual({
            cluster1: ["cluster1"],
            cluster2: [],
            cluster3: ["cluster3"],
        });
        lab.set("clusters", "2");
        const { code, output } = lab.run("up");
        expect(output).toContain("cluster3SharedService is for cluster3, but clusters is 2.");
        expect(code).toBe(2);
        expect(lab.containers()).toHaveLength(3);
    });

    test("clusters 2 deletes the third, and the others stay and forget it", () => {
        lab.pulumi("config", "rm", "cluster3SharedService");
        expect(meshStatus()).toContain("cluster3");
        const { code, output } = lab.run("up");
        expect(output).toContain("Requests and rule agree");
        expect(code).toBe(0);
        expect(lab.containers().sort()).toEqual(namesOf(clusterNames));
        expect(idsOf(clusterNames)).toEqual(nodes);
        expect(existsSync(kubeconfigPath(lab.stack, "cluster3"))).toBe(false);
        expect(existsSync(recordPath(lab.stack, "cluster3"))).toBe(false);
        expect(meshStatus()).toContain("cluster2");
        expect(meshStatus()).not.toContain("cluster3");
        expect(lab.answering().answered).toEqual({ cluster1: ["cluster1"], cluster2: [] });
    });

    test("what a killed up made of a third cluster is gone once the stack has two again", async () => {
        lab.set("clusters", "3");
        const creating = /cluster3: creating the kind cluster/;
        await lab.interrupted("up", [], creating, "SIGKILL");
        expect(existsSync(recordPath(lab.stack, "cluster3"))).toBe(true);
        lab.set("clusters", "2");
        const { code } = lab.run("up");
        expect(code).toBe(0);
        expect(lab.containers().sort()).toEqual(namesOf(clusterNames));
        expect(existsSync(recordPath(lab.stack, "cluster3"))).toBe(false);
    });

    test("clusters 3 adds a third, and the others stay", () => {
        lab.set("clusters", "3");
        const { code, output } = lab.run("up");
        expect(output).toContain("Requests and rule agree");
        expect(code).toBe(0);
        expect(idsOf(clusterNames)).toEqual(nodes);
        expect(lab.answering().answered).toEqual({
            cluster1: ["cluster1", "cluster3"],
            cluster2: ["cluster3"],
            cluster3: ["cluster3"],
        });
    });

    test("the tour says that it is of two", () => {
        const { code, output } = lab.run("tour", "--yes");
        expect(output).toContain("the tour is a story of two clusters");
        expect(code).toBe(2);
    });

    test("down leaves nothing of any of them", () => {
        expect(lab.run("down").code).toBe(0);
        expect(lab.remains()).toEqual([]);
    });
});
