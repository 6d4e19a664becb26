import { existsSync, rmSync } from "node:fs";
import { kubeconfigPath } from "../../src/machine/names";
import { RealLab, docker, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;
const both = { cluster1: ["cluster1", "cluster2"], cluster2: ["cluster1", "cluster2"] };

onRealClusters(`faults on real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
    });

    afterAll(() => lab.remove());

    test("an image that cannot be pulled is named long before the wait ends, and up goes on once it is corrected", () => {
        const image = "docker.io/lab/absent:none";
        lab.configure({ xWingImage: image });
        const { code, output, seconds } = lab.run("up");
        expect(code).toBe(1);
        expect(output).toMatch(
            /cluster\d is stuck: x-wing-\S+ \(x-wing\) in default: ImagePullBackOff/,
        );
        expect(output).toContain(image);
        process.stdout.write(`named after ${seconds.toFixed(0)} s\n`);

        lab.set("xWingImage", lab.given("xWingImage"));
        const again = lab.run("up");
        expect(again.output).toContain("Requests and rule agree");
        expect(again.code).toBe(0);
    });

    test("a cluster that was deleted behind Pulumi's back is made again by the same up", () => {
        docker("rm", "--force", "--volumes", lab.node("cluster1"));
        const { code, output } = lab.run("up");
        expect(output).toContain(`${lab.kind("cluster1")} has vanished; it is created again`);
        expect(output).toContain("Requests and rule agree");
        expect(code).toBe(0);
        expect(lab.answering().answered).toEqual(both);
    });

    test("nodes that come back with swapped addresses mesh again by themselves", () => {
        const address = (cluster: "cluster1" | "cluster2") =>
            docker(
                "inspect",
                "--format",
                "{{.NetworkSettings.Networks.kind.IPAddress}}",
                lab.node(cluster),
            ).stdout.trim();
        const old = [address("cluster1"), address("cluster2")];
        docker("stop", lab.node("cluster1"), lab.node("cluster2"));
        docker("start", old[0]! < old[1]! ? lab.node("cluster2") : lab.node("cluster1"));
        const { code, output } = lab.run("up");
        expect([address("cluster1"), address("cluster2")]).toEqual(old.reverse());
        expect(output).toContain("starting its node");
        expect(output).not.toContain("created again");
        const proof = lab.run("verify", "--within", "300");
        expect(proof.output).toContain("Requests and rule agree");
        expect([0, 1]).toContain(code);
    });

    test("a paused node is unpaused", () => {
        docker("pause", lab.node("cluster2"));
        const { output } = lab.run("up");
        expect(output).toContain("unpausing its node");
        expect(lab.answering().answered).toEqual(both);
    });

    test("a lost kubeconfig file is rewritten", () => {
        const path = kubeconfigPath(lab.stack, "cluster1");
        rmSync(path);
        expect(lab.pulumi("preview").code).toBe(0);
        expect(existsSync(path)).toBe(true);
    });

    test("a state that was lost while the clusters run is made anew", () => {
        lab.pulumi("stack", "rm", "--force", "--yes", "--preserve-config");
        const { code, output } = lab.run("up");
        expect(output).toContain("Requests and rule agree");
        expect(code).toBe(0);
    });

    test("down deletes clusters that no state knows", () => {
        lab.pulumi("stack", "rm", "--force", "--yes", "--preserve-config");
        const { code, output } = lab.run("down");
        expect(output).toContain(`deleting ${lab.kind("cluster1")}`);
        expect(code).toBe(0);
        expect(lab.containers()).toEqual([]);
    });

    test("a kind cluster of that name that the stack did not make stays untouched", () => {
        lab.makeForeign("cluster1");
        const { code, output } = lab.run("up");
        expect(output).toContain(
            `a kind cluster ${lab.kind("cluster1")} exists that this stack did not make`,
        );
        expect(output).not.toContain("at Object.");
        expect(code).not.toBe(0);
        expect(lab.run("down").code).toBe(0);
        expect(lab.containers()).toEqual([lab.node("cluster1")]);
        docker("rm", "--force", lab.node("cluster1"));
    });
});
