import { sidesOf } from "../../../src/lab/sides";
import { configWith } from "../../support/defaultConfig";

const on = (cluster: string) => ({ cluster, ciliumVersion: "1.20.2" });

test("the default config is two global and shared sides with two backends each", () => {
    expect(sidesOf(configWith())).toStrictEqual([
        { ...on("cluster1"), global: true, shared: true, affinity: undefined, backends: 2 },
        { ...on("cluster2"), global: true, shared: true, affinity: undefined, backends: 2 },
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
        { ...on("cluster1"), global: false, shared: true, affinity: undefined, backends: 0 },
        { ...on("cluster2"), global: true, shared: false, affinity: "remote", backends: 20 },
    ]);
});

test("a network policy for cluster1 lets in cluster1's clients alone, and guards cluster1 alone", () => {
    const sides = sidesOf(configWith({ networkPolicy: "cluster1-only" }));
    expect(sides.map(({ admits }) => admits)).toStrictEqual([["cluster1"], undefined]);
});

test("each side has its own cluster's Cilium", () => {
    const sides = sidesOf(configWith({ cluster2CiliumVersion: "1.19.7" }));
    expect(sides.map(({ ciliumVersion }) => ciliumVersion)).toStrictEqual(["1.20.2", "1.19.7"]);
});

test("affinity none is no annotation, so that it means the same to every Cilium", () => {
    const [side] = sidesOf(configWith({ serviceAffinity: "none" }));
    expect(side!.affinity).toBeUndefined();
});
