import { TourProgress } from "../../../../src/commands/tour/progress";
import { TourGuide, requireTwoClusters, runTour } from "../../../../src/commands/tour/walk";
import { ClusterName } from "../../../../src/config/labConfig";
import { Change } from "../../../../src/lab/exercise";
import { wantedOutages } from "../../../../src/lab/outage";
import { sidesOf } from "../../../../src/lab/sides";
import { stepsFor, tourSteps } from "../../../../src/lab/tourSteps";
import { verify } from "../../../../src/proof/verify/verify";
import { configWith } from "../../../support/defaultConfig";
import { fakeMesh } from "../../../support/fakeMesh";
import { fakeTime } from "../../../support/fakeTime";

interface Student {
    readonly own?: Record<string, string>;
    readonly inputs?: string[];
    readonly progress?: TourProgress;
    /** Called before each proof, with its number. */
    readonly before?: (proof: number, controller: AbortController) => void;
    readonly wrong?: boolean;
}

/** A tour on a fake mesh that does what the stack's values say. */
function tour({ own = {}, inputs, progress, before, wrong = false }: Student = {}) {
    const values = { ...own };
    const applied: string[][] = [];
    const said: string[] = [];
    let saved = progress;
    let proofs = 0;
    const interruption = new AbortController();
    const guide: TourGuide = {
        ownValues: () => ({ ...values }),
        apply: (changes: readonly Change[]) => {
            applied.push(changes.map(([key, value]) => `${key}=${value ?? "(default)"}`));
            for (const [key, value] of changes) {
                if (value === undefined) {
                    delete values[key];
                } else {
                    values[key] = value;
                }
            }
            return Promise.resolve();
        },
        verify: () => {
            before?.(++proofs, interruption);
            const config = configWith(values);
            const outages = wantedOutages(config);
            const apis = fakeMesh(sidesOf(config), {
                ...(wrong ? { answering: () => ["cluster1"] } : {}),
                down: (cluster) => outages[cluster as ClusterName] && "its node is paused",
            });
            return verify({ stack: "dev", config, apis, outages, withinMs: 0, time: fakeTime() });
        },
        ask: inputs && (() => Promise.resolve(inputs.shift() ?? "")),
        say: (text) => void said.push(text),
        clues: () => Promise.resolve("the agents' view"),
        report: (steps) => `report of ${steps.length}`,
        progress: {
            read: () => saved,
            write: (next) => void (saved = next),
            clear: () => void (saved = undefined),
        },
        signal: interruption.signal,
    };
    return { guide, values, applied, said, saved: () => saved };
}

test("the tour walks every step, each agrees, and the stack has its own settings again", async () => {
    const own = { serviceAffinity: "local", nodeImage: "x:1" };
    const { guide, values, saved } = tour({ own });

    const { steps, finished } = await runTour(guide);

    expect(finished).toBe(true);
    expect(steps.map(({ verification }) => verification.agrees)).toEqual(tourSteps.map(() => true));
    expect(values).toEqual(own);
    expect(saved()).toBeUndefined();
});

test("the step that answers the lab's question shows both clusters from cluster1 and one from cluster2", async () => {
    const { guide } = tour();

    const { steps } = await runTour(guide);
    const answer = steps.find(({ title }) => title?.startsWith("Not shared: "))!;

    expect(answer.commands).toEqual(["pulumi config set sharedService false"]);
    expect(
        answer.verification.clients.map(({ answers }) =>
            answers.filter(({ count }) => count > 0).map(({ cluster }) => cluster),
        ),
    ).toEqual([["cluster1", "cluster2"], ["cluster2"]]);
});

test("the step with a network policy agrees where part of cluster2's requests time out", async () => {
    const { guide } = tour();

    const { steps } = await runTour(guide);
    const step = steps.find(({ title }) => title?.startsWith("Network policy"));
    const { commands, verification } = step!;

    expect(commands).toContain("pulumi config set networkPolicy cluster1-only");
    const parts = verification.clients.map(({ failed, requests }) => failed / requests);
    expect(parts).toEqual([0, expect.closeTo(0.5, 2)]);
    expect(verification.agrees).toBe(true);
});

test("a step's commands lead from the settings before it, defaults by rm", async () => {
    const { guide, applied } = tour({ own: { rebelBaseReplicas: "3" } });

    await runTour(guide);

    expect(applied[0]).toEqual(["rebelBaseReplicas=(default)"]);
    expect(applied[1]).toEqual(["rebelBaseReplicas=0"]);
    expect(applied.at(-1)).toEqual(
        expect.arrayContaining(["rebelBaseReplicas=3", "outage=(default)"]),
    );
});

test("the steps with a dead cluster ask from the other, without a TTL half in vain, with one not", async () => {
    const { guide, said } = tour();

    const { steps } = await runTour(guide);
    const [kept, revoked] = steps.filter(({ title }) => title?.startsWith("Outage"));

    const failing = [kept, revoked].map((step) =>
        step!.verification.clients.map(({ client, failed, requests }) => [
            client,
            failed / requests,
        ]),
    );
    expect(failing).toEqual([[["cluster1", expect.closeTo(0.5, 1)]], [["cluster1", 0]]]);
    expect(kept!.verification.unasked).toMatchObject([{ client: "cluster2", isMeant: true }]);
    expect(said.join("\n")).toContain("cluster2 is meant to be down: its node is paused");
});

test("on a Cilium that has no TTL the tour leaves out the step with it", () => {
    const titles = (version: string) => stepsFor(version).map(({ title }) => title);
    const all = tourSteps.map(({ title }) => title);
    expect(titles("1.20.2")).toEqual(all);
    expect(titles("1.18.14")).toEqual(all.filter((title) => !title.includes("TTL")));
});

test("a student who guesses is told whether they were right", async () => {
    const { guide, said } = tour({ inputs: ["1", "2"] });

    await runTour(guide, tourSteps.slice(0, 1));

    expect(said).toContain("Your guess for cluster1 is right: cluster1 and cluster2.");
    expect(said).toContain(
        "Your guess for cluster2 is not quite: cluster1 and cluster2, you said cluster1 only.",
    );
});

test("a step that disagrees shows what to look at, and the tour goes on", async () => {
    const { guide, said } = tour({ wrong: true });

    const { steps } = await runTour(guide, tourSteps.slice(0, 2));

    expect(steps.map(({ verification }) => verification.agrees)).toEqual([false, false]);
    expect(said).toContain("\nWhat to look at:\nthe agents' view");
});

test("a step that disagrees is kept, and the tour goes on, where its agents cannot be asked", async () => {
    const { guide, said } = tour({ wrong: true });
    const clues = () => Promise.reject(new Error("connect ECONNREFUSED\u001b[2J 127.0.0.1:1"));
    const { steps } = await runTour({ ...guide, clues }, tourSteps.slice(0, 2));
    expect(steps).toHaveLength(2);
    expect(said).toContain(
        "\nWhat to look at:\nthe agents cannot be asked: connect ECONNREFUSED 127.0.0.1:1",
    );
});

test("a step whose settings were changed by hand meanwhile disagrees", async () => {
    const { guide } = tour();
    const changed: TourGuide = {
        ...guide,
        verify: async () => ({
            ...(await guide.verify()),
            differences: [{ cluster: "cluster2", key: "x", config: "true", live: "false" }],
        }),
    };

    const { steps } = await runTour(changed, tourSteps.slice(0, 1));

    expect(steps[0]!.verification.agrees).toBe(false);
});

test("an interrupted tour restores the settings and goes on where it was", async () => {
    const first = tour({
        own: { cluster2SharedService: "false" },
        before: (proof, controller) => proof === 3 && controller.abort(),
    });
    const interrupted = await runTour(first.guide);

    expect(interrupted.finished).toBe(false);
    expect(interrupted.steps).toHaveLength(2);
    expect(first.values).toEqual({ cluster2SharedService: "false" });
    expect(first.saved()?.original).toBeUndefined();

    const second = tour({ own: first.values, progress: first.saved() });
    const { steps, finished } = await runTour(second.guide);

    expect(finished).toBe(true);
    expect(steps.map(({ title }) => title)).toEqual(tourSteps.map(({ title }) => title));
    expect(second.values).toEqual({ cluster2SharedService: "false" });
});

test("a tour that was killed still restores the settings from before it", async () => {
    const progress = { original: { serviceAffinity: "remote" }, done: [] };
    const { guide, values } = tour({ own: { sharedService: "false" }, progress });

    await runTour(guide, tourSteps.slice(0, 1));

    expect(values).toEqual({ serviceAffinity: "remote" });
});

test("a tour remembers what each step sets, before it is set and while the next is", async () => {
    const seen: unknown[] = [];
    const { guide, saved } = tour({ own: { rebelBaseReplicas: "3" } });
    const apply: TourGuide["apply"] = (changes) => {
        seen.push(saved()?.written?.rebelBaseReplicas);
        return guide.apply(changes);
    };
    await runTour({ ...guide, apply }, tourSteps.slice(0, 3));
    const [baseline, failover, back] = tourSteps.map(({ title }) => title);
    expect(seen).toEqual([
        [{ value: null, step: baseline }],
        [
            { value: null, step: baseline },
            { value: "0", step: failover },
        ],
        [
            { value: "0", step: failover },
            { value: null, step: back },
        ],
        [{ value: null, step: back }],
    ]);
});

test("what is set by hand during the tour stays after it, also where steps have set it in between", async () => {
    const { guide, values } = tour({
        own: { rebelBaseReplicas: "3", serviceAffinity: "remote" },
        before: (proof) => {
            if (proof === 2) {
                Object.assign(values, { sharedService: "true", cluster2SharedService: "false" });
            }
        },
    });

    await runTour(guide, tourSteps.slice(0, 5));

    expect(values).toEqual({
        rebelBaseReplicas: "3",
        serviceAffinity: "remote",
        sharedService: "true",
        cluster2SharedService: "false",
    });
});

test("what is set by hand after a tour that was killed is kept by the next", async () => {
    const written = { rebelBaseReplicas: [{ value: "0", step: tourSteps[1]!.title }] };
    const progress = { original: { serviceAffinity: "local" }, written, done: [] };
    const own = { rebelBaseReplicas: "0", outage: "cluster2" };
    const { guide, values } = tour({ own, progress });

    await runTour(guide, tourSteps.slice(0, 2));

    expect(values).toEqual({ outage: "cluster2" });
});

test("a failing up restores the settings and is told", async () => {
    const { guide, values } = tour({ own: { sharedService: "false" } });
    let fails = true;
    const failing: TourGuide = {
        ...guide,
        apply: (changes) => {
            const result = guide.apply(changes);
            const failed = fails;
            fails = false;
            return failed ? Promise.reject(new Error("pulumi up failed")) : result;
        },
    };

    await expect(runTour(failing)).rejects.toThrow("pulumi up failed");
    expect(values).toEqual({ sharedService: "false" });
});

test("titles are unique and every step sets only the lab's keys to legal values", () => {
    expect(new Set(tourSteps.map(({ title }) => title)).size).toBe(tourSteps.length);
    tourSteps.forEach(({ settings }) => expect(() => configWith(settings)).not.toThrow());
});

test("a stack of more than two clusters is refused, with a stack of two to take", () => {
    expect(() => requireTwoClusters("dev", configWith())).not.toThrow();
    expect(() => requireTwoClusters("dev", configWith({ clusters: "3" }))).toThrow(
        [
            "1 problem; nothing was created or changed:",
            "  - the tour is a story of two clusters, and stack dev has 3.",
            "    Fix: take it on another stack: npm run up -- --stack two && npm run tour -- --stack two",
        ].join("\n"),
    );
});
