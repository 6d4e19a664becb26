import { CannotAskError } from "../../../../src/config/errors";
import { verify } from "../../../../src/proof/verify/verify";
import { configWith } from "../../../support/defaultConfig";
import { FakeMeshOptions, fakeMesh } from "../../../support/fakeMesh";
import { fakeTime } from "../../../support/fakeTime";
import { sideOf } from "../../../support/sides";

function proof(
    one: string,
    two: string,
    options: FakeMeshOptions = {},
    withinMs = 5000,
    whyHopeless?: () => Promise<string | undefined>,
) {
    const sides = [sideOf("cluster1", one), sideOf("cluster2", two)];
    return verify({
        stack: "dev",
        config: configWith(),
        apis: fakeMesh(sides, options),
        withinMs,
        time: fakeTime(),
        whyHopeless,
    });
}

test("a mesh that follows the rule agrees in the first round", async () => {
    const { agrees, rounds, seconds, clients, differences } = await proof(
        "g s a=- r=2",
        "g s a=- r=2",
    );

    expect({ agrees, rounds, seconds, differences }).toEqual({
        agrees: true,
        rounds: 1,
        seconds: 0,
        differences: [],
    });
    expect(clients.map(({ client, requests, failed }) => [client, requests, failed])).toEqual([
        ["cluster1", 20, 0],
        ["cluster2", 20, 0],
    ]);
});

test("the rule is applied to the live objects, and what the config says otherwise is named", async () => {
    const { agrees, differences, clients } = await proof("g s=false a=local r=0", "g s a=- r=2");

    expect(agrees).toBe(true);
    expect(clients[0]!.expected.answering).toEqual(["cluster2"]);
    expect(differences.map(({ key, config, live }) => `${key}: ${config}, live ${live}`)).toEqual([
        "sharedService: true, live false",
        "serviceAffinity: none, live local",
        "rebelBaseReplicas: 2, live 0",
    ]);
});

test("a live network policy counts: requests that it drops are expected, and wrong where there is none", async () => {
    const lossy = { answering: () => ["cluster2", undefined] };
    const policed = await proof("g s a=- r=2 p=cluster1", "g s a=- r=2");
    const [, cluster2] = policed.clients;

    expect([policed.agrees, cluster2!.failed, cluster2!.requests]).toEqual([true, 10, 20]);
    expect(policed.differences.map(({ key, live }) => [key, live])).toEqual([
        ["networkPolicy", "cluster1-only"],
    ]);
    expect((await proof("g s=false a=- r=2", "g s a=- r=2", lossy)).agrees).toBe(false);
});

test("a change that is still on its way is waited for, and the wait is told", async () => {
    const answering = (_client: string, round: number) =>
        round < 4 ? ["cluster1"] : ["cluster1", "cluster2"];

    const { agrees, rounds, seconds } = await proof("g s a=- r=2", "g s a=- r=2", { answering });

    expect({ agrees, rounds, seconds }).toEqual({ agrees: true, rounds: 4, seconds: 0.6 });
});

test("a side that answers and must not makes the proof disagree when the time is up", async () => {
    const answering = () => ["cluster1", "cluster2"];

    const { agrees, clients, seconds } = await proof("g s=false a=- r=2", "g s a=- r=2", {
        answering,
    });

    expect(agrees).toBe(false);
    expect(clients.map((client) => client.agrees)).toEqual([true, false]);
    expect(seconds).toBe(5);
});

test("requests that fail make the proof disagree unless nobody must answer", async () => {
    const nobody = () => [];

    const unexpected = await proof("g s a=- r=2", "g s a=- r=2", { answering: nobody }, 0);
    const expected = await proof("g s a=- r=0", "g s a=- r=0", { answering: nobody }, 0);

    expect(unexpected.agrees).toBe(false);
    expect(unexpected.clients[0]!.failed).toBe(20);
    expect(expected.agrees).toBe(true);
    expect(expected.clients[0]!.failed).toBe(10);
});

test("the number of requests follows from the replicas", async () => {
    const { clients } = await proof("g s a=- r=1", "g s a=- r=20");

    expect(clients.map(({ requests }) => requests)).toEqual([284, 284]);
});

test("without a ready x-wing nothing can be asked, and that is no verdict", async () => {
    const attempt = proof("g s a=- r=2", "g s a=- r=2", { xWing: false });

    await expect(attempt).rejects.toThrow(new CannotAskError("no x-wing pod is ready in cluster1"));
    await expect(attempt).rejects.toBeInstanceOf(CannotAskError);
});

test("once it is hopeless nothing is waited for, and the reason is told", async () => {
    const reasons = [undefined, "the engine is off"];
    let looks = 0;
    const why = () => Promise.resolve(reasons[looks++]);
    const attempt = proof("g s a=- r=2", "g s a=- r=2", { xWing: false }, 5000, why);

    await expect(attempt).rejects.toThrow(new CannotAskError("the engine is off"));
    expect(looks).toBe(2);
});
