import { outagePhases, phaseLines, phasesByClient } from "../../../src/lab/outage";
import { sideOf } from "../../support/sides";

const mesh = ["cluster1", "cluster2", "cluster3"].map((name) => sideOf(name, "g s a=- r=2"));

test("without a TTL the lost cluster's backends are kept for good", () => {
    const phases = outagePhases(mesh, "cluster2", false, "1.20.2");
    expect(phases.before).toBeUndefined();
    expect(phasesByClient(phases)).toStrictEqual({
        cluster1: ["cluster1", "cluster3"],
        cluster2: [],
        cluster3: ["cluster1", "cluster3"],
    });
    expect(phaseLines(phases)).toStrictEqual([
        "For good (without clustermesh.cacheTTL):",
        "  cluster1 asks: cluster1 and cluster3, cluster2 times out (33 % of the requests)",
        "    cluster2 cannot be reached, and cluster1 still sends to its backends, so that those requests time out",
        "  cluster3 asks: cluster1 and cluster3, cluster2 times out (33 % of the requests)",
        "    cluster2 cannot be reached, and cluster3 still sends to its backends, so that those requests time out",
    ]);
});

test("with a TTL there is a time before, which has a key of its own beside the end", () => {
    const remote = [sideOf("cluster1", "g s a=remote r=2"), sideOf("cluster2", "g s a=- r=2")];
    const phases = outagePhases(remote, "cluster2", true, "1.20.2");
    expect(phasesByClient(phases)).toStrictEqual({
        cluster1: ["cluster1"],
        cluster2: [],
        untilRevoked: { cluster1: [], cluster2: [] },
    });
    expect(phaseLines(phases)).toStrictEqual([
        "Until the loss was noticed (60 to 150 s) and the TTL has run:",
        "  cluster1 asks: nobody, cluster2 times out",
        "    cluster1 prefers the others' backends: serviceAffinity is remote",
        "    cluster2 cannot be reached, and cluster1 still sends to its backends, so that those requests time out",
        "After that:",
        "  cluster1 asks: cluster1 only",
        "    cluster2 cannot be reached, and cluster1 has dropped its backends (clustermesh.cacheTTL)",
    ]);
});
