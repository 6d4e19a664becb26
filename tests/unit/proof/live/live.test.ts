import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whoAnswers } from "../../../../src/lab/whoAnswers";
import { arrivedAfter } from "../../../../src/proof/live/changes";
import { feed } from "../../../../src/proof/live/feed";
import { Sent, columns, withSent } from "../../../../src/proof/live/history";
import { LabFacts, labView } from "../../../../src/proof/live/labView";
import { batchReader, batchSize, loadScript } from "../../../../src/proof/live/load";
import { peerViews, podView } from "../../../../src/proof/live/look";
import { stylesheet } from "../../../../src/proof/report/page";
import { patternOf } from "../../../../src/proof/report/pattern";
import { Outcome } from "../../../../src/proof/verify/requests";
import { configWith } from "../../../support/defaultConfig";
import { pod } from "../../../support/fakeClusterApi";
import { scriptOutput } from "../../../support/fakeRequests";
import { nobody } from "../../../support/managedFields";
import { sideOf } from "../../../support/sides";

const start = Date.UTC(2026, 2, 1, 12);

/** A batch of a client, so many seconds after the start: answers by cluster, `-` for none. */
function sent(client: string, second: number, text: string): Sent {
    const outcomes = text
        .split(" ")
        .map((answer): Outcome =>
            answer === "-"
                ? { kind: "failed", milliseconds: 1001 }
                : { kind: "answered", cluster: `cluster${answer}`, milliseconds: 3 },
        );
    return { client, at: start + second * 1000, outcomes };
}

test("a session that is still being opened ends with the watch, and that is no trouble", async () => {
    const watching = new AbortController();
    const troubles: unknown[] = [];
    let signal: AbortSignal | undefined;
    const feeding = feed(
        {
            client: "cluster1",
            pod: () => "x-wing-a",
            open: () => (_place, _command, _onText, given) => {
                signal = given;
                return new Promise((_, reject) =>
                    given.addEventListener("abort", () => reject(new Error("given up"))),
                );
            },
            onSent: () => undefined,
            onTrouble: (trouble) => void troubles.push(trouble),
            now: () => start,
        },
        watching.signal,
    );
    watching.abort();
    await feeding;
    expect(signal?.aborted).toBe(true);
    expect(troubles).toEqual([]);
});

describe("the loop in a pod", () => {
    const output = (n: number, answer: string | undefined) =>
        `#${n}\t${scriptOutput(batchSize, () => answer)
            .trimEnd()
            .replaceAll("\n", "\t")}\n`;

    test("is read batch by batch, however its output is cut", () => {
        const text = output(7, "cluster1") + output(8, undefined);
        for (const cut of [1, 5, 40, text.length]) {
            const read = batchReader();
            const pieces = text.match(new RegExp(`[^]{1,${cut}}`, "g"))!;
            const batches = pieces.flatMap((piece) => read(piece));
            expect(batches.map(({ batch, outcomes }) => [batch, outcomes[0]!.kind])).toEqual([
                [7, "answered"],
                [8, "failed"],
            ]);
        }
    });

    test("passes over what is none of its output", () => {
        expect(batchReader()("warning: something\n" + output(1, "cluster2"))).toHaveLength(1);
    });

    const shells = [["bash"], ["dash"], ["busybox", "sh"]].filter(
        ([program]) => spawnSync(program!, ["-c", "true"]).error === undefined,
    );

    test.each(shells.map((shell) => [shell.join(" "), shell] as const))(
        "sends a batch for every line until its input ends, in %s",
        (_, [program, ...args]) => {
            const { stdout, status } = spawnSync(program!, [...args, "-c", loadScript], {
                input: "7\n8\n",
                encoding: "utf8",
                // Without a curl every batch is one without an answer.
                env: { PATH: process.env.PATH, http_proxy: "http://127.0.0.1:1" },
            });
            const batches = batchReader()(stdout).map(({ batch }) => batch);
            expect([batches.sort(), status]).toEqual([[7, 8], 0]);
        },
    );

    test.each(shells.map((shell) => [shell.join(" "), shell] as const))(
        "never mixes batches that end at the same time, in %s",
        (_, [program, ...args]) => {
            const folder = mkdtempSync(join(tmpdir(), "curl-"));
            const body = `{"Galaxy": "Alderaan", "Cluster": "Cluster-1", "more": "${"*".repeat(200)}"}`;
            const answers = `for i in 1 2 3 4 5; do echo '${body}' > $i; echo "$i 200 0 0.003"; done`;
            writeFileSync(join(folder, "curl"), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
            const numbers = Array.from({ length: 40 }, (__, index) => index);
            const { stdout } = spawnSync(program!, [...args, "-c", loadScript], {
                input: numbers.map((number) => `${number}\n`).join(""),
                encoding: "utf8",
                env: { PATH: `${folder}:${process.env.PATH}` },
            });
            rmSync(folder, { recursive: true });
            const batches = batchReader()(stdout);
            expect(batches.map(({ batch }) => batch).sort((a, b) => a - b)).toEqual(numbers);
            for (const { outcomes } of batches) {
                expect(outcomes.map(({ cluster }) => cluster)).toEqual(
                    Array.from({ length: batchSize }, () => "cluster1"),
                );
            }
        },
    );

    test("ends by itself when nobody feeds it, where the shell can", () => {
        expect(loadScript).toContain("-t 15");
    });
});

describe("the history", () => {
    test("counts answers and failures by client in spans of two seconds, for an hour", () => {
        const batches = [
            sent("cluster1", 0, "1 2"),
            sent("cluster1", 1.5, "2 -"),
            sent("cluster2", 2, "2"),
        ];
        const history = batches.reduce(withSent, []);
        expect(history.map(({ at, counts }) => [(at - start) / 1000, counts])).toEqual([
            [0, { cluster1: { cluster1: 1, cluster2: 2, failed: 1 } }],
            [2, { cluster2: { cluster2: 1 } }],
        ]);
        expect(withSent(history, sent("cluster1", 3601, "1")).map(({ at }) => at)).toEqual([
            start + 2000,
            start + 3600_000,
        ]);
    });

    test("is cut into columns that end now", () => {
        const history = [sent("cluster1", 0, "1"), sent("cluster1", 59, "2 2")].reduce(
            withSent,
            [],
        );
        const spans = columns(history, { now: start + 60_000, minutes: 1, count: 30 });
        expect(spans[0]).toEqual({ cluster1: { cluster1: 1 } });
        expect(spans[29]).toEqual({ cluster1: { cluster2: 2 } });
        expect(spans.slice(1, 29).every((span) => Object.keys(span).length === 0)).toBe(true);
    });
});

describe("a change", () => {
    const sides = [sideOf("cluster1", "g s=false a=- r=2"), sideOf("cluster2", "g s a=- r=2")];
    const answers = whoAnswers(sides);
    const after = (batches: readonly Sent[], second: number) =>
        arrivedAfter(start, start + second * 1000, answers, batches);

    test("has arrived with the last request that contradicts it, once two seconds fit", () => {
        const batches = [
            sent("cluster1", 0.5, "1 2"),
            sent("cluster2", 0.5, "1 2"),
            sent("cluster2", 1, "1 2"),
            sent("cluster1", 1.5, "1 2"),
            sent("cluster2", 1.5, "2 2"),
        ];
        expect(after(batches, 2.5)).toBeUndefined();
        expect(after([...batches, sent("cluster2", 2, "2")], 4)).toBe(1000);
    });

    test("has not arrived while a cluster that must answer is silent, or nobody asks", () => {
        const silent = [sent("cluster1", 1, "1 1"), sent("cluster2", 1, "2")];
        expect(after(silent, 30)).toBeUndefined();
        expect(after([sent("cluster1", 1, "1 2")], 30)).toBeUndefined();
    });
});

describe("the view of the lab", () => {
    const look = (side: ReturnType<typeof sideOf>) => ({
        side,
        rebelBases: [],
        xWings: [{ name: "x-wing-a", state: "ready" as const }],
        template: undefined,
        managed: nobody,
        policies: [],
    });
    const both = ["cluster1", "cluster2"];
    const facts = (texts: string, more: Partial<LabFacts> = {}): LabFacts => ({
        stack: "dev",
        config: configWith(),
        now: start + 10_000,
        known: both.map((cluster) => ({ cluster, look: look(sideOf(cluster, "g s a=- r=2")) })),
        sent: both.flatMap((client) =>
            [6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5].map((second) => sent(client, second, texts)),
        ),
        marks: [],
        ...more,
    });

    test("agrees where the requests of the last seconds are what the rule says", () => {
        const view = labView(facts("1 2 1 2 1"));
        expect(view.verdict).toBe("agrees");
        expect(view.clients[0]!.result.answers.map(({ count }) => count)).toEqual([24, 16]);
    });

    test("disagrees where they are not, and tells time-outs from the rest", () => {
        const view = labView(facts("1 2 1 2 -"));
        expect(view.verdict).toBe("disagrees");
        expect(view.clients[0]!.timedOut).toBe(8);
    });

    test.each([
        ["is judged on as many requests at half its pace", 1, "agrees"],
        [
            "has no verdict at a tenth of its pace, since most of its requests are old",
            5,
            "arriving",
        ],
    ])("a load that needs many requests %s", (_, everySeconds, verdict) => {
        const seconds = Array.from({ length: 120 / everySeconds }, (__, n) => n * everySeconds);
        const view = labView(
            facts("", {
                now: start + 120_000,
                known: both.map((cluster, index) => ({
                    cluster,
                    look: look(sideOf(cluster, index === 0 ? "g s a=- r=20" : "g s a=- r=2")),
                })),
                sent: seconds.flatMap((second) =>
                    both.map((client) => sent(client, second, "1 1 1 1 2")),
                ),
            }),
        );
        expect(view.verdict).toBe(verdict);
    });

    test("waits after a change, and for enough requests", () => {
        const marks = [{ at: start + 5_000, by: "kubectl", texts: ["x"] }];
        expect(labView(facts("1 1 1 1 1", { marks })).verdict).toBe("arriving");
        const arrived = [{ ...marks[0]!, arrivedMs: 4_200 }];
        expect(labView(facts("1 2 1 2 1", { marks: arrived })).verdict).toBe("arriving");
    });

    test.each([
        ["half of the requests time out, as long as they are sent there", {}, "1 - 1 -", "agrees"],
        ["nothing fails before its backends are dropped", {}, "1 1 1 1", "disagrees"],
        [
            "they time out until the TTL has run",
            { clusterMeshCacheTtl: "30s" },
            "1 - 1 -",
            "agrees",
        ],
        ["nothing fails once it has", { clusterMeshCacheTtl: "30s" }, "1 1 1", "agrees"],
        ["a dead cluster answers", { clusterMeshCacheTtl: "30s" }, "1 2 1", "disagrees"],
    ])("of a cluster that is meant to be dead: %s (%j)", (_, given, texts, verdict) => {
        const [first] = facts("1").known;
        const dead = { cluster: "cluster2", trouble: "its API server does not answer" };
        const config = configWith({ outage: "cluster2", ...given });
        const all = facts(texts, { config, known: [first!, dead] });
        const view = labView({
            ...all,
            sent: all.sent.filter(({ client }) => client === "cluster1"),
        });
        expect(view.verdict).toBe(verdict);
        expect(view.clusters.map(({ isMeantAway }) => isMeantAway)).toEqual([false, true]);
        expect(view.differences).toEqual([]);
    });

    test("knows nothing where a cluster cannot be seen or asks nothing", () => {
        const [first, second] = facts("1 2").known;
        const away = { ...second!, trouble: "its API server does not answer" };
        expect(labView(facts("1 2", { known: [first!, away] })).verdict).toBe("unknown");
        const unseen = { cluster: "cluster2", trouble: "it is not there" };
        const view = labView(facts("1 2", { known: [first!, unseen] }));
        expect(view.verdict).toBe("unknown");
        expect(view.clients).toEqual([]);
        expect(labView(facts("1 2", { sent: [] })).verdict).toBe("unknown");
    });

    test("has pods as they are, and peers in the agent's words", () => {
        const gone = pod("b");
        gone.metadata!.deletionTimestamp = new Date();
        expect(podView(pod("a")).state).toBe("ready");
        expect(podView(gone).state).toBe("ending");
        expect(podView(pod("c", { ready: false })).state).toBe("starting");
        const status = { "cluster-mesh": { clusters: [{ name: "cluster2", ready: true }] } };
        expect(peerViews(status, ["cluster2", "cluster3"])).toEqual([
            { cluster: "cluster2", isConnected: true },
            { cluster: "cluster3", isConnected: false, status: "not known yet" },
        ]);
    });
});

test("pictures have the patterns of the report's bars", () => {
    for (const [name, { color, degrees, stripe }] of Object.entries(patternOf).slice(2)) {
        const rule = new RegExp(`\\.fill\\.${name} \\{([^}]*)\\}`).exec(stylesheet)![1]!;
        expect(rule).toContain(`--color: var(${color});`);
        expect(rule).toContain(`--angle: ${degrees}deg;`);
        expect(rule).toContain(`--stripe: ${stripe}px;`);
    }
});
