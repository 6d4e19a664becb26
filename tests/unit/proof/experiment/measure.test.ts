import { sidesOf } from "../../../../src/lab/sides";
import { whoAnswers } from "../../../../src/lab/whoAnswers";
import { Trial, measure, watchTimes } from "../../../../src/proof/experiment/measure";
import { configWith } from "../../../support/defaultConfig";
import { Delays, SteadyWorld } from "../../../support/steadyWorld";

type Values = Record<string, string>;

const answersOf = (values: Values) => {
    const config = configWith(values);
    return whoAnswers(sidesOf(config));
};

/** Measures a change of a lab that has these settings at first. */
function world(from: Values, to: Values, delays: Delays = {}, more: Partial<Trial> = {}) {
    const lab = new SteadyWorld(configWith(from), delays);
    const said: string[] = [];
    const interruption = new AbortController();
    const run = () =>
        measure(
            {
                requests: () => lab.requests,
                time: lab.time,
                say: (line) => void said.push(line),
                signal: interruption.signal,
            },
            {
                before: answersOf(from),
                after: answersOf(to),
                change: () => {
                    lab.change(configWith(to));
                    return Promise.resolve();
                },
                ...watchTimes(undefined),
                ...more,
            },
        );
    return { lab, run, said, interruption };
}

test("the change is made once all is as the rule says, and watched until it has been right for ten seconds", async () => {
    const { lab, run } = world({}, { rebelBaseReplicas: "0" }, { arrivalMs: 1_500 });
    const { span, isSettled, clients, requests } = await run();
    expect(isSettled).toBe(true);
    expect(span.changedAt - span.from).toBe(5_000);
    expect(span.to - span.changedAt).toBeGreaterThanOrEqual(11_400);
    expect(span.to - span.changedAt).toBeLessThan(13_000);
    expect(lab.time.now() - span.to).toBe(4_000);
    const [one] = clients;
    expect(one!.lastWrongMs).toBeGreaterThanOrEqual(1_000);
    expect(one!.lastWrongMs).toBeLessThan(1_500);
    expect(requests.every(({ at }) => at >= span.from && at < span.to)).toBe(true);
});

test("a cluster that comes back is waited for", async () => {
    const { run } = world({ rebelBaseReplicas: "0" }, {}, { arrivalMs: 60_000 });
    const { clients, isSettled } = await run();
    expect(isSettled).toBe(true);
    expect(clients[0]!.firstNewMs).toBeGreaterThanOrEqual(60_000);
});

test("what does not settle is given up in the end, and said so", async () => {
    const { run } = world({}, { rebelBaseReplicas: "0" }, { arrivalMs: 1e9 });
    const { isSettled, span } = await run();
    expect(isSettled).toBe(false);
    expect(span.to - span.changedAt).toBeGreaterThanOrEqual(240_000);
    expect(span.to - span.changedAt).toBeLessThan(245_000);
});

test("a lab that is not as the rule says before the change is not changed; what is waited for is said", async () => {
    const { lab, run, said } = world({}, { rebelBaseReplicas: "0" });
    lab.change(configWith({ sharedService: "false" }));
    await expect(run()).rejects.toThrow(
        /^the answers are not what the rule says before the change \(cluster2 asks: cluster1 and cluster2\), after 300 s/,
    );
    expect(said).toEqual([
        "  waiting until the answers are what the rule says before the change (cluster2 asks: cluster1 and cluster2), at most 300 s",
    ]);
});

test("a client that asks nothing any more does not count as settled", async () => {
    const { lab, run } = world({}, { rebelBaseReplicas: "0" });
    let sleeps = 0;
    lab.onSleep = () => {
        sleeps += 1;
        if (sleeps === 25) {
            lab.clients = ["cluster1"];
        }
    };
    expect((await run()).isSettled).toBe(false);
});

test("a signal ends the waiting", async () => {
    const { lab, run, interruption } = world({}, { rebelBaseReplicas: "0" });
    lab.onSleep = () => interruption.abort();
    await expect(run()).rejects.toThrow("aborted");
});

describe("an outage", () => {
    const [from, to] = [{}, { outage: "cluster2" }];
    const ttl = { clusterMeshCacheTtl: "30s" };

    test("without a TTL is watched for three minutes: by then nothing ends it that has not", () => {
        const [answer] = answersOf(to);
        expect(watchTimes({ seconds: 0, kept: [answer!], end: [answer!] })).toEqual({
            leastMs: 180_000,
            withinMs: 180_000,
        });
    });

    test("with a TTL is watched until its end is seen, or must have come where it cannot be seen", () => {
        const [kept] = answersOf(to);
        const [end] = answersOf({ ...to, ...ttl });
        expect(watchTimes({ seconds: 240, kept: [kept!], end: [end!] }).leastMs).toBe(10_000);
        expect(watchTimes({ seconds: 240, kept: [end!], end: [end!] }).leastMs).toBe(240_000);
    });

    test("with a TTL ends with the last request that timed out", async () => {
        const { lab, run } = world(
            { ...from, ...ttl },
            { ...to, ...ttl },
            { revokedMs: 110_000 },
            {
                before: answersOf({ ...from, ...ttl }).slice(0, 1),
                after: answersOf({ ...to, ...ttl }).slice(0, 1),
                leastMs: 10_000,
                withinMs: 245_000,
            },
        );
        lab.clients = ["cluster1"];
        const { clients, isSettled } = await run();
        expect(isSettled).toBe(true);
        expect(clients).toHaveLength(1);
        expect(clients[0]!.lastFailedMs).toBeGreaterThan(109_000);
        expect(clients[0]!.lastFailedMs).toBeLessThanOrEqual(110_000);
        expect(clients[0]!.timedOut).toBe(clients[0]!.failed);
    });
});
