import { stepNames, Step } from "../../../../src/machine/timeline";
import { longestChain } from "../../../../src/proof/timeline/chain";
import { placedTitle, predecessors } from "../../../../src/proof/timeline/steps";
import { firstRun, flip, step } from "../../../support/sampleRun";

/** The chain's steps by name, with their work and the gap before them in seconds. */
function links(steps: readonly Step[]) {
    return longestChain(steps)!.links.map(({ step: one, workMs, gapMs }) => [
        placedTitle(one),
        workMs / 1000,
        gapMs / 1000,
    ]);
}

/** What of the given steps such a step waits for. */
function waitsFor(one: Step, others: readonly Step[]): string[] {
    return predecessors(one, [...others, one]).map(placedTitle);
}

test("the chain goes from the proof back to the start, by what ended last of what each waits for", () => {
    expect(links(firstRun)).toEqual([
        ["command starts", 1, 0],
        ["kind and Pulumi found", 0.5, 0],
        ["stack selected", 0.5, 0],
        ["program loads", 1.5, 1],
        ["machine checked", 0.5, 0],
        ["cluster2: kind: Preparing nodes", 3, 2],
        ["cluster2: kind: Starting control-plane", 18, 0],
        ["cluster2: kind: Installing StorageClass", 1, 0],
        ["cluster2: kubeconfig", 0.5, 0],
        ["cluster2: Cilium installed by Helm", 4, 0.5],
        ["cluster2: Cilium agent ready", 10, 0],
        ["cluster2: clustermesh-apiserver ready", 10, 0],
        ["cluster2: peers connected", 3.5, 0.5],
        ["requests and rule agree", 1, 1],
    ]);
});

test("its length is the work without gaps and starts of programs; the run is that many times as long", () => {
    const { chainMs, wallMs, ratio } = longestChain(firstRun)!;
    expect(wallMs).toBe(60_000);
    // 60 s less the gaps (1, 2, 0.5, 0.5, 1) and the starts of command and program (2.5).
    expect(chainMs).toBe(52_500);
    expect(ratio).toBeCloseTo(60 / 52.5, 10);
});

test("work that began before its predecessor ended counts from that end only", () => {
    const steps = [step("helm", 0, 10, "cluster1"), step("agent", 4, 12, "cluster1")];
    expect(links(steps)).toEqual([
        ["cluster1: Cilium installed by Helm", 10, 0],
        ["cluster1: Cilium agent ready", 2, 0],
    ]);
});

test("a run that only flips a setting has a chain, too: what was not done waits for nothing", () => {
    expect(links(flip).map(([title]) => title)).toEqual([
        "command starts",
        "kind and Pulumi found",
        "stack selected",
        "program loads",
        "machine checked",
        "cluster1: lab's objects",
        "requests and rule agree",
    ]);
});

test("a run that ended early ends with what ended last", () => {
    const failed = firstRun.filter(({ name }) => ["command", "tools", "stack"].includes(name));
    expect(links(failed).map(([title]) => title)).toEqual([
        "command starts",
        "kind and Pulumi found",
        "stack selected",
    ]);
});

test("no steps have no chain", () => {
    expect(longestChain([])).toBeUndefined();
});

test("steps that ended at the same moment do not wait for each other in a circle", () => {
    const same = [1, 2, 3].map((n) => step("kind", 0, 1, "cluster1", String(n)));
    expect(longestChain(same)!.links).toHaveLength(3);
});

describe("what a step waits for", () => {
    const both = (name: Step["name"]) => [
        step(name, 0, 1, "cluster1"),
        step(name, 0, 1, "cluster2"),
    ];

    test("pods wait for their own cluster's agent", () => {
        for (const name of ["apiserver", "coredns", "rebelBase", "xWing"] as const) {
            expect(waitsFor(step(name, 2, 3, "cluster1"), both("agent"))).toEqual([
                "cluster1: Cilium agent ready",
            ]);
        }
    });

    test("peers wait for the apiservers of both clusters, the proof for both clusters' peers", () => {
        expect(waitsFor(step("peers", 2, 3, "cluster1"), both("apiserver"))).toEqual([
            "cluster1: clustermesh-apiserver ready",
            "cluster2: clustermesh-apiserver ready",
        ]);
        expect(waitsFor(step("proof", 2, 3), both("peers"))).toEqual([
            "cluster1: peers connected",
            "cluster2: peers connected",
        ]);
    });

    test("what ended later is none of it", () => {
        const early = step("agent", 0, 2, "cluster1");
        expect(waitsFor(early, [step("helm", 0, 3, "cluster1")])).toEqual([]);
    });

    test("the other cluster's kind is none of it", () => {
        expect(waitsFor(step("kind", 2, 3, "cluster1"), both("kind"))).toEqual(["cluster1: kind"]);
    });

    test("where a step was not done, what that one waits for takes its place, in the same cluster", () => {
        expect(waitsFor(step("rebelBase", 2, 3, "cluster2"), both("kind"))).toContain(
            "cluster2: kind",
        );
        expect(waitsFor(step("rebelBase", 2, 3, "cluster2"), both("kind"))).not.toContain(
            "cluster1: kind",
        );
    });

    test("every step but the first waits for another that comes before it", () => {
        for (const name of stepNames.slice(1)) {
            const earlier = stepNames
                .slice(0, stepNames.indexOf(name))
                .map((other) => step(other, 0, 1, "cluster1"));
            expect(waitsFor(step(name, 2, 3, "cluster1"), earlier)).not.toEqual([]);
        }
    });
});
