import * as fc from "fast-check";
import {
    Answer,
    Side,
    Silence,
    affinityOf,
    dropping,
    whoAnswers,
} from "../../../src/lab/whoAnswers";
import { expectedText } from "../../../src/lab/wording";
import {
    affinities,
    allSides,
    anyMesh,
    anySide,
    openSides,
    sideOf,
    withOutages,
} from "../../support/sides";
import { lookUp } from "../../support/truthTable";

/** A Cilium that takes an affinity text it does not know for none. */
const fixed = "1.19.6";
/** A Cilium that takes it for "local only" (cilium/cilium#46623). */
const broken = "1.19.5";

function answering(sides: readonly Side[]): string[][] {
    return whoAnswers(sides).map((answer) => [...answer.answering]);
}

/** The mesh with the same Cilium everywhere. */
function on(ciliumVersion: string, sides: readonly Side[]): Side[] {
    return sides.map((side) => ({ ...side, ciliumVersion }));
}

// What two real kind clusters with a real mesh answered: 40 requests from each cluster, Cilium 1.19-dev.
const measured: [cluster1: string, cluster2: string, from1: string, from2: string][] = [
    ["g s a=- r=2", "g s a=- r=2", "25 × C1, 15 × C2", "15 × C1, 25 × C2"],
    ["g s a=- r=0", "g s a=- r=2", "40 × C2", "40 × C2"],
    ["g s=false a=- r=2", "g s a=- r=2", "18 × C1, 22 × C2", "40 × C2"],
    ["g s a=- r=2", "g s=false a=- r=2", "40 × C1", "25 × C1, 15 × C2"],
    ["g s=false a=- r=2", "g s=false a=- r=2", "40 × C1", "40 × C2"],
    ["g s=false a=- r=0", "g s a=- r=2", "40 × C2", "40 × C2"],
    ["g s a=- r=0", "g s=false a=- r=2", "40 × failed", "40 × C2"],
    ["g=false s a=- r=2", "g s a=- r=2", "40 × C1", "40 × C2"],
    ["g s a=local r=2", "g s a=- r=2", "40 × C1", "27 × C1, 13 × C2"],
    ["g s a=local r=0", "g s a=- r=2", "40 × C2", "40 × C2"],
    ["g s a=remote r=2", "g s a=- r=2", "40 × C2", "17 × C1, 23 × C2"],
    ["g s a=remote r=2", "g s a=- r=0", "40 × C1", "40 × C1"],
    ["g s a=none r=2", "g s a=- r=2", "40 × C1", "13 × C1, 27 × C2"],
    ["g s a=none r=0", "g s a=- r=2", "40 × failed", "40 × C2"],
    ["g s a=remote r=2", "g s a=remote r=2", "40 × C2", "40 × C1"],
    ["g s a=- r=1", "g s a=- r=3", "14 × C1, 26 × C2", "12 × C1, 28 × C2"],
    // With a network policy in cluster1, 20 requests from each; `tests/real/networkPolicy.real.test.ts` shows them.
    ["g s a=- r=2 p=cluster1", "g s a=- r=2", "9 × C1, 11 × C2", "11 × C2, 9 × failed"],
    ["g s a=- r=2 p=cluster2", "g s a=- r=2", "10 × C2, 10 × failed", "11 × C1, 9 × C2"],
    ["g s=false a=- r=2 p=cluster1", "g s a=- r=2", "13 × C1, 7 × C2", "20 × C2"],
    ["g s a=- r=2 p=cluster1", "g s a=remote r=2", "12 × C1, 8 × C2", "20 × failed"],
];

test.each(measured)("as measured: %s | %s", (cluster1, cluster2, from1, from2) => {
    const clustersIn = (counts: string) =>
        [...counts.matchAll(/C(\d)/g)].map(([, id]) => `cluster${id}`);
    const sides = on("1.19.0-dev", [sideOf("cluster1", cluster1), sideOf("cluster2", cluster2)]);
    expect(answering(sides)).toStrictEqual([clustersIn(from1), clustersIn(from2)]);
    const mustFail = whoAnswers(sides).map(
        (answer) => answer.answering.length === 0 || dropping(answer).length > 0,
    );
    expect(mustFail).toStrictEqual([from1, from2].map((counts) => counts.includes("failed")));
});

/** The rule's answers as the truth table gives them. */
function fates(sides: readonly Side[]) {
    return whoAnswers(sides).map((answer) => ({
        answering: [...answer.answering],
        dropping: dropping(answer),
    }));
}

test("all 576 combinations of both sides' settings, with policies 2304, are as the truth table has them", () => {
    const meshes = allSides("cluster1").flatMap((side) =>
        allSides("cluster2").map((other) => [side, other]),
    );
    expect(meshes).toHaveLength(2304);
    const deviating = meshes.filter(
        (mesh) => JSON.stringify(fates(mesh)) !== JSON.stringify(mesh.map((c) => lookUp(c, mesh))),
    );
    expect(deviating).toStrictEqual([]);
});

test("all 6912 combinations of both sides' settings, policies and cluster2's outage are as the truth table has them", () => {
    const meshes = allSides("cluster1").flatMap((side) =>
        withOutages(allSides("cluster2")).map((other) => [side, other]),
    );
    expect(meshes).toHaveLength(6912);
    const deviating = meshes.filter(
        (mesh) => JSON.stringify(fates(mesh)) !== JSON.stringify(mesh.map((c) => lookUp(c, mesh))),
    );
    expect(deviating).toStrictEqual([]);
});

// The table of `measured.md`: what cluster1's clients get while cluster2 is gone, two backends each.
test.each([
    ["g s a=- r=2", "cluster1 only, cluster2 times out", "cluster1 only"],
    ["g s a=local r=2", "cluster1 only", "cluster1 only"],
    ["g s a=local r=0", "nobody, cluster2 times out", "nobody"],
    ["g s a=remote r=2", "nobody, cluster2 times out", "cluster1 only"],
    ["g s a=- r=0", "nobody, cluster2 times out", "nobody"],
    ["g=false s a=- r=2", "cluster1 only", "cluster1 only"],
])(
    "while a cluster is away, of %s: %s until its backends are revoked, then %s",
    (own, kept, revoked) => {
        const texts = ["kept", "revoked"].map((outage) => {
            const mesh = [sideOf("cluster1", own), sideOf("cluster2", `g s a=- r=2 o=${outage}`)];
            return expectedText(whoAnswers(mesh)[0]!);
        });
        expect(texts).toStrictEqual([kept, revoked]);
    },
);

test("a cluster that is away has no clients that could ask", () => {
    const mesh = [sideOf("cluster1", "g s a=- r=2"), sideOf("cluster2", "g s a=- r=2 o=revoked")];
    expect(whoAnswers(mesh)).toStrictEqual([
        {
            client: "cluster1",
            answering: ["cluster1"],
            silent: [{ cluster: "cluster2", reasons: ["revoked"] }],
        },
        {
            client: "cluster2",
            answering: [],
            silent: [
                { cluster: "cluster1", reasons: ["client-away"] },
                { cluster: "cluster2", reasons: ["client-away"] },
            ],
        },
    ] satisfies Answer[]);
});

// What follows from the rule for three: the first side varies, or the others do.
const ofThree: [c1: string, c2: string, c3: string, from1: string, from2: string, from3: string][] =
    [
        ["g s a=- r=2", "g s a=- r=2", "g s a=- r=2", "1 2 3", "1 2 3", "1 2 3"],
        // Not shared in one: the others lose it, its own clients do not.
        ["g s=false a=- r=2", "g s a=- r=2", "g s a=- r=2", "1 2 3", "2 3", "2 3"],
        ["g s=false a=- r=2", "g s a=- r=0", "g s a=- r=2", "1 3", "3", "3"],
        ["g s=false a=- r=0", "g s a=- r=2", "g s a=- r=2", "2 3", "2 3", "2 3"],
        // No replicas in one or two.
        ["g s a=- r=0", "g s a=- r=2", "g s a=- r=2", "2 3", "2 3", "2 3"],
        ["g s a=- r=0", "g s a=- r=0", "g s a=- r=2", "3", "3", "3"],
        ["g s a=- r=0", "g s a=- r=0", "g s=false a=- r=2", "", "", "3"],
        // Not global in one: it is alone, the others stay together.
        ["g=false s a=- r=2", "g s a=- r=2", "g s a=- r=2", "1", "2 3", "2 3"],
        ["g=false s a=- r=0", "g s a=- r=2", "g s a=- r=2", "", "2 3", "2 3"],
        ["g=false s a=- r=2", "g=false s a=- r=2", "g s a=- r=2", "1", "2", "3"],
        // Affinity is the client's alone, and prefers all others alike.
        ["g s a=local r=2", "g s a=- r=2", "g s a=- r=2", "1", "1 2 3", "1 2 3"],
        ["g s a=local r=0", "g s a=- r=2", "g s a=- r=2", "2 3", "2 3", "2 3"],
        ["g s a=remote r=2", "g s a=- r=2", "g s a=- r=2", "2 3", "1 2 3", "1 2 3"],
        ["g s a=remote r=2", "g s a=- r=0", "g s a=- r=2", "3", "1 3", "1 3"],
        ["g s a=remote r=2", "g s=false a=- r=2", "g s a=- r=2", "3", "1 2 3", "1 3"],
        ["g s a=remote r=2", "g s a=- r=0", "g s a=- r=0", "1", "1", "1"],
        ["g s a=remote r=2", "g s=false a=- r=2", "g=false s a=- r=2", "1", "1 2", "3"],
        ["g s a=local r=2", "g s a=remote r=2", "g s a=- r=2", "1", "1 3", "1 2 3"],
    ];

test.each(ofThree)("of three: %s | %s | %s", (c1, c2, c3, ...from) => {
    const mesh = [c1, c2, c3].map((text, i) => sideOf(`cluster${i + 1}`, text));
    expect(
        answering(mesh).map((clusters) =>
            clusters.map((cluster) => cluster.replace("cluster", "")).join(" "),
        ),
    ).toStrictEqual(from);
});

test("all 13824 combinations of three sides' settings, with cluster1's policy 27648, are as the truth table has them", () => {
    const meshes = allSides("cluster1").flatMap((one) =>
        openSides("cluster2").flatMap((two) =>
            openSides("cluster3").map((three) => [one, two, three]),
        ),
    );
    expect(meshes).toHaveLength(27648);
    const deviating = meshes.filter(
        (mesh) => JSON.stringify(fates(mesh)) !== JSON.stringify(mesh.map((c) => lookUp(c, mesh))),
    );
    expect(deviating).toStrictEqual([]);
});

test("a mesh of any size is as the truth table has it", () => {
    fc.assert(
        fc.property(anyMesh({ min: 1, max: 5 }), (mesh) => {
            expect(fates(mesh)).toStrictEqual(mesh.map((client) => lookUp(client, mesh)));
        }),
    );
});

test("the answer names every cluster, and each reason of those that are silent", () => {
    expect(
        whoAnswers([
            sideOf("cluster1", "g s a=local r=2"),
            sideOf("cluster2", "g s=false a=remote r=0"),
            sideOf("cluster3", "g=false s=false a=- r=0"),
        ]),
    ).toStrictEqual([
        {
            client: "cluster1",
            answering: ["cluster1"],
            silent: [
                { cluster: "cluster2", reasons: ["not-shared", "no-backends", "local-preferred"] },
                { cluster: "cluster3", reasons: ["not-global", "no-backends", "local-preferred"] },
            ],
        },
        {
            client: "cluster2",
            answering: ["cluster1"],
            silent: [
                { cluster: "cluster2", reasons: ["no-backends", "remote-preferred"] },
                { cluster: "cluster3", reasons: ["not-global", "no-backends"] },
            ],
        },
        {
            client: "cluster3",
            answering: [],
            silent: [
                { cluster: "cluster1", reasons: ["client-not-global"] },
                {
                    cluster: "cluster2",
                    reasons: ["client-not-global", "not-shared", "no-backends"],
                },
                { cluster: "cluster3", reasons: ["no-backends"] },
            ],
        },
    ] satisfies Answer[]);
});

// Versions with the fault: 1.18.0 up to the fix in 1.19.6 and 1.20.0; 1.18 never got it.
test.each([
    ["1.16.0", "none"],
    ["1.17.0", "none"],
    ["1.17.99", "none"],
    ["1.18.0", "local-only"],
    ["1.18.12", "local-only"],
    ["1.18.99", "local-only"],
    ["1.19.0-dev", "local-only"],
    ["1.19.0-rc.1", "local-only"],
    ["1.19.0", "local-only"],
    ["1.19.5", "local-only"],
    ["1.19.6", "none"],
    ["1.19.7", "none"],
    ["1.20.0-rc.0", "none"],
    ["1.20.0", "none"],
    ["1.21.0-pre.0", "none"],
    ["2.0.0", "none"],
])('Cilium %s takes the affinity text "none" for %s', (ciliumVersion, meaning) => {
    expect(affinityOf({ affinity: "none", ciliumVersion })).toBe(meaning);
});

test.each([
    ["none", "local-only"],
    ["None", "local-only"],
    ["locl", "local-only"],
    [" local", "local-only"],
    ["", "none"],
    [undefined, "none"],
    ["local", "local"],
    ["Local", "local"],
    ["REMOTE", "remote"],
    ["remote", "remote"],
])("a Cilium with the fault takes the affinity %j for %s", (affinity, meaning) => {
    expect(affinityOf({ affinity, ciliumVersion: broken })).toBe(meaning);
});

test("local only keeps clients without an answer where the own cluster has no backends", () => {
    const mesh = [sideOf("cluster1", "g s a=none r=0"), sideOf("cluster2", "g s a=- r=2")];
    expect(whoAnswers(on(broken, mesh))[0]).toStrictEqual({
        client: "cluster1",
        answering: [],
        silent: [
            { cluster: "cluster1", reasons: ["no-backends"] },
            { cluster: "cluster2", reasons: ["unknown-affinity"] },
        ],
    });
    expect(whoAnswers(on(fixed, mesh))[0]!.answering).toStrictEqual(["cluster2"]);
});

test("each cluster's own Cilium reads its Service's affinity, whatever the others run", () => {
    const mesh = ["1.19.5", "1.20.2"].map((version, i) =>
        sideOf(`cluster${i + 1}`, `g s a=none r=2 v=${version}`),
    );
    expect(answering(mesh)).toStrictEqual([["cluster1"], ["cluster1", "cluster2"]]);
    expect(answering(on("1.20.2", mesh))).toStrictEqual(Array(2).fill(["cluster1", "cluster2"]));
});

test("an affinity on a Service that is not global means nothing, whatever its text", () => {
    fc.assert(
        fc.property(anyMesh({ min: 2, max: 3 }), fc.string(), ([client, ...peers], affinity) => {
            const ordinary = { ...client!, global: false, affinity: undefined };
            expect(whoAnswers([{ ...ordinary, affinity }, ...peers])[0]).toStrictEqual(
                whoAnswers([ordinary, ...peers])[0],
            );
        }),
    );
});

const anyText = [...affinities, "none", "Local", "typo", ""];

test("swapping the clusters swaps the answers", () => {
    fc.assert(
        fc.property(anyMesh({ min: 2, max: 2 }, anyText), (mesh) => {
            const sorted = (answers: Answer[]) =>
                answers.map(({ client, answering: names, silent }) => ({
                    client,
                    answering: [...names].sort(),
                    silent: [...silent].sort((a, b) => (a.cluster < b.cluster ? -1 : 1)),
                }));
            expect(sorted(whoAnswers([...mesh].reverse()).reverse())).toStrictEqual(
                sorted(whoAnswers(mesh)),
            );
        }),
    );
});

test("a cluster's own shared never changes what its own clients get", () => {
    fc.assert(
        fc.property(anyMesh({ min: 1, max: 4 }, anyText), (mesh) => {
            const [client, ...peers] = mesh;
            const flipped = { ...client!, shared: !client!.shared };
            expect(whoAnswers([flipped, ...peers])[0]).toStrictEqual(whoAnswers(mesh)[0]);
        }),
    );
});

test("the affinity of the others' Services never matters", () => {
    fc.assert(
        fc.property(
            anyMesh({ min: 2, max: 4 }, anyText),
            anySide("any", anyText),
            ([client, ...peers], { affinity }) => {
                const others = peers.map((peer) => ({ ...peer, affinity }));
                expect(whoAnswers([client!, ...others])[0]).toStrictEqual(
                    whoAnswers([client!, ...peers])[0],
                );
            },
        ),
    );
});

test("every cluster either answers or is silent for at least one reason", () => {
    fc.assert(
        fc.property(anyMesh({ min: 1, max: 5 }, anyText), (mesh) => {
            const names = mesh.map(({ cluster }) => cluster);
            const answers = whoAnswers(mesh);
            expect(answers.map(({ client }) => client)).toStrictEqual(names);
            for (const answer of answers) {
                const silent = answer.silent.map(({ cluster }) => cluster);
                expect([...answer.answering, ...silent].sort()).toStrictEqual(names);
                for (const { reasons } of answer.silent) {
                    expect(reasons.length).toBeGreaterThan(0);
                    expect(new Set(reasons).size).toBe(reasons.length);
                }
            }
        }),
    );
});

/** The mesh without the cause of one reason for a cluster's silence. */
function mend(mesh: readonly Side[], client: string, cluster: string, reason: Silence): Side[] {
    const changes: Record<Silence, [name: string, change: Partial<Side>]> = {
        "no-backends": [cluster, { backends: 1 }],
        "client-not-global": [client, { global: true }],
        "not-global": [cluster, { global: true }],
        "not-shared": [cluster, { shared: true }],
        "namespace-local": [cluster, { isNamespaceLocal: undefined }],
        "local-preferred": [client, { affinity: undefined }],
        "remote-preferred": [client, { affinity: undefined }],
        "unknown-affinity": [client, { affinity: undefined }],
        "not-admitted": [cluster, { admits: undefined }],
        unreachable: [cluster, { outage: undefined }],
        revoked: [cluster, { outage: undefined }],
        "cut-off": [cluster, { controlPlane: undefined }],
        "client-away": [client, { outage: undefined }],
    };
    const [name, change] = changes[reason];
    // Either of the two may be cut off.
    const names = reason === "cut-off" ? [client, cluster] : [name];
    return mesh.map((side) => (names.includes(side.cluster) ? { ...side, ...change } : side));
}

test("each reason holds by itself: without the causes of all others the cluster stays silent", () => {
    fc.assert(
        fc.property(anyMesh({ min: 2, max: 3 }, anyText), (mesh) => {
            for (const { client, silent } of whoAnswers(mesh)) {
                for (const { cluster, reasons } of silent) {
                    for (const kept of reasons) {
                        const mended = reasons
                            .filter((reason) => reason !== kept)
                            .reduce((sides, reason) => mend(sides, client, cluster, reason), mesh);
                        const answer = whoAnswers(mended).find((a) => a.client === client);
                        const still = answer!.silent.find((side) => side.cluster === cluster);
                        expect(still?.reasons).toContain(kept);
                    }
                }
            }
        }),
    );
});

test("who takes away the causes that are named gets an answer from every cluster", () => {
    fc.assert(
        fc.property(anyMesh({ min: 2, max: 4 }, anyText), (mesh) => {
            let sides: Side[] = mesh;
            // One cause may hide another, as `global: false` hides `shared: false`, and an outage of the client both.
            for (let round = 0; round < 4; round++) {
                for (const { client, silent } of whoAnswers(sides)) {
                    for (const { cluster, reasons } of silent) {
                        for (const reason of reasons) {
                            sides = mend(sides, client, cluster, reason);
                        }
                    }
                }
            }
            const names = mesh.map(({ cluster }) => cluster);
            expect(answering(sides)).toStrictEqual(names.map(() => names));
        }),
    );
});

test("a policy changes what is answered, never what the load balancer picks", () => {
    fc.assert(
        fc.property(anyMesh({ min: 1, max: 4 }, anyText), (mesh) => {
            const picked = (sides: readonly Side[]) =>
                whoAnswers(sides).map((answer) =>
                    [...answer.answering, ...dropping(answer)].sort(),
                );
            const open = mesh.map((side) => ({ ...side, admits: undefined }));
            expect(picked(mesh)).toStrictEqual(picked(open));
        }),
    );
});

test("a cluster that gets no requests drops none, whatever its policy", () => {
    const mesh = [
        sideOf("cluster1", "g s=false a=- r=2 p=cluster1"),
        sideOf("cluster2", "g s a=- r=2"),
    ];
    const [, fromCluster2] = whoAnswers(mesh);
    expect(fromCluster2!.silent).toStrictEqual([
        { cluster: "cluster1", reasons: ["not-shared", "not-admitted"] },
    ]);
    expect(dropping(fromCluster2!)).toStrictEqual([]);
});

test("no side given is changed", () => {
    const mesh = [sideOf("cluster1", "g s a=local r=2"), sideOf("cluster2", "g s a=- r=0")];
    const before = structuredClone(mesh);
    whoAnswers(mesh);
    expect(mesh).toStrictEqual(before);
});
