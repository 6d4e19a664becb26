import {
    cacheTtlSeconds,
    outageSeconds,
    phaseLines,
    phasesByClient,
    phasesOf,
} from "../../../src/lab/outage";
import { differences, sidesOf } from "../../../src/lab/sides";
import { Outage, Side, whoAnswers } from "../../../src/lab/whoAnswers";
import { answeringByClient } from "../../../src/lab/wording";
import { configWith } from "../../support/defaultConfig";
import { sideOf } from "../../support/sides";

/** A config with a TTL. */
const revoking = configWith({ clusterMeshCacheTtl: "30s" });

test("without a TTL the lost cluster's backends are kept for good", () => {
    const mesh = [
        sideOf("cluster1", "g s a=- r=2"),
        sideOf("cluster2", "g s a=- r=2 o=kept"),
        sideOf("cluster3", "g s a=- r=2"),
    ];
    const phases = phasesOf(mesh, configWith());
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
    const remote = [
        sideOf("cluster1", "g s a=remote r=2"),
        sideOf("cluster2", "g s a=- r=2 o=revoked"),
    ];
    const phases = phasesOf(remote, revoking);
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

test.each([
    [{}, 0],
    [{ clusterMeshCacheTtl: "1m30s" }, 90],
    [{ ciliumValues: '{"clustermesh":{"cacheTTL":"10s"}}', clusterMeshCacheTtl: "30s" }, 10],
    [{ ciliumValues: '{"clustermesh":{"cacheTTL":"10s"}}', ciliumVersion: "1.18.14" }, 0],
    [
        {
            ciliumValues: '{"clustermesh":{"cacheTTL":"10s"}}',
            ciliumVersion: "1.19.7",
            cluster2CiliumVersion: "1.18.14",
        },
        0,
    ],
])("with %j what is known of a lost cluster is revoked after %d s", (given, seconds) => {
    expect(cacheTtlSeconds(configWith(given))).toBe(seconds);
});

test("what a config asks for has the phases of its outage", () => {
    const [one, two] = sidesOf(configWith());
    const sidesWith = (outage: Outage) => [one!, { ...two!, outage }];
    const phaseOf = (sides: readonly Side[]) => ({ sides, answers: whoAnswers(sides) });

    const config = configWith({ outage: "cluster2", clusterMeshCacheTtl: "30s" });
    expect(phasesOf(sidesOf(config), config)).toEqual({
        before: phaseOf(sidesWith("kept")),
        end: phaseOf(sidesWith("revoked")),
    });
    expect(outageSeconds(config)).toBe(240);
    const forEver = configWith({ outage: "cluster2" });
    expect(phasesOf(sidesOf(forEver), forEver)).toEqual({ end: phaseOf(sidesWith("kept")) });
    expect(outageSeconds(forEver)).toBe(0);
});

test("without its apiserver a cluster is as before, until both sides drop each other", () => {
    const given = { outage: "cluster2", outageOf: "clustermesh-apiserver" };
    const by = (more: Record<string, string>) => {
        const config = configWith({ ...given, ...more });
        return phasesByClient(phasesOf(sidesOf(config), config));
    };
    const all = ["cluster1", "cluster2"];
    expect(by({})).toEqual({ cluster1: all, cluster2: all });
    expect(by({ clusterMeshCacheTtl: "30s" })).toEqual({
        cluster1: ["cluster1"],
        cluster2: ["cluster2"],
        untilRevoked: { cluster1: all, cluster2: all },
    });
});

test("of three clusters the two that keep their apiservers go on together", () => {
    const sides = [
        sideOf("cluster1", "g s a=- r=2"),
        sideOf("cluster2", "g s a=- r=2 c=revoked"),
        sideOf("cluster3", "g s a=- r=2"),
    ];
    expect(answeringByClient(whoAnswers(sides))).toEqual({
        cluster1: ["cluster1", "cluster3"],
        cluster2: ["cluster2"],
        cluster3: ["cluster1", "cluster3"],
    });
});

test("a cluster that answers though it is meant to be away is a difference", () => {
    const config = configWith({ outage: "cluster2" });
    expect(differences(config, sidesOf(config))).toEqual([]);
    expect(differences(config, sidesOf(configWith()))).toEqual([
        { cluster: "cluster2", key: "outage", config: "cluster2 (cluster)", live: "none" },
    ]);
});
