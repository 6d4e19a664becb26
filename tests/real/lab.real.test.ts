import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { kubeconfigPath, stackFolder } from "../../src/machine/names";
import { RealLab, docker, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;

onRealClusters(`the lab on real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    const userKubeconfig = join(homedir(), ".kube", "config");
    const before = existsSync(userKubeconfig) ? readFileSync(userKubeconfig, "utf8") : undefined;
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
    });

    afterAll(() => lab.remove());

    test("up makes two meshed clusters and proves that both answer both", () => {
        const { code, output } = lab.run("up");
        expect(output).toContain("Requests and rule agree");
        expect(output).toContain(`cluster1 is kind cluster ${lab.kind("cluster1")}`);
        expect(code).toBe(0);
        expect(lab.containers().sort()).toEqual([lab.node("cluster1"), lab.node("cluster2")]);
    });

    test("the user's own kubeconfig stays as it was, and the lab's can only be read by its owner", () => {
        const after = existsSync(userKubeconfig) ? readFileSync(userKubeconfig, "utf8") : undefined;
        expect(after).toBe(before);
        expect(statSync(kubeconfigPath(lab.stack, "cluster1")).mode & 0o777).toBe(0o600);
    });

    test("API servers listen on the loopback only", () => {
        const { stdout } = docker("port", lab.node("cluster1"), "6443/tcp");
        expect(stdout.trim()).toMatch(/^127\.0\.0\.1:\d+$/);
    });

    test("a second up changes nothing", () => {
        const { code, output } = lab.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
        expect(output).toContain("25 unchanged");
        expect(code).toBe(0);
    });

    test("the CA key and the kubeconfigs are nowhere in clear in the state", () => {
        const { stdout } = lab.pulumi("stack", "export");
        expect(stdout).toContain("cluster1-kind");
        expect(stdout).not.toContain("PRIVATE KEY");
        expect(stdout).not.toContain(Buffer.from("-----BEGIN").toString("base64").slice(0, 12));
        expect(stdout).not.toContain("certificate-authority-data");
        expect(stdout).not.toContain("client-key-data");
    });

    test("sharedService false hides cluster1 from cluster2's clients, not from its own", () => {
        lab.set("sharedService", "false");
        const { output } = lab.pulumi("up", "--yes", "--skip-preview");
        expect(output).toContain("1 updated");
        expect(lab.answering().answered).toEqual({
            cluster1: ["cluster1", "cluster2"],
            cluster2: ["cluster2"],
        });
    });

    test("legacy annotations say the same", () => {
        lab.set("legacyAnnotations", "true");
        lab.pulumi("up", "--yes", "--skip-preview");
        const { answered, result } = lab.answering();
        expect(result.differences).toEqual([]);
        expect(answered).toEqual({ cluster1: ["cluster1", "cluster2"], cluster2: ["cluster2"] });
    });

    test("an exercise sets every lab key: failover leaves cluster2 alone to answer", () => {
        const { code, output } = lab.run("up", "--exercise", "failover");
        expect(output).toContain("pulumi config rm sharedService");
        expect(code).toBe(0);
        expect(lab.answering().answered).toEqual({
            cluster1: ["cluster2"],
            cluster2: ["cluster2"],
        });
    });

    test("nobody answers where the rule says nobody", () => {
        lab.set("cluster2RebelBaseReplicas", "0");
        lab.pulumi("up", "--yes", "--skip-preview");
        expect(lab.answering().answered).toEqual({ cluster1: [], cluster2: [] });
    });

    test("a change by hand is named by verify and mended by up --refresh", () => {
        lab.set("legacyAnnotations", "false");
        lab.run("up", "--exercise", "baseline");
        lab.kubectl("cluster1", "scale", "deployment/rebel-base", "--replicas=0");
        lab.kubectl(
            "cluster2",
            "annotate",
            "--overwrite",
            "service/rebel-base",
            "service.cilium.io/shared=false",
        );
        const { answered, result } = lab.answering();
        expect(answered).toEqual({ cluster1: [], cluster2: ["cluster2"] });
        expect(result.differences).toEqual([
            { cluster: "cluster1", key: "rebelBaseReplicas", config: "2", live: "0" },
            { cluster: "cluster2", key: "cluster2SharedService", config: "true", live: "false" },
        ]);
        lab.pulumi("up", "--yes", "--skip-preview", "--refresh");
        expect(lab.answering().result.differences).toEqual([]);
    });

    test("the tour agrees at every step and gives the stack its own settings back", () => {
        lab.set("serviceAffinity", "remote");
        const { code, output } = lab.run("tour", "--yes");
        process.stdout.write(`${output.slice(output.lastIndexOf("\nstep"))}\n`);
        expect(output).not.toContain("DISAGREE");
        expect(output.match(/ agrees$/gm)!.length).toBeGreaterThanOrEqual(10);
        expect(output).toContain("pulumi config set serviceAffinity remote");
        expect(code).toBe(0);
        expect(existsSync(join(stackFolder(lab.stack), "tour.html"))).toBe(true);
        expect(lab.answering().answered).toEqual({
            cluster1: ["cluster2"],
            cluster2: ["cluster1", "cluster2"],
        });
    });

    test("a tour that is interrupted gives the settings back at once, and goes on afterwards", async () => {
        lab.set("serviceAffinity", "remote");
        const { code, output } = await lab.interrupted(
            "tour",
            ["--yes"],
            /Step 4 of \d+/,
            "SIGINT",
        );
        expect(output).toContain("Restoring the settings from before the tour");
        expect(code).toBe(130);
        const { answered, result } = lab.answering();
        expect(result.differences).toEqual([]);
        expect(answered.cluster1).toEqual(["cluster2"]);
        expect(lab.run("tour", "--yes").output).toContain("Going on after step 3");
    });

    test("down leaves no container, state or kubeconfig", () => {
        const { code } = lab.run("down");
        expect(code).toBe(0);
        expect(lab.containers()).toEqual([]);
        expect(existsSync(stackFolder(lab.stack))).toBe(false);
        expect(lab.pulumi("stack", "export").code).not.toBe(0);
    });

    test("down once more is no error", () => {
        expect(lab.run("down").code).toBe(0);
    });
});
