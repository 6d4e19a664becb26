import { RealLab, docker, expectAgreement, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const onRealClusters = reason === undefined ? describe : describe.skip;
const both = { cluster1: ["cluster1", "cluster2"], cluster2: ["cluster1", "cluster2"] };

onRealClusters(`what cannot change in place${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    beforeAll(() => {
        lab = new RealLab();
        expectAgreement(lab.run("up"));
    });

    afterAll(() => lab.remove());

    const id = (cluster: "cluster1" | "cluster2") =>
        docker("inspect", "--format", "{{.Id}}", lab.node(cluster)).stdout;

    test("another podCidr replaces its cluster: the plan says so, and the result answers", () => {
        const before = { cluster1: id("cluster1"), cluster2: id("cluster2") };
        lab.set("podCidr", "10.61.0.0/16");
        const sentence =
            "cluster1 is replaced, with all that is in it: podCidr was 10.1.0.0/16 and is 10.61.0.0/16";
        const plan = lab.pulumi("preview");
        expect(plan.output).toContain(sentence);
        expect(plan.output).not.toContain("cluster2 is replaced");
        expect(id("cluster1")).toBe(before.cluster1);

        const ended = lab.recover("another podCidr, then up", "up");
        expect(ended.output).toContain(sentence);
        expectAgreement(ended);
        expect(id("cluster1")).not.toBe(before.cluster1);
        expect(id("cluster2")).toBe(before.cluster2);
        expect(lab.answering().answered).toEqual(both);
        const { stdout } = lab.kubectl("cluster1", "get", "nodes", "-o", "jsonpath={..podCIDR}");
        expect(stdout).toMatch(/^10\.61\./);
    });

    test("ranges that the clusters swap replace both at once", () => {
        const before = [id("cluster1"), id("cluster2")];
        lab.set("serviceCidr", "10.102.0.0/16");
        lab.set("cluster2ServiceCidr", "10.101.0.0/16");
        const ended = lab.recover("swapped ranges, then up", "up");
        expect(ended.output).toContain("serviceCidr was 10.101.0.0/16 and is 10.102.0.0/16");
        expect(ended.output).toContain(
            "cluster2ServiceCidr was 10.102.0.0/16 and is 10.101.0.0/16",
        );
        expectAgreement(ended);
        expect([id("cluster1"), id("cluster2")].filter((now) => before.includes(now))).toEqual([]);
    });

    test("a stack that is renamed gets clusters of its new name, and keeps none of the old", () => {
        const before = lab.containers();
        const name = `${lab.stack}-new`;
        expect(lab.pulumi("stack", "rename", name).code).toBe(0);
        lab = new RealLab(name);
        expectAgreement(lab.recover("stack renamed, then up", "up"));
        expect(lab.containers().toSorted()).toEqual([lab.node("cluster1"), lab.node("cluster2")]);
        const { stdout } = docker("ps", "--all", "--format", "{{.Names}}");
        expect(before.filter((node) => stdout.split("\n").includes(node))).toEqual([]);
    });

    test("another node image replaces both clusters", () => {
        const before = [id("cluster1"), id("cluster2")];
        const image = `${lab.given("nodeImage").split("@")[0]!.split(":")[0]!}:another`;
        docker("tag", lab.given("nodeImage"), image);
        try {
            lab.set("nodeImage", image);
            const ended = lab.recover("another node image, then up", "up");
            expect(ended.output).toContain(`and is ${image}`);
            expectAgreement(ended);
            const now = [id("cluster1"), id("cluster2")];
            expect(now.filter((one) => before.includes(one))).toEqual([]);
        } finally {
            lab.run("down");
            docker("rmi", image);
        }
    });
});
