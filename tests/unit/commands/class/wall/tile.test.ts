import { Asked, Check, LabFacts, checkAfter } from "../../../../../src/commands/class/wall/facts";
import {
    isAskable,
    spanText,
    tileOf,
    waitsTooLongMs,
    wrongTooLongMs,
} from "../../../../../src/commands/class/wall/tile";
import { clustersThatAre, labFacts } from "../../../../support/fakeClass";

const now = Date.UTC(2026, 2, 1, 12);
const ago = (ms: number) => now - ms;
const minute = 60_000;

function check(verdict: Asked["verdict"], changes: Partial<Check> = {}): Check {
    const why = verdict === "agrees" ? undefined : `it ${verdict}`;
    return { verdict, why, byHand: [], lacking: [], at: ago(5_000), since: ago(5_000), ...changes };
}

function tile(changes: Partial<LabFacts>, asked?: Check) {
    return tileOf(labFacts(changes), asked, now);
}

const missing = { clusters: clustersThatAre("missing") };
const worker = { what: "npm run class -- up", since: ago(minute) };
const failed: LabFacts["outcome"] = {
    work: "up",
    ok: false,
    reason: "cluster1 is stuck",
    seconds: 60,
    at: new Date(ago(10 * minute)).toISOString(),
};

describe("a lab", () => {
    test("of which nothing is there and nothing was is not up; one that has a config file is down", () => {
        expect(tile({ ...missing, wasMade: false })).toMatchObject({
            state: "not up",
            note: "nobody has brought it up yet",
            stuck: undefined,
            verdict: undefined,
        });
        expect(tile(missing)).toMatchObject({ state: "down", stuck: undefined });
    });

    test("whose nodes are stopped is down, and the tile says what starts them", () => {
        expect(tile({ clusters: clustersThatAre("stopped") })).toMatchObject({
            state: "down",
            note: "its nodes are stopped; npm run up starts them",
        });
    });

    test("that a command makes is coming up, with what it waits for and since when", () => {
        const news = { text: "cluster1: waiting for coredns", at: ago(20_000), isFailure: false };
        expect(tile({ ...missing, worker, news })).toMatchObject({
            state: "coming up",
            note: "cluster1: waiting for coredns",
            noteSince: news.at,
            stuck: undefined,
        });
        expect(tile({ ...missing, worker })).toMatchObject({
            note: "npm run class -- up is at work",
            noteSince: worker.since,
        });
        // Both nodes run, and nothing is in them yet.
        expect(tile({ worker, makesClusters: true }).state).toBe("coming up");
    });

    test("that was up and is changed stays up, and its verdict waits", () => {
        expect(tile({ worker }, check("agrees"))).toMatchObject({
            state: "up",
            verdict: "changing",
            note: "npm run class -- up is at work",
        });
    });

    test("what an earlier run said is not what the one at work waits for", () => {
        const news = { text: "cluster1 is stuck", at: ago(5 * minute), isFailure: true };
        expect(tile({ ...missing, worker, news })).toMatchObject({
            state: "coming up",
            note: "npm run class -- up is at work",
        });
    });

    test("that is taken down is down at once", () => {
        for (const what of ["npm run down", "npm run class -- down"]) {
            expect(tile({ worker: { what, since: ago(5 * minute) } })).toMatchObject({
                state: "down",
                note: `${what} takes it away`,
                stuck: undefined,
            });
        }
    });

    test("of which a cluster is missing, or somebody else's, has failed", () => {
        const [first, second] = clustersThatAre("running");
        const clusters = [first!, { ...second!, state: "missing" as const }];
        expect(tile({ clusters })).toMatchObject({
            state: "failed",
            note: "cluster2 missing; npm run up repairs it",
            stuck: { why: "cluster2 missing; npm run up repairs it" },
        });
        expect(tile({ clusters: clustersThatAre("foreign") }).state).toBe("failed");
    });

    test("with a cluster that is meant to be away is up", () => {
        const [first, second] = clustersThatAre("running");
        const away = { ...second!, state: "stopped" as const, isMeantAway: true };
        const facts = labFacts({ clusters: [first!, away] });
        expect(tileOf(facts, check("agrees"), now)).toMatchObject({
            state: "up",
            verdict: "agrees",
        });
        expect(isAskable(facts)).toBe(true);
    });

    test("that the engine does not tell of is unknown, with the engine's reason", () => {
        const trouble = "docker cannot list its containers: Cannot connect";
        expect(tile({ clusters: clustersThatAre("unknown"), trouble })).toMatchObject({
            state: "unknown",
            note: trouble,
            stuck: { why: trouble },
        });
    });

    test("whose config cannot be read is stuck with that, whatever runs", () => {
        const trouble = "stacks/Pulumi.class-ada.yaml is not valid YAML.";
        expect(tile({ trouble }, check("agrees"))).toMatchObject({
            state: "up",
            stuck: { why: trouble },
        });
    });
});

describe("an up that failed", () => {
    test("is a lab that has failed, with its last error, since then", () => {
        const stuck = { why: "cluster1 is stuck", since: Date.parse(failed.at) };
        for (const clusters of [clustersThatAre("missing"), clustersThatAre("running")]) {
            expect(tile({ clusters, outcome: failed })).toMatchObject({ state: "failed", stuck });
        }
    });

    test("of whatever command counts, the later one of the class's and the student's own", () => {
        const news = (isFailure: boolean) => ({
            news: { text: "the student's own", at: ago(minute), isFailure },
            outcome: failed,
        });
        expect(tile(news(true))).toMatchObject({
            state: "failed",
            stuck: { why: "the student's own", since: ago(minute) },
        });
        expect(tile(news(false)).state).toBe("up");
        const earlier = { text: "before", at: ago(11 * minute), isFailure: true };
        expect(tile({ news: earlier, outcome: failed })).toMatchObject({
            stuck: { why: "cluster1 is stuck" },
        });
        expect(tile({ news: earlier, outcome: { ...failed, ok: true } }).state).toBe("up");
    });

    test("is over once the clients could be asked, and is not while they cannot", () => {
        expect(tile({ outcome: failed }, check("agrees")).state).toBe("up");
        expect(tile({ outcome: failed }, check("disagrees")).state).toBe("up");
        expect(tile({ outcome: failed }, check("unasked")).state).toBe("failed");
        const before = check("agrees", { at: ago(11 * minute) });
        expect(tile({ outcome: failed }, before).state).toBe("failed");
    });

    test("is not over while backends lack, although requests get what the rule says of the others", () => {
        const lacking = ["cluster1: 0 of 2 backends are ready"];
        expect(tile({ outcome: failed }, check("agrees", { lacking }))).toMatchObject({
            state: "failed",
            stuck: { why: "cluster1 is stuck" },
        });
    });

    test("by Ctrl-C says that it was stopped", () => {
        const outcome = { ...failed, isStopped: true };
        expect(tile({ ...missing, outcome }).note).toBe("stopped: cluster1 is stuck");
    });

    test("is no matter of a verify or a down of the class", () => {
        expect(tile({ outcome: { ...failed, work: "verify" } }).state).toBe("up");
        expect(tile({ ...missing, outcome: { ...failed, work: "down" } }).state).toBe("down");
    });
});

describe("a student is stuck", () => {
    test("who waits for the same thing for too long, and not before", () => {
        const waiting = (ms: number) => ({
            ...missing,
            worker,
            news: { text: "cluster1: waiting", at: ago(ms), isFailure: false },
        });
        const since = ago(30 * minute);
        const long = { ...waiting(waitsTooLongMs), worker: { ...worker, since } };
        expect(tile(long).stuck).toEqual({ why: "cluster1: waiting", since: ago(waitsTooLongMs) });
        expect(tile({ ...long, ...waiting(waitsTooLongMs - 1) }).stuck).toBeUndefined();
    });

    test.each(["disagrees", "unasked"] as const)(
        "whose lab %s for longer than a change takes to arrive",
        (verdict) => {
            const for_ = (ms: number) => check(verdict, { since: ago(ms) });
            expect(tile({}, for_(wrongTooLongMs))).toMatchObject({
                verdict,
                stuck: { why: `it ${verdict}`, since: ago(wrongTooLongMs) },
            });
            // It is told at once, all the same.
            expect(tile({}, for_(wrongTooLongMs - 1))).toMatchObject({
                note: `it ${verdict}`,
                stuck: undefined,
            });
            const outage = { arrivesWithinMs: 5 * minute };
            expect(tile(outage, for_(4 * minute)).stuck).toBeUndefined();
            expect(tile(outage, for_(5 * minute)).stuck).toBeDefined();
        },
    );

    test("whose backends are not ready for long, and it is told before", () => {
        const lacking = ["cluster1: 0 of 2 backends are ready"];
        const lack = (ms: number) => check("agrees", { lacking, since: ago(ms) });
        expect(tile({}, lack(wrongTooLongMs))).toMatchObject({
            verdict: "agrees",
            stuck: { why: lacking[0] },
        });
        expect(tile({}, lack(1))).toMatchObject({ note: lacking[0], stuck: undefined });
    });

    test("never while all is well, or the student thinks on the tour", () => {
        expect(tile({}, check("agrees", { since: ago(60 * minute) })).stuck).toBeUndefined();
        const touring = { what: "npm run tour", since: ago(60 * minute) };
        expect(tile({ worker: touring }, check("agrees"))).toMatchObject({
            state: "up",
            verdict: "agrees",
            note: undefined,
            stuck: undefined,
        });
    });
});

test("a lab is asked when all of it runs and no command changes it", () => {
    expect(isAskable(labFacts())).toBe(true);
    expect(isAskable(labFacts({ worker }))).toBe(false);
    expect(isAskable(labFacts({ worker: { ...worker, what: "npm run tour" } }))).toBe(true);
    expect(isAskable(labFacts(missing))).toBe(false);
    expect(isAskable(labFacts({ clusters: clustersThatAre("stopped") }))).toBe(false);
});

test("a verdict lasts from the first question that came to it", () => {
    const first = checkAfter(undefined, check("disagrees"), 1);
    const second = checkAfter(first, check("disagrees"), 2);
    expect(second).toMatchObject({ since: 1, at: 2 });
    const third = checkAfter(second, check("agrees"), 3);
    expect(third).toMatchObject({ since: 3, at: 3 });
    expect(checkAfter(third, check("agrees", { lacking: ["a"] }), 4)).toMatchObject({ since: 4 });
});

test.each([
    [0, "0 s"],
    [59_999, "50 s"],
    [60_000, "1 min"],
    [119 * 60_000, "119 min"],
    [150 * 60_000, "2 h"],
    [-5, "0 s"],
])("a span of %d ms is %s", (ms, text) => {
    expect(spanText(ms)).toBe(text);
});
