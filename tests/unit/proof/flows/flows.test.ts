import { CannotAskError } from "../../../../src/config/errors";
import { Side } from "../../../../src/lab/whoAnswers";
import { flows } from "../../../../src/proof/flows/flows";
import { flowsText } from "../../../../src/proof/flows/text";
import { Outages } from "../../../../src/proof/verify/liveMesh";
import { configWith } from "../../../support/defaultConfig";
import {
    FakeHubbleOptions,
    address,
    backendEnd,
    fakeHubbleMesh,
} from "../../../support/fakeHubble";
import { fakeTime } from "../../../support/fakeTime";
import { FlowLine, backendNotFound, lostLine, policyDenied } from "../../../support/flowLines";
import { sideOf } from "../../../support/sides";

const usual = "g s a=- r=2";

interface Shown extends FakeHubbleOptions {
    readonly requests?: number;
    readonly sinceSeconds?: number;
    readonly outages?: Outages;
}

async function show(one: string, two: string, { requests = 4, ...options }: Shown = {}) {
    const sides: Side[] = [sideOf("cluster1", one), sideOf("cluster2", two)];
    const { apis, commands } = fakeHubbleMesh(sides, options);
    const result = await flows({
        stack: "dev",
        config: configWith(),
        apis,
        outages: options.outages ?? {},
        time: fakeTime(),
        requests,
        sinceSeconds: options.sinceSeconds,
    });
    return { result, commands, text: flowsText(result, 20) };
}

/** The table of all requests, below the single ones. */
function summary(text: string): string[] {
    const lines = text.split("\n");
    const from = lines.findIndex((line) => line.startsWith("asked from"));
    return lines.slice(from, from + 3);
}

test("each request is a line: when, which pod asked, which pod of which cluster was given it", async () => {
    const { text } = await show(usual, usual);
    expect(text.split("\n").slice(0, 5)).toEqual([
        "time (UTC)    asked from                 went to                 what became of it",
        "12:00:00.000  cluster1  x-wing-cluster1  cluster1  rebel-base-0  arrived",
        "12:00:00.001  cluster1  x-wing-cluster1  cluster1  rebel-base-1  arrived",
        "12:00:00.002  cluster1  x-wing-cluster1  cluster2  rebel-base-0  arrived",
        "12:00:00.003  cluster1  x-wing-cluster1  cluster2  rebel-base-1  arrived",
    ]);
});

test("flows, answers and rule stand side by side, and agree", async () => {
    const { text, result } = await show(usual, "g s=false a=- r=2");
    expect(summary(text)).toEqual([
        "asked from  went to cluster1  went to cluster2  to no pod  answers                 must answer            verdict",
        "cluster1    4 arrived         -                 -          4 cluster1              cluster1 only          agrees",
        "cluster2    2 arrived         2 arrived         -          2 cluster1, 2 cluster2  cluster1 and cluster2  agrees",
    ]);
    expect(text).toContain(
        "cluster1 asks: cluster2 keeps its backends to itself: cluster2SharedService is false",
    );
    expect(text).toMatch(/Flows and rule agree; npm run verify proves it by the answers\.$/);
    expect(result.clients.map(({ agrees }) => agrees)).toEqual([true, true]);
});

test("what a policy drops is told with the cluster, the reason and the timeouts that come of it", async () => {
    const { text } = await show(`${usual} p=cluster1`, usual);
    expect(text).toContain("cluster1  rebel-base-0  dropped in cluster1: policy denied");
    expect(summary(text)[2]).toBe(
        "cluster2    2 dropped (policy denied)  2 arrived         -          2 cluster2, 2 failed    cluster2 only, cluster1 times out  agrees",
    );
});

test("without any backend there is no flow: that is told, and how it comes", async () => {
    const { text, result } = await show("g s a=- r=0", "g s a=- r=0");
    expect(text).toContain("No request to rebel-base was seen.");
    expect(summary(text)[1]).toBe(
        "cluster1    -                 -                 4 without a flow  4 failed  nobody       agrees",
    );
    expect(text).toContain(
        "cluster1: 4 of 4 requests left no flow, as where the Service has no backend: Cilium itself refuses them in the client's node and reports no drop",
    );
    expect(result.clients.map(({ agrees }) => agrees)).toEqual([true, true]);
});

test("flows that Hubble has lost are no contradiction, and are told", async () => {
    const { text, result } = await show(usual, usual, {
        seen: (_, lines) => lines.slice(1),
        noise: [lostLine(5), "level=info msg=x"],
    });
    expect(text).toContain("left no flow that was still there to read");
    expect(text).toContain("Hubble has lost 10 events; counts may be too small.");
    expect(text).toContain("2 lines of Hubble were no flows.");
    expect(result.clients.map(({ agrees }) => agrees)).toEqual([true, true]);
});

test("a request that went where the rule sends none contradicts it, whatever the answers say", async () => {
    const { text, result } = await show(usual, "g s=false a=- r=2", {
        seen: (cluster, lines) =>
            cluster === "cluster1"
                ? lines.map((line, index) =>
                      index === 0 ? { ...line, to: backendEnd("cluster2", 0) } : line,
                  )
                : lines,
    });
    expect(result.clients.map(({ agrees }) => agrees)).toEqual([false, true]);
    expect(text).toMatch(/Flows and rule DISAGREE\.$/);
});

test.each<[string, Partial<FlowLine>]>([
    ["a drop in a cluster that must answer", { drop: policyDenied }],
    [
        "a Service without a backend, where there are some",
        { drop: backendNotFound, to: { ip: address.service("cluster1"), port: 80 } },
    ],
])("%s contradicts the rule", async (_, change) => {
    const { result } = await show(usual, usual, {
        seen: (cluster, lines) =>
            cluster === "cluster1"
                ? lines.map((line, index) => (index === 0 ? { ...line, ...change } : line))
                : lines,
    });
    expect(result.clients.map(({ agrees }) => agrees)).toEqual([false, true]);
});

test("what goes to a dead cluster is sent and not seen to arrive, and the cluster is named with its reason", async () => {
    const { text, result } = await show(usual, `${usual} o=kept`, {
        down: (cluster) => (cluster === "cluster2" ? "its node is paused" : undefined),
        outages: { cluster2: "kept" },
    });
    expect(summary(text)[1]).toContain("2 arrived         2 sent, not seen to arrive");
    expect(result.unread).toEqual([{ cluster: "cluster2", reason: "its node is paused" }]);
    expect(text).toContain("Not read:\n  cluster2: its node is paused");
    expect(result.clients.map(({ agrees }) => agrees)).toEqual([true, undefined]);
});

test("flows from before its own requests are shown without a verdict: they may be of other settings", async () => {
    const { result, commands, text } = await show(usual, usual, { sinceSeconds: 30 });
    expect(commands[0]).toEqual(expect.arrayContaining(["--since", "30s"]));
    expect(result.clients.map(({ agrees }) => agrees)).toEqual([undefined, undefined]);
    expect(text).not.toMatch(/verdict|agree/i);
});

test("without requests nothing is sent, and there are no answers", async () => {
    const sent: number[] = [];
    const { text } = await show(usual, usual, {
        requests: 0,
        sinceSeconds: 30,
        onExec: (_, requests) => void sent.push(requests),
    });
    expect(sent).toEqual([]);
    expect(text).not.toContain("answers");
});

test("the agent is asked for the opening packets of x-wing pods alone, since the first own request", async () => {
    const { commands } = await show(usual, usual);
    expect(commands).toHaveLength(2);
    expect(commands[0]!.join(" ")).toBe(
        "cilium-agent hubble observe --output jsonpb --protocol tcp --tcp-flags SYN --last 5000 --since 2s --from-ip 10.1.0.10 --from-ip 10.2.0.10",
    );
});

test("one agent without a Hubble is told with what brings it, and the other is read all the same", async () => {
    const stderr =
        "failed to connect to 'unix:///var/run/cilium/hubble.sock': connection error: no such file or directory";
    const { result } = await show(usual, usual, {
        hubble: (cluster) => (cluster === "cluster2" ? { code: 1, stdout: "", stderr } : undefined),
    });
    expect(result.unread).toEqual([
        { cluster: "cluster2", reason: "its agent has no Hubble yet; npm run up brings it" },
    ]);
    expect(result.flows.length).toBeGreaterThan(0);
});

test("what an agent says instead of flows is told without its commands to the terminal", async () => {
    const { result } = await show(usual, usual, {
        hubble: (cluster) =>
            cluster === "cluster1"
                ? { code: 2, stdout: "", stderr: "\u001b[31mboom\u0007\nmore" }
                : undefined,
    });
    expect(result.unread).toEqual([
        {
            cluster: "cluster1",
            reason: "hubble in cilium-7xk2p ends with exit code 2: boom\\u0007 more",
        },
    ]);
});

test("where no agent tells, or nobody can ask, that is an error with its reason", async () => {
    const hubble = () => ({ code: 1, stdout: "", stderr: "connection refused" });
    await expect(show(usual, usual, { hubble })).rejects.toEqual(
        new CannotAskError(
            "the flows of cluster1 cannot be read: its agent has no Hubble yet; npm run up brings it",
        ),
    );
    await expect(show(usual, usual, { xWing: false })).rejects.toEqual(
        new CannotAskError("no x-wing pod is ready"),
    );
    await expect(show(usual, usual, { down: () => "connection refused" })).rejects.toBeInstanceOf(
        CannotAskError,
    );
});

test("a client whose cluster has a policy that nobody can judge gets no verdict", async () => {
    const sides = [
        { ...sideOf("cluster1", usual), unclearPolicy: "fromCIDR" },
        sideOf("cluster2", usual),
    ];
    const { apis } = fakeHubbleMesh(sides);
    const result = await flows({
        stack: "dev",
        config: configWith(),
        apis: apis.map((asked) => ({
            ...asked,
            api: {
                ...asked.api,
                networkPolicy: () =>
                    Promise.resolve(
                        asked.cluster === "cluster1"
                            ? {
                                  kind: "CiliumNetworkPolicy",
                                  spec: {
                                      endpointSelector: { matchLabels: { name: "rebel-base" } },
                                      ingress: [{ fromCIDR: ["10.0.0.0/8"] }],
                                  },
                              }
                            : undefined,
                    ),
            },
        })),
        outages: {},
        time: fakeTime(),
        requests: 4,
    });
    expect(result.clients.map(({ agrees }) => agrees)).toEqual([undefined, undefined]);
});
