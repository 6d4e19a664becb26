import { summary } from "../../../src/commands/upSummary";
import { kubeconfigVariable } from "../../../src/machine/names";
import { shellQuote } from "../../../src/machine/terminal";
import { configWith } from "../../support/defaultConfig";

beforeEach(() => delete process.env.PULUMI_STACK);

const lines = (stack: string, given: Readonly<Record<string, string>>) =>
    summary({ name: stack, config: configWith(given) }).split("\n");

test("after an up a student reads how to ask, what is set and who must answer", () => {
    expect(lines("dev", { rebelBaseReplicas: "0" })).toEqual([
        "Stack dev: cluster1 is kind cluster mesh-dev-cluster1, cluster2 is kind cluster mesh-dev-cluster2",
        "",
        "Try it:",
        `  export KUBECONFIG=${shellQuote(kubeconfigVariable("dev", ["cluster1", "cluster2"]))}   # contexts cluster1, cluster2`,
        "  kubectl --context cluster1 exec deploy/x-wing -- curl -s rebel-base",
        "",
        "Set:",
        "  cluster1: globalService true, sharedService true, serviceAffinity none, rebelBaseReplicas 0",
        "  cluster2: globalService true, sharedService true, serviceAffinity none, rebelBaseReplicas 2",
        "",
        "Must answer:",
        "  cluster1 asks: cluster2 only",
        "    cluster1 has no backends: rebelBaseReplicas is 0",
        "  cluster2 asks: cluster2 only",
        "    cluster1 has no backends: rebelBaseReplicas is 0",
        "",
        "Next: npm run pulumi -- config set sharedService false, then npm run up",
        "All files of the stack: .lab/stacks/dev",
    ]);
});

test.each([
    ["dev", "true", "Next: npm run pulumi -- config set sharedService false, then npm run up"],
    ["dev", "false", "Next: npm run pulumi -- config set sharedService true, then npm run up"],
    [
        "ci",
        "true",
        "Next: npm run pulumi -- config set sharedService false --stack ci, then npm run up -- --stack ci",
    ],
])("stack %s with sharedService %s says what to try next", (stack, sharedService, next) => {
    expect(lines(stack, { sharedService })).toContain(next);
});

test("where the clusters run different Ciliums, each says its own", () => {
    const text = lines("dev", { cluster2CiliumVersion: "1.19.7" });
    expect(text.filter((line) => line.includes(", Cilium "))).toEqual([
        expect.stringMatching(/^  cluster1: .*, Cilium 1\.20\.2$/),
        expect.stringMatching(/^  cluster2: .*, Cilium 1\.19\.7$/),
    ]);
});

test("a cluster of the user's is called by its context", () => {
    const given = {
        clusterProvider: "existing",
        kubeconfigContext: "east",
        cluster2KubeconfigContext: "west",
    };
    expect(lines("dev", given)[0]).toBe(
        "Stack dev: cluster1 is your context east, cluster2 is your context west",
    );
});
