import { Side, Silence, whoAnswers } from "../../../src/lab/whoAnswers";
import {
    answeringByClient,
    answeringText,
    expectationLines,
    expectedText,
    reasonsText,
    silenceText,
} from "../../../src/lab/wording";
import { sideOf } from "../../support/sides";

const answersOf = (cluster1: string, cluster2: string) =>
    whoAnswers([sideOf("cluster1", cluster1), sideOf("cluster2", cluster2)]);

test.each([
    [[], "nobody"],
    [["cluster2"], "cluster2 only"],
    [["cluster1", "cluster2"], "cluster1 and cluster2"],
    [["cluster1", "cluster2", "cluster3"], "cluster1, cluster2 and cluster3"],
    [["cluster1", "cluster3", "cluster4", "cluster5"], "cluster1, cluster3, cluster4 and cluster5"],
])("answering %j is %j", (answering, text) => {
    expect(answeringText(answering)).toBe(text);
});

test.each([
    ["g s a=- r=2 p=cluster1", "g s a=- r=2", "cluster2 only, cluster1 times out"],
    ["g s a=- r=2 p=cluster1", "g s a=- r=0", "nobody, cluster1 times out"],
    ["g s a=- r=2 p=cluster1", "g s a=- r=2 p=cluster1", "nobody, cluster1 and cluster2 time out"],
    ["g s=false a=- r=2 p=cluster1", "g s a=- r=2", "cluster2 only"],
])("with %s and %s what cluster2's clients must get is %j", (cluster1, cluster2, text) => {
    expect(expectedText(answersOf(cluster1, cluster2)[1]!)).toBe(text);
});

const sentences: [Silence, whenOther: string, whenCluster2Asks: string][] = [
    [
        "no-backends",
        "cluster2 has no backends: cluster2RebelBaseReplicas is 0",
        "cluster1 has no backends: rebelBaseReplicas is 0",
    ],
    [
        "client-not-global",
        "cluster1 uses no backends but its own: globalService is false",
        "cluster2 uses no backends but its own: cluster2GlobalService is false",
    ],
    [
        "not-global",
        "cluster2 takes no part: cluster2GlobalService is false",
        "cluster1 takes no part: globalService is false",
    ],
    [
        "not-shared",
        "cluster2 keeps its backends to itself: cluster2SharedService is false",
        "cluster1 keeps its backends to itself: sharedService is false",
    ],
    [
        "local-preferred",
        "cluster1 prefers its own backends: serviceAffinity is local",
        "cluster2 prefers its own backends: cluster2ServiceAffinity is local",
    ],
    [
        "remote-preferred",
        "cluster1 prefers the others' backends: serviceAffinity is remote",
        "cluster2 prefers the others' backends: cluster2ServiceAffinity is remote",
    ],
    [
        "unknown-affinity",
        "cluster1 uses no backends but its own: this Cilium takes an affinity it does not know for local only (cilium/cilium#46623)",
        "cluster2 uses no backends but its own: this Cilium takes an affinity it does not know for local only (cilium/cilium#46623)",
    ],
    [
        "not-admitted",
        "cluster2 drops what of cluster1's requests is balanced to it, so that it times out: networkPolicy is cluster1-only",
        "cluster1 drops what of cluster2's requests is balanced to it, so that it times out: networkPolicy is cluster1-only",
    ],
    [
        "unreachable",
        "cluster2 cannot be reached, and cluster1 still sends to its backends, so that those requests time out",
        "cluster1 cannot be reached, and cluster2 still sends to its backends, so that those requests time out",
    ],
    [
        "revoked",
        "cluster2 cannot be reached, and cluster1 has dropped its backends (clustermesh.cacheTTL)",
        "cluster1 cannot be reached, and cluster2 has dropped its backends (clustermesh.cacheTTL)",
    ],
    [
        "client-away",
        "nobody in cluster1 can ask: it cannot be reached",
        "nobody in cluster2 can ask: it cannot be reached",
    ],
];

test.each(sentences)("%s names the key of the cluster that decides", (silence, from1, from2) => {
    expect(silenceText("cluster2", "cluster1", silence)).toBe(from1);
    expect(silenceText("cluster1", "cluster2", silence)).toBe(from2);
});

test("a cluster's reasons are one sentence; a cluster that answers has none", () => {
    const [fromCluster1, fromCluster2] = answersOf("g s a=local r=2", "g s=false a=- r=0");
    expect(reasonsText(fromCluster1!)).toStrictEqual([
        "cluster2 keeps its backends to itself: cluster2SharedService is false; " +
            "cluster2 has no backends: cluster2RebelBaseReplicas is 0; " +
            "cluster1 prefers its own backends: serviceAffinity is local",
    ]);
    expect(reasonsText(fromCluster2!)).toStrictEqual([
        "cluster2 has no backends: cluster2RebelBaseReplicas is 0",
    ]);
});

test("the answers by client keep the order of the clusters", () => {
    expect(JSON.stringify(answeringByClient(answersOf("g s=false a=- r=2", "g s a=- r=2")))).toBe(
        '{"cluster1":["cluster1","cluster2"],"cluster2":["cluster2"]}',
    );
});

test("the expectation is a line for each client and an indented one for each silent cluster", () => {
    expect(expectationLines(answersOf("g s a=- r=0", "g s=false a=- r=2"))).toStrictEqual([
        "cluster1 asks: nobody",
        "  cluster1 has no backends: rebelBaseReplicas is 0",
        "  cluster2 keeps its backends to itself: cluster2SharedService is false",
        "cluster2 asks: cluster2 only",
        "  cluster1 has no backends: rebelBaseReplicas is 0",
    ]);
    expect(expectationLines(answersOf("g s a=- r=2 p=cluster1", "g s a=- r=2"))).toStrictEqual([
        "cluster1 asks: cluster1 and cluster2",
        "cluster2 asks: cluster2 only, cluster1 times out",
        "  cluster1 drops what of cluster2's requests is balanced to it, so that it times out: networkPolicy is cluster1-only",
    ]);
    expect(expectationLines(answersOf("g s a=- r=2", "g s a=- r=2"))).toStrictEqual([
        "cluster1 asks: cluster1 and cluster2",
        "cluster2 asks: cluster1 and cluster2",
    ]);
});

test("a third cluster's reasons name its own keys", () => {
    const sides: Side[] = [
        sideOf("cluster1", "g s a=- r=2"),
        sideOf("cluster2", "g s a=- r=2"),
        sideOf("cluster3", "g s=false a=- r=2"),
    ];
    expect(reasonsText(whoAnswers(sides)[0]!)).toStrictEqual([
        "cluster3 keeps its backends to itself: cluster3SharedService is false",
    ]);
});

test("of three clusters the expectation lists who answers, and gives each silent one its reason", () => {
    const sides = ["g s=false a=- r=2", "g s a=- r=0", "g s a=remote r=2"].map((text, i) =>
        sideOf(`cluster${i + 1}`, text),
    );
    expect(expectationLines(whoAnswers(sides))).toStrictEqual([
        "cluster1 asks: cluster1 and cluster3",
        "  cluster2 has no backends: cluster2RebelBaseReplicas is 0",
        "cluster2 asks: cluster3 only",
        "  cluster1 keeps its backends to itself: sharedService is false",
        "  cluster2 has no backends: cluster2RebelBaseReplicas is 0",
        "cluster3 asks: cluster3 only",
        "  cluster1 keeps its backends to itself: sharedService is false",
        "  cluster2 has no backends: cluster2RebelBaseReplicas is 0",
    ]);
});
