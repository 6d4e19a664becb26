import * as fc from "fast-check";
import { textTable } from "../../../../src/machine/terminal";
import { Outcome } from "../../../../src/proof/verify/requests";
import { Verification } from "../../../../src/proof/verify/result";
import { verificationText } from "../../../../src/proof/verify/text";
import { proofOf } from "../../../support/proofs";
import { sideOf } from "../../../support/sides";

/** So many answers of each cluster, and failures, each after its milliseconds. */
function outcomes(counts: Readonly<Record<string, number>>): Outcome[] {
    const times: Record<string, number> = { cluster1: 1.25, cluster2: 2, failed: 1000 };
    return Object.entries(counts).flatMap(([name, count]) =>
        Array.from({ length: count }, () => ({
            kind: name === "failed" || name === "unclear" ? name : ("answered" as const),
            cluster: name,
            milliseconds: times[name] ?? 5,
        })),
    );
}

/** A proof of two sides, with what the clients of each got. */
function proof(
    settings: readonly [string, string],
    got: readonly [Record<string, number>, Record<string, number>],
    more: Partial<Verification> = {},
): Verification {
    const sides = settings.map((text, index) => sideOf(`cluster${index + 1}`, text));
    return proofOf(sides, (client) => outcomes(got[client]!), { seconds: 0.44, ...more });
}

test("a proof that agrees where all answer is a table and the verdict", () => {
    const both = { cluster1: 10, cluster2: 30 };
    expect(verificationText(proof(["g s a=- r=2", "g s a=- r=2"], [both, both]))).toBe(
        [
            "asked from  cluster1 answered        cluster2 answered        failed  must answer            verdict",
            "cluster1    10 of 40 (25 %, 1.3 ms)  30 of 40 (75 %, 2.0 ms)  -       cluster1 and cluster2  agrees",
            "cluster2    10 of 40 (25 %, 1.3 ms)  30 of 40 (75 %, 2.0 ms)  -       cluster1 and cluster2  agrees",
            "",
            "Requests and rule agree (after 0.4 s, 1 round of requests).",
        ].join("\n"),
    );
});

test("a proof says why the others do not answer, and where nobody does that all failed", () => {
    const verification = proof(
        ["g s a=- r=0", "g s=false a=- r=2"],
        [{ failed: 10 }, { cluster2: 10 }],
        { seconds: 12.06, rounds: 3 },
    );
    expect(verificationText(verification)).toBe(
        [
            "asked from  cluster1 answered  cluster2 answered         failed    must answer    verdict",
            "cluster1    -                  -                         10 of 10  nobody         agrees",
            "cluster2    -                  10 of 10 (100 %, 2.0 ms)  -         cluster2 only  agrees",
            "",
            "Why not the others:",
            "  cluster1 asks: cluster1 has no backends: rebelBaseReplicas is 0",
            "  cluster1 asks: cluster2 keeps its backends to itself: cluster2SharedService is false",
            "  cluster2 asks: cluster1 has no backends: rebelBaseReplicas is 0",
            "",
            "Requests and rule agree (after 12.1 s, 3 rounds of requests).",
        ].join("\n"),
    );
});

test("a proof that disagrees says so, for the client and as a whole, and what was changed by hand", () => {
    const both = { cluster1: 5, cluster2: 4, failed: 1 };
    const lines = verificationText(
        proof(["g s a=- r=2", "g s a=- r=2"], [both, { cluster1: 5, cluster2: 5 }], {
            seconds: 60,
            rounds: 40,
            differences: [
                { cluster: "cluster1", key: "sharedService", config: "false", live: "true" },
                { cluster: "cluster2", key: "cluster2RebelBaseReplicas", config: "0", live: "2" },
            ],
            drift: ["cluster1: Service rebel-base is not there"],
        }),
    ).split("\n");
    expect(lines[1]).toMatch(/^cluster1 .* 1 of 10 .* DISAGREES$/);
    expect(lines[2]).toMatch(/^cluster2 .* - .* agrees$/);
    expect(lines.slice(3)).toStrictEqual([
        "",
        "Changed by hand (the live objects count):",
        "  sharedService is false in the config and true live",
        "  cluster2RebelBaseReplicas is 0 in the config and 2 live",
        "",
        "Not as the stack made it:",
        "  cluster1: Service rebel-base is not there",
        "",
        "npm run up reconciles all of this with the config.",
        "",
        "Requests and rule DISAGREE (given up after 60.0 s, 40 rounds of requests).",
    ]);
});

const serverCertificate = {
    cluster: "cluster1" as const,
    secret: "clustermesh-apiserver-server-cert",
    use: "server certificate",
    endsAt: "2026-08-20T10:11:12.000Z",
};
const serverText = "  cluster1: server certificate (Secret clustermesh-apiserver-server-cert)";

test("a certificate that ends soon is told with the command that renews, and is no disagreement", () => {
    const text = verificationText(
        proof(usual, [both, both], { certificates: [{ ...serverCertificate, hasEnded: false }] }),
    );
    expect(text.split("\n").slice(4)).toEqual([
        "Certificates of the mesh:",
        `${serverText} ends on 2026-08-20 at 10:11 UTC`,
        "  npm run up -- --renew-certificates replaces all of them.",
        "",
        "Requests and rule agree (after 0.4 s, 1 round of requests).",
    ]);
});

test("a certificate that has ended is a reason where requests and rule disagree", () => {
    const ended = { certificates: [{ ...serverCertificate, hasEnded: true }] };
    const own = [{ cluster1: 10 }, { cluster2: 10 }] as const;
    const reason =
        /Clusters cannot connect with an expired certificate: this may be why they disagree/;

    const text = verificationText(proof(usual, own, ended));
    expect(text).toContain(`${serverText} HAS ENDED on 2026-08-20 at 10:11 UTC\n`);
    expect(text).toMatch(reason);
    expect(verificationText(proof(usual, [both, both], ended))).not.toMatch(reason);
});

const both = { cluster1: 5, cluster2: 5 };
const usual = ["g s a=- r=2", "g s a=- r=2"] as const;
const away = { client: "cluster2", reason: "no answer within 10 s", isMeant: false };

test("a cluster that could not be asked is a row without numbers, its reason, and no verdict", () => {
    const one = proof(usual, [both, both]);
    const text = verificationText({
        ...one,
        clients: one.clients.slice(0, 1),
        unasked: [away],
        agrees: false,
    });
    expect(text).toMatch(/^cluster1 .* agrees$/m);
    expect(text).toMatch(/^cluster2 +- +- +- +- +not asked$/m);
    expect(text).toContain("\nNot asked:\n  cluster2: no answer within 10 s\n");
    expect(text).toMatch(/\nNo verdict: cluster2 could not be asked \(given up after [^)]*\)\.$/);
});

test("a cluster that is meant to be away is said to be, and the rest agrees", () => {
    const one = proof(usual, [both, both]);
    const text = verificationText({
        ...one,
        clients: one.clients.slice(0, 1),
        unasked: [{ ...away, isMeant: true }],
    });
    expect(text).toContain("  cluster2 is meant to be down: no answer within 10 s\n");
    expect(text).toMatch(/\nRequests and rule agree \(after [^)]*\)\.$/);
});

test("it never says DISAGREE while every row agrees", () => {
    const text = verificationText(proof(usual, [both, both], { agrees: false }));
    expect(text).not.toContain("DISAGREE");
    expect(text).toContain("Requests and rule agree, but not for the settings that were announced");
});

test("what the numbers do not say by themselves is said", () => {
    const one = proof(
        ["g s a=- r=2 p=cluster1", "g s a=- r=2"],
        [
            { ...both, unclear: 2 },
            { cluster2: 9, failed: 1 },
        ],
    );
    const [first, second] = one.clients;
    const text = verificationText({
        ...one,
        sides: [{ ...one.sides[0]!, ready: 1 }, one.sides[1]!],
        clients: [first!, { ...second!, leastFailures: 3, mostFailures: 7, agrees: false }],
        agrees: false,
    });
    expect(text).toContain("\nWhat contradicts the rule:\n");
    expect(text).toContain(
        "  cluster1: 2 of 12 requests were answered by something else than a rebel-base, cut off, or found no name\n",
    );
    expect(text).toContain("  cluster2: 1 of 10 requests failed, between 3 and 7 would fit\n");
    expect(text).toContain(
        "\nBackends that are not ready:\n  cluster1: 1 of 2 backends are ready\n",
    );
    expect(text).toContain("Requests and rule DISAGREE");
});

test("where several pods of a cluster ask, each is named by its node", () => {
    const one = proof(usual, [both, both]);
    const [first, second] = one.clients;
    const clients = [
        { ...first!, node: "worker" },
        { ...first!, node: "worker2" },
        { ...second!, node: "worker" },
    ];
    const rows = verificationText({ ...one, clients })
        .split("\n")
        .slice(1, 4);
    expect(rows.map((row) => row.split("  ")[0])).toEqual([
        "cluster1 (worker)",
        "cluster1 (worker2)",
        "cluster2",
    ]);
});

test("a table's columns are as wide as their widest cell, without blanks at the end", () => {
    expect(
        textTable([
            ["a", "bb", "c"],
            ["aaa", "b", ""],
            ["", "", "ccc"],
        ]),
    ).toStrictEqual(["a    bb  c", "aaa  b", "         ccc"]);
    expect(textTable([])).toStrictEqual([]);
});

test("every cell of a column starts at the same place", () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    const table = fc
        .integer({ min: 1, max: 5 })
        .chain((columns) =>
            fc.array(fc.array(word, { minLength: columns, maxLength: columns }), { minLength: 1 }),
        );
    fc.assert(
        fc.property(table, (rows) => {
            const starts = textTable(rows).map((line) =>
                [...line.matchAll(/(?<=^| {2})[a-z]/g)].map(({ index }) => index),
            );
            expect(new Set(starts.map((indexes) => indexes.join())).size).toBe(1);
            expect(starts[0]).toHaveLength(rows[0]!.length);
        }),
    );
});
