import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ProblemsError } from "../../../src/config/problem";
import { localMachine } from "../../../src/machine/machine";
import { Preflight, preflight } from "../../../src/mesh/preflight";
import { configWith } from "../../support/defaultConfig";
import { labAnswers, mockPulumi, valueOf } from "../../support/pulumiMocks";

jest.mock("../../../src/mesh/preflight");
const checked = jest.mocked(preflight);

const mocks = mockPulumi();
const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();

beforeEach(() => {
    mocks.clear();
    warn.mockClear();
    checked.mockReset().mockResolvedValue({
        tokens: { cluster1: "a", cluster2: "b" },
        nodeImage: "node:1",
        warnings: [],
    });
    pulumi.runtime.setAllConfig({});
});

/** Runs what Pulumi runs, to the end. */
async function runIndex(): Promise<Record<string, unknown>> {
    const main = jest.requireActual<() => Promise<Record<string, unknown>>>("../../..");
    try {
        return await main();
    } finally {
        await mocks.settle();
    }
}

/** Names of all that was made. */
function made(): string[] {
    return mocks.all().map(({ name }) => name);
}

test("nothing happens when the program is loaded", async () => {
    jest.requireActual("../../..");
    await mocks.settle();
    expect(made()).toEqual([]);
    expect(checked).not.toHaveBeenCalled();
});

test("the machine is checked with the stack's config before anything is made", async () => {
    pulumi.runtime.setAllConfig({
        "cilium-global-services:xWingReplicas": "3",
        "kubernetes:context": "mine",
    });
    checked.mockImplementation(async () => {
        await mocks.settle();
        expect(made()).toEqual([]);
        return { tokens: { cluster1: "a", cluster2: "b" }, nodeImage: "node:1", warnings: [] };
    });
    await runIndex();
    expect(checked.mock.calls).toEqual([
        [
            "test",
            configWith({ xWingReplicas: "3" }),
            { preview: false, keepSilent: false },
            localMachine,
        ],
    ]);
    expect(made()).toHaveLength(24);
});

test("the run's timeline gets the program's own steps and what was made in each cluster", async () => {
    const folder = mkdtempSync(join(tmpdir(), "timeline-"));
    process.env.LAB_TIMELINE = join(folder, "timeline.jsonl");
    try {
        await runIndex();
        const lines = readFileSync(process.env.LAB_TIMELINE, "utf8").trimEnd().split("\n");
        const steps = lines.map((line) => JSON.parse(line) as { name: string; cluster?: string });
        expect(steps.map(({ name, cluster }) => [name, cluster].join(" ").trim()).sort()).toEqual([
            "helm cluster1",
            "helm cluster2",
            "objects cluster1",
            "objects cluster2",
            "preflight",
            "program",
        ]);
    } finally {
        delete process.env.LAB_TIMELINE;
        rmSync(folder, { recursive: true });
    }
});

test("where the clusters are there already, none is made, and all goes into them", async () => {
    const target = { kubeconfig: "k", identity: "uid", labels: {}, values: {} };
    const existing = { cluster1: target, cluster2: target };
    const tokens = {} as Preflight["tokens"];
    checked.mockResolvedValue({ tokens, existing, nodeImage: "node:1", warnings: [] });
    const outputs = await runIndex();
    expect(made()).toContain("cluster1-lab-rebel-base-service");
    expect(made()).not.toContain("cluster1-kind");
    expect(outputs.kindClusters).toEqual({});
});

test("the stack's outputs come from the same config and the clusters that were made", async () => {
    pulumi.runtime.setAllConfig({ "cilium-global-services:sharedService": "false" });
    const outputs = await runIndex();
    expect(outputs.kindClusters).toEqual({
        cluster1: "mesh-test-cluster1",
        cluster2: "mesh-test-cluster2",
    });
    expect(outputs.expected).toEqual({
        cluster1: ["cluster1", "cluster2"],
        cluster2: ["cluster2"],
    });
    const { cluster1 } = outputs.kubeconfigs as Record<string, pulumi.Output<string>>;
    expect(await valueOf(cluster1!)).toBe("stdout of cluster1-kind");
});

test("the clusters get the tokens of the preflight", async () => {
    await runIndex();
    const tokens = ["cluster1", "cluster2"].map((cluster) => {
        const { inputs } = mocks.find("command:local:Command", `${cluster}-kind`);
        return (JSON.parse(inputs.stdin as string) as { spec: { token: string } }).spec.token;
    });
    expect(tokens).toEqual(["a", "b"]);
});

test("what may go wrong is a warning with its fix", async () => {
    checked.mockResolvedValue({
        tokens: { cluster1: "a", cluster2: "b" },
        nodeImage: "node:1",
        warnings: [{ message: "It may fail.", fix: "mend it" }],
    });
    await runIndex();
    expect(warn.mock.calls).toEqual([["It may fail. Fix: mend it"]]);
});

test.each<[string, () => void, RegExp]>([
    [
        "config",
        () => pulumi.runtime.setAllConfig({ "cilium-global-services:sharedServcie": "false" }),
        /sharedServcie is not a config key of this project; did you mean sharedService\?/,
    ],
    [
        "machine",
        () => checked.mockRejectedValue(new ProblemsError([{ message: "no docker" }])),
        /no docker/,
    ],
])(
    "a %s that is wrong ends the program in plain words, and nothing is made",
    async (_, set, text) => {
        set();
        const error: unknown = await runIndex().catch((reason: unknown) => reason);
        expect(pulumi.RunError.isInstance(error)).toBe(true);
        expect((error as Error).message).toMatch(text);
        expect(made()).toEqual([]);
    },
);

test("in a preview the machine is told so", async () => {
    const previewMocks = mockPulumi(labAnswers, { preview: true });
    await runIndex();
    await previewMocks.settle();
    expect(checked.mock.calls[0]![2]).toEqual({ preview: true, keepSilent: false });
});
