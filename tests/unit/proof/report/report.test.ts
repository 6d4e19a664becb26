import * as fc from "fast-check";
import { Side } from "../../../../src/lab/whoAnswers";
import { reportHtml } from "../../../../src/proof/report/html";
import { stylesheet } from "../../../../src/proof/report/page";
import { clusterClass } from "../../../../src/proof/report/parts";
import { ReportedStep, Verification } from "../../../../src/proof/verify/result";
import { outcomesOf, proofOf } from "../../../support/proofs";
import { firstRun, step as stepOf } from "../../../support/sampleRun";
import { sideOf } from "../../../support/sides";

const both = ["g s a=- r=2", "g s a=- r=2"] as const;

interface Given {
    readonly sides?: readonly Side[];
    /** For each client: answers of each cluster, failures. */
    readonly got?: readonly string[];
    readonly more?: Partial<Verification>;
}

function stepWith(
    { sides = sidesOf(...both), got = ["3 1 0", "2 2 0"], more = {} }: Given = {},
    step: Partial<ReportedStep> = {},
): ReportedStep {
    return {
        verification: proofOf(
            sides,
            (client) => outcomesOf(got[client]!, sides, (request) => 2.04 + 9 * request),
            { seconds: 4.21, rounds: 2, ...more },
            (client) => `x-wing-${client}`,
        ),
        ...step,
    };
}

function sidesOf(cluster1: string, cluster2: string): Side[] {
    return [sideOf("cluster1", cluster1), sideOf("cluster2", cluster2)];
}

/** What a reader sees: no tags, no styles, single spaces. */
function textOf(html: string): string {
    const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
    return html
        .replace(/^.*<body>/s, "")
        .replace(/<wbr>/g, "")
        .replace(/<[^>]*>/g, " ")
        .replace(/\s+/g, " ")
        .replace(/&([a-z0-9#]+);/g, (_, name: string) => entities[name] ?? "?");
}

function elementsOf(html: string): string[] {
    return [...html.matchAll(/<(\/?[a-z0-9]+)/g)]
        .map(([, name]) => name!)
        .filter((name) => name !== "wbr");
}

const agreeing = () => textOf(reportHtml([stepWith()]));
const disagreeing = {
    sides: sidesOf("g s=false a=- r=2", "g s a=- r=2"),
    got: ["3 1 0", "1 6 3"],
} as const;

describe("a single proof", () => {
    test("says who asked, who answered, how often and how fast", () => {
        expect(agreeing()).toContain("cluster1 asks ✓ agrees 4 requests from x-wing-0");
        expect(agreeing()).toContain("cluster1 expected 3 of 4 75.0% median 11 ms, p95 20 ms");
        expect(agreeing()).toContain("cluster2 expected 1 of 4 25.0% median 2.0 ms, p95 2.0 ms");
        expect(agreeing()).toContain("failed not expected 0 of 4 0%");
        expect(agreeing()).toContain("cluster2 asks ✓ agrees 4 requests from x-wing-1");
    });

    test("says when, how long it took, on which Cilium and stack", () => {
        expect(agreeing()).toContain(
            "Stack dev Cilium 1.19.6 Agreed after 4.2 s, 2 rounds Ended 2026-03-01 12:34:56 UTC",
        );
    });

    test("has the settings of both sides in a table", () => {
        expect(
            textOf(
                reportHtml([stepWith({ sides: sidesOf("g s=false a=local r=2", "g s a=- r=3") })]),
            ),
        ).toContain(
            "Setting cluster1 cluster2 Global true true Shared false true Affinity local no annotation Backends 2 3",
        );
    });

    test("has no summary and no step number", () => {
        expect(agreeing()).not.toContain("Summary");
        expect(agreeing()).not.toContain("Step 1");
    });

    test("is headed by its stack where it has no title", () => {
        expect(reportHtml([stepWith()])).toMatch(/<h2 [^>]*>Stack dev<\/h2>/);
    });

    test("without commands says nothing about what was done", () => {
        expect(agreeing()).not.toContain("What was done");
    });
});

test("a step has its title, its lesson and its commands as code", () => {
    const html = reportHtml([
        stepWith({}, { title: "Failover", lesson: "The other answers.", commands: ["a b", "c"] }),
    ]);
    expect(html).toMatch(/<h2 [^>]*>Failover<\/h2>/);
    expect(textOf(html)).toContain("The other answers.");
    expect(html).toContain("<li><code>a b</code></li>\n<li><code>c</code></li>");
});

describe("a proof that disagrees", () => {
    const text = textOf(reportHtml([stepWith(disagreeing)]));

    test("says so in words, for the whole and for each client", () => {
        expect(text).toContain(
            "✗ disagrees Where cluster2 asked, the answers are not what the rule says.",
        );
        expect(text).toContain("cluster1 asks ✓ agrees");
        expect(text).toContain("cluster2 asks ✗ disagrees");
        expect(text).toContain("Given up after 4.2 s, 2 rounds");
    });

    test("has what was expected, with the reason, and what contradicts it", () => {
        expect(text).toContain(
            "Expected cluster2 only Answered cluster1 and cluster2 " +
                "Why not the others cluster1 keeps its backends to itself: sharedService is false " +
                "What disagrees cluster1 must not answer, but did: once. " +
                "No request may fail, but 3 of 10 did.",
        );
        expect(text).toContain("cluster1 ✗ not expected 1 of 10 10.0%");
        expect(text).toContain("failed ✗ not expected 3 of 10 30.0%");
    });

    test("names a cluster that must answer and did not", () => {
        const silent = textOf(
            reportHtml([
                stepWith({
                    got: ["4 0 0", "2 2 0"],
                }),
            ]),
        );
        expect(silent).toContain("cluster2 ✗ missing 0 of 4 0% no answer");
        expect(silent).toContain("What disagrees cluster2 must answer, but did not.");
    });

    test("is never called agreeing as a whole", () => {
        expect(text).not.toContain("Every cluster that must answer did");
        expect(agreeing()).not.toContain("disagree");
    });
});

test("where nobody must answer, failures are expected and every reason is told", () => {
    const nobody = stepWith({
        sides: sidesOf("g=false s a=- r=0", "g s a=- r=0"),
        got: ["0 0 4", "0 0 4"],
    });
    const text = textOf(reportHtml([nobody]));
    expect(text).toContain("failed expected 4 of 4 100%");
    expect(text).toContain(
        "Expected nobody Answered nobody Why nobody cluster1 has no backends: rebelBaseReplicas is 0 " +
            "cluster1 uses no backends but its own: globalService is false; " +
            "cluster2 has no backends: cluster2RebelBaseReplicas is 0",
    );
    expect(text).not.toContain("✗");
});

describe("where a network policy drops requests", () => {
    const sides = sidesOf("g s a=- r=2 p=cluster1", "g s a=- r=2");
    const text = (got: readonly [string, string]) =>
        textOf(reportHtml([stepWith({ sides, got }), stepWith()]));

    test("those that fail are expected, with the reason, and the policy is among the settings", () => {
        const agreed = text(["2 2 0", "0 6 4"]);
        expect(agreed).toContain("failed expected 4 of 10 40.0%");
        expect(agreed).toContain(
            "Expected cluster2 only, cluster1 times out Answered cluster2 only " +
                "Why not the others cluster1 drops what of cluster2's requests is balanced to it, so that it times out: networkPolicy is cluster1-only",
        );
        expect(agreed).toContain("Network policy lets in cluster1 only none");
        expect(agreed).toContain("cluster2 only 4 of 10 failed ✓ agrees");
        expect(agreed).not.toContain("✗");
    });

    test("it disagrees where none fails", () => {
        const disagreed = text(["2 2 0", "0 10 0"]);
        expect(disagreed).toContain("failed ✗ missing 0 of 10 0%");
        expect(disagreed).toContain(
            "What disagrees What is balanced to cluster1 must time out, but no request failed.",
        );
        expect(disagreed).toContain(
            "cluster2 only expected: cluster2 only, cluster1 times out ✗ disagrees",
        );
    });
});

test("settings without effect say so", () => {
    const text = (affinity: string, version = "1.19.6") =>
        textOf(
            reportHtml([
                stepWith({
                    sides: [
                        { ...sideOf("cluster1", `${both[0]} v=${version}`), affinity },
                        sideOf("cluster2", `g=false s a=remote r=2 v=${version}`),
                    ],
                }),
            ]),
        );
    expect(text("local")).toContain("Shared true true no effect: not global");
    expect(text("local")).toContain("Affinity local remote no effect: not global");
    expect(text("")).toContain('Affinity "" means no affinity');
    expect(text("none")).toContain("Affinity none means no affinity");
    expect(text("none", "1.18.3")).toContain("Affinity none this Cilium takes it for local only");
});

test("clusters with different Ciliums show each its own beside its settings", () => {
    const text = (cluster2: string) =>
        textOf(reportHtml([stepWith({ sides: sidesOf(both[0], `${both[1]} v=${cluster2}`) })]));
    expect(text("1.19.7")).toContain("Cilium 1.20.2 1.19.7 Global true true");
    expect(text("1.20.2")).toContain("Setting cluster1 cluster2 Global true true");
});

test("what is not as the stack made it is listed, and nothing where all is", () => {
    const drift = ["cluster1: Deployment x-wing is not there", "cluster2: <b> was changed"];
    expect(textOf(reportHtml([stepWith({ more: { drift } })]))).toContain(
        "Not as the stack made it cluster1: Deployment x-wing is not there cluster2: <b> was changed",
    );
    expect(reportHtml([stepWith({ more: { drift: [] } })])).not.toContain("Not as the stack");
});

test("a certificate that ends soon is listed, and nothing where none does", () => {
    const certificates = [
        {
            ...{ cluster: "cluster1" as const, secret: "cilium-ca", use: "CA" },
            ...{ endsAt: "2026-08-20T10:11:12.000Z", hasEnded: false },
        },
    ];
    expect(textOf(reportHtml([stepWith({ more: { certificates } })]))).toContain(
        "Certificates of the mesh cluster1: CA (Secret cilium-ca) ends on 2026-08-20 at 10:11 UTC npm run up -- --renew-certificates",
    );
    expect(reportHtml([stepWith()])).not.toContain("Certificates of the mesh");
});

test("differences between config and live objects are in a table", () => {
    const differences = [
        { cluster: "cluster2", key: "cluster2RebelBaseReplicas", config: "2", live: "3" },
    ];
    const html = reportHtml([stepWith({ more: { differences } })]);
    expect(textOf(html)).toContain(
        "Where the live objects say something else than the stack’s config. " +
            "Key Config Live cluster2RebelBaseReplicas in cluster2 2 3",
    );
    expect(agreeing()).toContain("The live objects say what the stack’s config says.");
});

describe("several steps", () => {
    const html = reportHtml([
        stepWith({}, { title: "Baseline" }),
        stepWith(disagreeing, { title: "Not shared" }),
    ]);

    test("have a summary that links to every step", () => {
        expect(textOf(html)).toContain(
            "cluster1 asks cluster2 asks Verdict " +
                "1. Baseline cluster1 and cluster2 cluster1 and cluster2 ✓ agrees after 4.2 s " +
                "2. Not shared cluster1 and cluster2 cluster1 and cluster2 3 of 10 failed expected: cluster2 only ✗ disagrees after 4.2 s",
        );
        const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id!);
        expect(targets).toEqual(["step-1", "step-2", "summary", "summary"]);
        for (const id of targets) {
            expect(html.split(`id="${id}"`)).toHaveLength(2);
        }
    });

    test("say on top how many disagree", () => {
        expect(textOf(html)).toContain("In 1 of 2 steps the answers disagree with the rule.");
        expect(textOf(reportHtml([stepWith(), stepWith()]))).toContain(
            "In all 2 steps the answers agree with the rule.",
        );
    });

    test("are numbered", () => {
        expect(textOf(html)).toContain("Step 1 of 2 Baseline");
        expect(textOf(html)).toContain("Step 2 of 2 Not shared");
    });
});

test("a step without an answer of a client says that it did not ask", () => {
    const step = stepWith();
    const clients = step.verification.clients.slice(0, 1);
    const text = textOf(reportHtml([step, { verification: { ...step.verification, clients } }]));
    expect(text).toContain("2. Stack dev cluster1 and cluster2 did not ask ✓ agrees");
});

test("without requests every share is 0%", () => {
    const text = textOf(reportHtml([stepWith({ got: ["0 0 0", "2 2 0"] })]));
    expect(text).toContain("cluster1 ✗ missing 0 of 0 0% no answer");
    expect(text).toContain("failed not expected 0 of 0 0%");
});

test("without any step the report says that nothing was verified", () => {
    expect(textOf(reportHtml([]))).toContain("Nothing was verified.");
});

test("the report has a title of its own or the one given", () => {
    expect(reportHtml([])).toContain("<title>Who answers the global service</title>");
    const html = reportHtml([], { title: "Tour & <b>more</b>" });
    expect(html).toContain("<title>Tour &amp; &lt;b&gt;more&lt;/b&gt;</title>");
    expect(html).toContain("<h1>Tour &amp; &lt;b&gt;more&lt;/b&gt;</h1>");
});

test.each([
    [0, 3, "0%"],
    [1, 2, "33.3%"],
    [1, 1999, "< 0.1%"],
    [1999, 1, "> 99.9%"],
    [3, 0, "100%"],
])("%i answers and %i failures are a share of %s", (count, failed, share) => {
    const text = textOf(
        reportHtml([
            stepWith({
                got: [`${count} 0 ${failed}`, "2 2 0"],
            }),
        ]),
    );
    const detail = count === 0 ? "no answer" : "median";
    expect(text).toContain(`${count} of ${count + failed} ${share} ${detail}`);
});

test.each([
    [0.04, "0.0 s, 1 round"],
    [59.94, "59.9 s, 1 round"],
    [59.96, "1 min 0 s, 1 round"],
    [185, "3 min 5 s, 1 round"],
])("%d seconds are %s", (seconds, duration) => {
    const text = textOf(reportHtml([stepWith({ more: { seconds, rounds: 1 } })]));
    expect(text).toContain(`Agreed after ${duration} Ended`);
});

test("a time that is none is shown as it is", () => {
    expect(textOf(reportHtml([stepWith({ more: { at: "today" } })]))).toContain("Ended today");
});

describe("texts from outside", () => {
    /** The same text everywhere a text can stand. */
    const full = (text: string) => {
        const sides = ["1", "2"].map((number) => ({
            ...sideOf(`${text}${number}`, both[0]),
            affinity: text || "x",
        }));
        const step = stepWith(
            {
                sides,
                got: ["2 1 0", "0 3 1"],
                more: {
                    stack: text,
                    at: text,
                    differences: [{ cluster: text, key: text, config: text, live: text }],
                    drift: [text],
                },
            },
            { title: text, lesson: text, commands: [text] },
        );
        const clients = step.verification.clients.map((client) => ({ ...client, pod: text }));
        const hostile = { ...step, verification: { ...step.verification, clients } };
        return reportHtml([hostile, hostile], { title: text });
    };

    test("cannot become elements or attributes", () => {
        const html = full(`"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;`);
        expect(html).not.toMatch(/<script|<img/);
        expect(html).toContain(
            "&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;lt;",
        );
        expect(elementsOf(html)).toEqual(elementsOf(full("harmless")));
    });

    test("whatever they are, change no element and are readable", () => {
        fc.assert(
            fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
                const html = full(text);
                expect(elementsOf(html)).toEqual(elementsOf(full("harmless")));
                expect(textOf(html)).toContain(text.replace(/\s+/g, " ").trim());
            }),
            { numRuns: 50 },
        );
    });
});

test("the document needs nothing from elsewhere and says its language", () => {
    const html = reportHtml([stepWith(), stepWith(disagreeing)]);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).not.toMatch(/https?:\/\/|src=|<script|@import|url\(|<iframe|<object|<embed/i);
    expect([...html.matchAll(/<link[^>]*>/g)].map(String)).toEqual([
        '<link rel="icon" href="data:,">',
    ]);
});

describe("of three clusters", () => {
    const three = stepWith({
        sides: ["g s=false a=- r=2", "g s a=local r=1", "g=false s a=- r=0"].map((text, i) =>
            sideOf(`cluster${i + 1}`, text),
        ),
        got: ["3 1 0 0", "1 3 0 0", "0 2 0 1"],
    });
    const html = reportHtml([three]);

    test("the settings have a row for each", () => {
        expect(textOf(html)).toContain(
            "Settings of every side What the live objects say; the rule is applied to this. " +
                "Cluster Global Shared Affinity Backends " +
                "cluster1 true false no annotation 2 cluster2 true true local 1 " +
                "cluster3 false true no effect: not global no annotation 0",
        );
    });

    test("each client has a row for each, and those that disagree are listed", () => {
        expect(html.match(/<section class="client">/g)).toHaveLength(3);
        expect(html.match(/<li[^>]*>\n<p class="label"><b>cluster3<\/b>/g)).toHaveLength(3);
        expect(textOf(html)).toContain(
            "Where cluster2 and cluster3 asked, the answers are not what the rule says.",
        );
        expect(textOf(html)).toContain("cluster1 asks ✓ agrees");
    });

    test("the steps of a run are grouped by cluster, and those done once are for all", () => {
        const steps = [...firstRun, stepOf("proof", 58, 59, "cluster3")];
        const groups = [...reportHtml([three], { timeline: steps }).matchAll(/"4">([^<]*)<\/th>/g)];
        expect(groups.map(([, group]) => group)).toEqual([
            "once for all",
            "cluster1",
            "cluster2",
            "cluster3",
        ]);
        expect(textOf(reportHtml([three], { timeline: firstRun }))).toContain("once for both");
    });
});

test("each of eight clusters has a pattern of its own, which the stylesheet has", () => {
    const clusters = Array.from({ length: 8 }, (_, i) => `cluster${i + 1}`);
    const classes = clusters.map((cluster) => clusterClass(cluster, clusters));
    expect(new Set(classes).size).toBe(8);
    classes.forEach((name) => expect(stylesheet).toContain(`.fill.${name} {`));
    const looks = classes.map(
        (name) => new RegExp(`\\.fill\\.${name} {([^}]*)}`).exec(stylesheet)![1],
    );
    expect(new Set(looks).size).toBe(8);
});

describe("the timeline of a run", () => {
    const html = reportHtml([stepWith()], { timeline: firstRun });

    test("is told in a sentence and in a table that says of every step when and how long", () => {
        expect(textOf(html)).toContain(
            "60.0 s from start to end; the longest chain of dependent steps takes 52.5 s (1.14 times).",
        );
        expect(textOf(html)).toContain("Cilium agent ready in the chain 33.0 s 11.0 s");
        expect(html.match(/class="fill (chain|beside)"/g)).toHaveLength(firstRun.length);
    });

    test("marks the steps of the chain in words, not only by their bars", () => {
        const rows = html.match(
            /<tr><th scope="row">(?:(?!<\/tr>).)*class="fill chain".*?<\/tr>/g,
        )!;
        expect(rows).toHaveLength(14);
        expect(rows.filter((row) => !row.includes("in the chain"))).toEqual([]);
    });

    test("has a bar from where the step began, as long as it took", () => {
        // 3 s to 4.5 s of 60 s.
        expect(html).toContain('style="margin-left: min(5%, 100% - 3px); width: 2.5%"');
    });

    test("names what the chain lost beside its own work", () => {
        expect(textOf(html)).toContain("before requests and rule agree 1.0 s");
    });

    test("is not there where there are no steps", () => {
        for (const options of [{}, { timeline: [] }]) {
            expect(textOf(reportHtml([stepWith()], options))).not.toContain("How long it took");
        }
    });
});

test("the same steps give the same document", () => {
    expect(reportHtml([stepWith()])).toBe(reportHtml([stepWith()]));
});

test("a proof where a cluster could not be asked is no verdict, says why, and counts as open", () => {
    const { verification } = stepWith();
    const unasked = [{ client: "cluster2", reason: "no answer within 10 s", isMeant: false }];
    const open = {
        title: "Outage",
        verification: {
            ...verification,
            clients: verification.clients.slice(0, 1),
            unasked,
            agrees: false,
        },
    };
    const text = textOf(reportHtml([{ ...stepWith(), title: "Baseline" }, open]));
    expect(text).toContain("1 of 2 steps prove nothing.");
    expect(text).toContain("✗ no verdict Not known: cluster2 could not be asked.");
    expect(text).toContain("Not asked cluster2: no answer within 10 s");
    expect(text).not.toContain("disagree");
});

test("a proof that agrees for other settings than those announced does not say that answers disagree", () => {
    const text = textOf(reportHtml([stepWith({ more: { agrees: false } })]));
    expect(text).toContain("other settings");
    expect(text).not.toContain("disagree");
});

test("what proves nothing, and failures that do not fit, are named for their client", () => {
    const { verification } = stepWith({
        sides: sidesOf("g s a=- r=2 p=cluster1", "g s a=- r=2"),
        got: ["3 1 0", "0 9 1"],
    });
    const [first, second] = verification.clients;
    const clients = [
        { ...first!, node: "worker", unclear: 2, agrees: false },
        { ...second!, leastFailures: 3, mostFailures: 7, agrees: false },
    ];
    const text = textOf(
        reportHtml([{ verification: { ...verification, clients, agrees: false } }]),
    );
    expect(text).toContain("from x-wing-0 on worker");
    expect(text).toContain("2 of 4 requests prove nothing");
    expect(text).toContain("which fits between 3 and 7 failures, but 1 of 10 requests failed.");
});
