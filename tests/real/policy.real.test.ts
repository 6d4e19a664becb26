import { RealLab, whyNotReal } from "../support/realLab";

const reason = whyNotReal();
const withPulumi = reason === undefined ? describe : describe.skip;

withPulumi(`policy pack with the real Pulumi${reason ? ` (skipped: ${reason})` : ""}`, () => {
    let lab: RealLab;

    // The tests' own config may have images without a digest; a preview pulls none.
    beforeAll(() => {
        lab = new RealLab();
        const digest = `@sha256:${"0".repeat(64)}`;
        lab.configure({ nodeImage: `kindest/node:v1.34.3${digest}` });
        for (const key of ["rebelBase", "xWing", "cilium", "ciliumOperator"]) {
            lab.configure({ [`${key}Image`]: "" });
        }
        lab.configure({ clusterMeshApiserverImage: "" });
        const { code, output } = lab.pulumi("stack", "init");
        expect([code, output]).toEqual([0, output]);
    });

    afterAll(() => lab.remove());

    const preview = () => lab.pulumi("preview", "--policy-pack", "policy");

    test("a preview from nothing keeps every rule", () => {
        const { code, output } = preview();
        expect(output).toContain("✅ cilium-global-services@v0.1.0 (local: policy)");
        expect(output).toContain("25 to create");
        expect(code).toBe(0);
    });

    test("a preview that breaks rules is refused, with one sentence for each", () => {
        lab.set("nodeImage", "kindest/node:v1.34.3");
        lab.set("xWingImage", "curl:8");
        lab.set("ciliumImage", "cilium:1");
        const { code, output } = preview();
        const pin = "without a digest; pin it (name:tag@sha256:…).";
        [
            `cluster1-kind: the node image is kindest/node:v1.34.3 ${pin}`,
            `cluster2-lab-x-wing-deployment: the image of container x-wing is curl:8 ${pin}`,
            `mesh in cluster1: the Helm value image is cilium:1 ${pin}`,
        ].forEach((sentence) => expect(output).toContain(sentence));
        expect(output.match(/\[mandatory\]/g)).toHaveLength(6);
        expect(code).not.toBe(0);
    });
});
