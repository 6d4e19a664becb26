import { sidesOf } from "../../../src/lab/sides";
import { configWith } from "../../support/defaultConfig";

test("the default config is two global and shared sides with two backends each", () => {
    expect(sidesOf(configWith())).toStrictEqual([
        { cluster: "cluster1", global: true, shared: true, affinity: undefined, backends: 2 },
        { cluster: "cluster2", global: true, shared: true, affinity: undefined, backends: 2 },
    ]);
});

test("each side has what its own keys say", () => {
    const config = configWith({
        globalService: "false",
        rebelBaseReplicas: "0",
        cluster2SharedService: "false",
        cluster2ServiceAffinity: "remote",
        cluster2RebelBaseReplicas: "20",
    });
    expect(sidesOf(config)).toStrictEqual([
        { cluster: "cluster1", global: false, shared: true, affinity: undefined, backends: 0 },
        { cluster: "cluster2", global: true, shared: false, affinity: "remote", backends: 20 },
    ]);
});

test("a network policy for cluster1 lets in cluster1's clients alone, and guards cluster1 alone", () => {
    const sides = sidesOf(configWith({ networkPolicy: "cluster1-only" }));
    expect(sides.map(({ admits }) => admits)).toStrictEqual([["cluster1"], undefined]);
});

test("affinity none is no annotation, so that it means the same to every Cilium", () => {
    const [side] = sidesOf(configWith({ serviceAffinity: "none" }));
    expect(side!.affinity).toBeUndefined();
});
