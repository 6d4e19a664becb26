import { spawnSync } from "node:child_process";
import { gunzipSync, gzipSync } from "node:zlib";
import { kubeconfigPath } from "../../src/machine/names";
import { RealLab, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;
const hasHelm = spawnSync("helm", ["version"]).status === 0;
const withHelm = hasHelm ? test : test.skip;
const whyNotHelm = hasHelm ? "" : " (skipped: there is no helm)";
const both = { cluster1: ["cluster1", "cluster2"], cluster2: ["cluster1", "cluster2"] };

type Cluster = "cluster1" | "cluster2";

onRealClusters(`drift on real clusters${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
        const { code, output } = lab.run("up");
        if (code !== 0) {
            throw new Error(output);
        }
    });

    afterAll(() => lab.remove());

    /** Expects verify to name what is wrong, one up to put it back, and verify to agree and name nothing then. */
    function expectMended(fault: string, sentences: readonly string[]): void {
        const named = lab.run("verify", "--within", "0").output;
        sentences.forEach((sentence) => expect(named).toContain(sentence));
        const { code, output, seconds } = lab.run("up");
        expect(output).toContain("Not as the stack makes it, and put back now:");
        expect(output).toContain("Requests and rule agree");
        expect(code).toBe(0);
        const { answered, result } = lab.answering();
        expect({ answered, differences: result.differences, drift: result.drift }).toEqual({
            answered: both,
            differences: [],
            drift: [],
        });
        process.stdout.write(`recovered: ${fault}: ${seconds.toFixed(0)} s\n`);
    }

    test("an up without drift compares with the state alone", () => {
        const { code, output, seconds } = lab.run("up");
        expect(output).toContain("25 unchanged");
        expect(output).not.toContain("put back");
        expect(code).toBe(0);
        process.stdout.write(`nothing to recover: ${seconds.toFixed(1)} s\n`);
    });

    const sharedFalse = "annotate --overwrite service/rebel-base service.cilium.io/shared=false";
    test.each([
        [
            "a changed annotation",
            "cluster1",
            sharedFalse,
            "sharedService is true in the config and false live",
            /Service cluster1-lab-rebel-base-service +update/,
        ],
        [
            "a scaled Deployment",
            "cluster2",
            "scale deployment/rebel-base --replicas=1",
            "cluster2RebelBaseReplicas is 2 in the config and 1 live",
            /Deployment cluster2-lab-rebel-base-deployment +update/,
        ],
        [
            "a deleted Deployment",
            "cluster2",
            "delete deployment/x-wing",
            "cluster2: Deployment x-wing is not there",
            /Deployment cluster2-lab-x-wing-deployment +create/,
        ],
        [
            "a deleted Service",
            "cluster1",
            "delete service/rebel-base",
            "cluster1: Service rebel-base is not there",
            /Service cluster1-lab-rebel-base-service +create/,
        ],
        [
            "a deleted ConfigMap",
            "cluster1",
            "delete configmap/rebel-base-response",
            "cluster1: ConfigMap rebel-base-response is not there",
            /ConfigMap cluster1-lab-rebel-base-response-configmap +create/,
        ],
    ] as const)(
        "an object of the lab: %s shows in a preview with --refresh and is put back by up",
        (fault, cluster, change, sentence, planned) => {
            expect(lab.kubectl(cluster, ...change.split(" ")).code).toBe(0);
            expect(lab.pulumi("preview", "--refresh").output).toMatch(planned);
            expectMended(fault, [sentence]);
        },
    );

    test("an object of the lab: an annotation that the stack never set is taken off", () => {
        lab.kubectl(
            "cluster2",
            "annotate",
            "service/rebel-base",
            "service.cilium.io/affinity=local",
        );
        expectMended("an added annotation", [
            "cluster2: Service rebel-base: the annotation service.cilium.io/affinity is not the stack's",
        ]);
    });

    withHelm(`the release: an upgrade by hand is undone${whyNotHelm}`, () => {
        const [chart, version] = [lab.given("ciliumChart"), lab.given("ciliumVersion")];
        const repository = chart.includes("/")
            ? []
            : ["--repo", lab.given("ciliumChartRepository")];
        const source = [chart, "--version", version, ...repository];
        helm(
            "cluster1",
            "upgrade",
            "cilium",
            ...source,
            "--reuse-values",
            "--set",
            "debug.enabled=true",
        );
        expectMended("Cilium upgraded by hand", [
            "cluster1: Cilium's Helm release was changed by hand (revision 2)",
        ]);
    });

    withHelm(`the release: a Cilium that was uninstalled is installed again${whyNotHelm}`, () => {
        helm("cluster2", "uninstall", "cilium", "--wait");
        expectMended("Cilium uninstalled", ["cluster2: Cilium's Helm release is not there"]);
    });

    test("the release: the mesh's secrets that were deleted are made again", () => {
        const secrets = ["cilium-ca", "cilium-clustermesh", "clustermesh-apiserver-server-cert"];
        lab.kubectl("cluster2", "-n", "kube-system", "delete", "secret", ...secrets);
        expectMended(
            "the mesh's secrets deleted",
            secrets.map((name) => `cluster2: Cilium's Secret ${name} is not there`),
        );
    });

    test.each(["pending-upgrade", "pending-install"])(
        "the release: one that is %s since its Helm was killed is made anew",
        (status) => {
            setReleaseStatus("cluster1", status);
            expectMended(`a release left ${status}`, [
                `cluster1: Cilium's Helm release is ${status} (revision 1)`,
            ]);
        },
    );

    function helm(cluster: Cluster, ...args: string[]): void {
        const access = ["--kubeconfig", kubeconfigPath(lab.stack, cluster), "-n", "kube-system"];
        const { status, stderr } = spawnSync("helm", [...access, ...args], { encoding: "utf8" });
        if (status !== 0) {
            throw new Error(stderr);
        }
    }

    /** Leaves Cilium's release as a Helm that was killed does. */
    function setReleaseStatus(cluster: Cluster, status: string): void {
        const selector = "owner=helm,name=cilium,status=deployed";
        const found = lab.kubectl(
            cluster,
            ...["-n", "kube-system", "get", "secret", "-l", selector, "-o", "json"],
        );
        const secret = (JSON.parse(found.stdout) as { items: ReleaseSecret[] }).items[0]!;
        const zipped = Buffer.from(secret.data.release, "base64").toString();
        const release = gunzipSync(Buffer.from(zipped, "base64")).toString();
        const pending = gzipSync(release.replace(/"status":"deployed"/, `"status":"${status}"`));
        secret.data.release = Buffer.from(pending.toString("base64")).toString("base64");
        secret.metadata.labels.status = status;
        const replace = ["replace", "--kubeconfig=/etc/kubernetes/admin.conf", "-f", "-"];
        const args = ["exec", "-i", lab.node(cluster), "kubectl", ...replace];
        const input = JSON.stringify(secret);
        const { status: code, stderr } = spawnSync("docker", args, { input, encoding: "utf8" });
        if (code !== 0) {
            throw new Error(stderr);
        }
    }
});

interface ReleaseSecret {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly data: { release: string };
}
