import { reportJson } from "../../../../src/proof/experiment/json";
import { experimentLines } from "../../../../src/proof/experiment/text";
import { experimentsHtml, shownRun } from "../../../../src/proof/report/experiment";
import { sampleExperiments } from "../../../support/sampleExperiments";

test("one run is told with its numbers, who must answer in the end below them", async () => {
    const { experiments } = await sampleExperiments(["scale-to-0"], { arrivalMs: 700, runs: 1 });
    expect(experimentLines(experiments[0]!)).toEqual([
        "scale-to-0: no rebel-base in cluster1 any more",
        "",
        "rebelBaseReplicas 2 → 0: 1 run, made in 0.0 ms, watched for 11.0 s",
        "asked from  requests  failed  timed out  longest gap  last wrong answer  first new answer  last failure",
        "cluster1    110       0       0          0.1 s        0.6 s              -                 -",
        "cluster2    110       0       0          0.1 s        0.6 s              -                 -",
        "  cluster1 in the end: cluster2 only",
        "  cluster2 in the end: cluster2 only",
        "",
        "rebelBaseReplicas 0 → 2: 1 run, made in 0.0 ms, watched for 11.0 s",
        "asked from  requests  failed  timed out  longest gap  last wrong answer  first new answer  last failure",
        "cluster1    110       0       0          0.1 s        -                  0.7 s             -",
        "cluster2    110       0       0          0.1 s        -                  0.7 s             -",
        "  cluster1 in the end: cluster1 and cluster2",
        "  cluster2 in the end: cluster1 and cluster2",
    ]);
});

test("failures that the rule has for good go on; those of several runs are medians", async () => {
    const { experiments } = await sampleExperiments(["outage"], { arrivalMs: 0 });
    const lines = experimentLines(experiments[0]!);
    expect(lines[2]).toBe("outage none → cluster2: 3 runs, made in 0.0 ms, watched for 3 min 0 s");
    expect(lines[4]).toMatch(/^cluster1 {4}1800 +900 +900 .* goes on$/);
    expect(lines.at(-1)).toBe("  cluster1 in the end: cluster1 and cluster2");
});

test("what did not come right is said, as is what kept a client from asking", async () => {
    const { experiments } = await sampleExperiments(["scale-to-0"], { arrivalMs: 0, runs: 1 });
    const [first] = experiments;
    const [, back] = first!.measurements;
    const [run] = back!.runs;
    const lines = experimentLines({
        ...first!,
        from: ["clusterMeshCacheTtl 30s"],
        troubles: ["cluster1 asked nothing for a while: the connection broke"],
        measurements: [
            {
                ...back!,
                runs: [
                    {
                        ...run!,
                        isSettled: false,
                        clients: run!.clients.map((one, i) =>
                            i === 0 ? { ...one, missing: ["cluster1"], unclear: 2 } : one,
                        ),
                    },
                ],
            },
        ],
    });
    expect(lines[0]).toContain(" (with clusterMeshCacheTtl 30s)");
    expect(lines[2]).toContain("not right for good by then in 1 run");
    expect(lines.slice(-3)).toEqual([
        "  cluster1 got no answer of cluster1 by the end",
        "  cluster1: 2 requests unclear: cut off, without a name, or answered by something else",
        "\ncluster1 asked nothing for a while: the connection broke.",
    ]);
});

test("as JSON all numbers are there by run and together, without the single requests", async () => {
    const report = await sampleExperiments(["scale-to-0"], { arrivalMs: 700, runs: 2 });
    const json = JSON.parse(JSON.stringify(reportJson(report))) as object;
    expect(json).toMatchObject({
        stack: "dev",
        experiments: [
            {
                name: "scale-to-0",
                measurements: [
                    {
                        change: "rebelBaseReplicas 2 → 0",
                        runs: [{ changeMs: 0, isSettled: true }, {}],
                        clients: [
                            {
                                client: "cluster1",
                                mustAnswer: ["cluster2"],
                                summary: { lastWrongMs: { count: 2 }, firstNewMs: null },
                                runs: [{ failed: 0, missing: [] }, {}],
                            },
                            {},
                        ],
                    },
                    {},
                ],
            },
        ],
    });
    expect(JSON.stringify(json)).not.toContain("milliseconds");
});

test("the page has a picture of every change, with the change where it was", async () => {
    const report = await sampleExperiments(["scale-to-0"], { arrivalMs: 700, runs: 1 });
    const html = experimentsHtml(report);
    expect(html.match(/<svg class="strip"/g)).toHaveLength(4);
    expect(html.match(/<path class="mark"/g)).toHaveLength(4);
    expect(html).toContain('<span class="changed" style="left: 31.25%">change</span>');
    expect(experimentsHtml({ ...report, experiments: [] })).toContain("Nothing was measured.");
});

test("of several runs the one in the middle is shown", async () => {
    const { experiments } = await sampleExperiments(["scale-to-0"], { arrivalMs: 700 });
    const [run] = experiments[0]!.measurements[0]!.runs;
    const runs = [900, 100, 500].map((lastWrongMs) => ({
        ...run!,
        clients: [{ ...run!.clients[0]!, lastWrongMs }],
    }));
    expect(shownRun(runs)).toBe(runs[2]);
});
