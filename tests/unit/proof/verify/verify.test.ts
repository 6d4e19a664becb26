import { CannotAskError } from "../../../../src/config/errors";
import { Side } from "../../../../src/lab/whoAnswers";
import { interruptibleTime } from "../../../../src/machine/poll";
import { ClusterApi } from "../../../../src/mesh/kube/clusterApi";
import { Outages } from "../../../../src/proof/verify/liveMesh";
import { verify } from "../../../../src/proof/verify/verify";
import { configWith } from "../../../support/defaultConfig";
import { FakeMeshOptions, fakeMesh } from "../../../support/fakeMesh";
import { badGateway } from "../../../support/fakeRequests";
import { fakeTime } from "../../../support/fakeTime";
import { selfSigned } from "../../../support/selfSignedCertificate";
import { sideOf } from "../../../support/sides";

interface Proof extends FakeMeshOptions {
    readonly withinMs?: number;
    readonly outages?: Outages;
    readonly whyHopeless?: () => Promise<string | undefined>;
    readonly date?: () => Date;
}

function prove(
    sides: readonly Side[],
    { withinMs = 5000, outages, whyHopeless, date, ...mesh }: Proof = {},
) {
    return verify({
        stack: "dev",
        config: configWith(),
        apis: fakeMesh(sides, mesh),
        withinMs,
        time: fakeTime(),
        outages,
        whyHopeless,
        date,
    });
}

function proof(one: string, two: string, options: Proof = {}) {
    return prove([sideOf("cluster1", one), sideOf("cluster2", two)], options);
}

const usual = "g s a=- r=2";

test("a mesh that follows the rule agrees in the first round: a look, then a judgement on fresh requests", async () => {
    const sent: string[] = [];
    const onExec = (pod: string, requests: number) => void sent.push(`${pod} ${requests}`);

    const { agrees, rounds, seconds, clients, differences, unasked } = await proof(usual, usual, {
        onExec,
    });

    expect({ agrees, rounds, seconds, differences, unasked }).toEqual({
        agrees: true,
        rounds: 1,
        seconds: 0,
        differences: [],
        unasked: [],
    });
    expect(sent.sort()).toEqual([
        "x-wing-cluster1 138",
        "x-wing-cluster1 20",
        "x-wing-cluster2 138",
        "x-wing-cluster2 20",
    ]);
    expect(clients.map(({ client, requests, failed }) => [client, requests, failed])).toEqual([
        ["cluster1", 138, 0],
        ["cluster2", 138, 0],
    ]);
});

test("the rule is applied to the live objects, and what the config says otherwise is named", async () => {
    const { agrees, differences, clients } = await proof("g s=false a=local r=0", usual);

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
    const policed = await proof(`${usual} p=cluster1`, usual);
    const [, cluster2] = policed.clients;

    expect(policed.agrees).toBe(true);
    expect(cluster2!.failed / cluster2!.requests).toBeCloseTo(0.5, 2);
    expect(policed.differences.map(({ key, live }) => [key, live])).toEqual([
        ["networkPolicy", "cluster1-only"],
    ]);
    expect((await proof("g s=false a=- r=2", usual, lossy)).agrees).toBe(false);
});

test.each([
    ["1 of 20", 1],
    ["19 of 20", 19],
])(
    "where a policy drops half of the requests, %s failures fit no more than none",
    async (_title, failing) => {
        const answering = (client: string) =>
            client === "cluster1"
                ? ["cluster1", "cluster2"]
                : Array.from({ length: 20 }, (_, index) =>
                      index < failing ? undefined : "cluster2",
                  );

        const { agrees, clients } = await proof(`${usual} p=cluster1`, usual, { answering });

        expect(agrees).toBe(false);
        expect(clients.map((client) => client.agrees)).toEqual([true, false]);
    },
);

test("a change that is still on its way is waited for with few requests, and the wait is told", async () => {
    const sent: number[] = [];
    const onExec = (_: string, requests: number) => void sent.push(requests);
    const answering = (_client: string, exec: number) =>
        exec < 4 ? ["cluster1"] : ["cluster1", "cluster2"];

    const { agrees, rounds, seconds } = await proof(usual, usual, { answering, onExec });

    expect({ agrees, rounds, seconds }).toEqual({ agrees: true, rounds: 4, seconds: 0.6 });
    expect(sent).toEqual([20, 20, 20, 20, 20, 20, 20, 20, 138, 138]);
});

test("a judgement that fails is no end, but the next one takes more requests", async () => {
    const judged: number[] = [];
    const onExec = (pod: string, requests: number) =>
        void (pod === "x-wing-cluster1" && requests !== 20 && judged.push(requests));
    // The look is well each time, the judgements find a loss until the third.
    const each = (_: string, exec: number, index: number) =>
        exec < 6 && exec % 2 === 0 && index === 77
            ? undefined
            : ["cluster1", "cluster2"][index % 2];

    const { agrees, rounds } = await proof(usual, usual, { each, onExec });

    expect({ agrees, rounds }).toEqual({ agrees: true, rounds: 3 });
    expect(judged).toEqual([138, 149, 155]);
});

test("a side that answers and must not makes the proof disagree when the time is up", async () => {
    const answering = () => ["cluster1", "cluster2"];

    const { agrees, clients, seconds } = await proof("g s=false a=- r=2", usual, { answering });

    expect(agrees).toBe(false);
    expect(clients.map((client) => client.agrees)).toEqual([true, false]);
    expect(seconds).toBe(5);
});

test("requests that fail make the proof disagree unless nobody must answer", async () => {
    const nobody = { answering: () => [undefined], withinMs: 0 };

    const unexpected = await proof(usual, usual, nobody);
    const expected = await proof("g s a=- r=0", "g s a=- r=0", nobody);

    expect(unexpected.agrees).toBe(false);
    expect(unexpected.clients[0]!.failed).toBe(138);
    expect(expected.agrees).toBe(true);
    expect(expected.clients[0]!.failed).toBe(138);
});

test("once a client's requests cannot agree any more the rest is not sent", async () => {
    const sent: string[] = [];
    const onExec = (pod: string, requests: number) => void sent.push(`${pod} ${requests}`);
    const answering = (client: string) =>
        client === "cluster1" ? [badGateway] : ["cluster1", "cluster2"];

    await proof("g s a=- r=1", "g s a=- r=20", { answering, onExec, withinMs: 0 });

    expect(sent.sort()).toEqual([
        "x-wing-cluster1 156",
        "x-wing-cluster2 156",
        "x-wing-cluster2 156",
    ]);
});

test.each<[string, Proof, string]>([
    ["is killed", { code: 137 }, "its requests ended with exit code 137"],
    [
        "reaches nothing",
        { control: "control 000 28" },
        "it reaches nothing, not even the API server as kubernetes.default (the time ran out)",
    ],
    [
        "has no DNS",
        { control: "control 000 6" },
        "it reaches nothing, not even the API server as kubernetes.default (DNS does not resolve it)",
    ],
])("where nobody must answer, a client that %s proves nothing", async (_, broken, reason) => {
    const attempt = proof("g s a=- r=0", "g s a=- r=0", {
        answering: () => [undefined],
        ...broken,
    });

    await expect(attempt).rejects.toThrow(
        new CannotAskError(`x-wing-cluster1 in cluster1: ${reason}`),
    );
});

test("where nobody must answer, a single 502 is not nobody", async () => {
    const each = (_client: string, _exec: number, index: number) =>
        index === 5 ? badGateway : undefined;

    const { agrees, clients } = await proof("g s a=- r=0", "g s a=- r=0", { each });

    expect(agrees).toBe(false);
    expect(
        clients.map(({ failed, unclear, requests }) => [failed + unclear === requests, unclear]),
    ).toEqual([
        [true, 1],
        [true, 1],
    ]);
});

test("the number of requests follows from the ready backends, and from pods that should be gone", async () => {
    const requests = async (...sides: Side[]) =>
        (await prove(sides)).clients.map((one) => one.requests);
    const two = (text: string, counted: Partial<Side>) => ({
        ...sideOf("cluster2", text),
        ...counted,
    });

    expect(await requests(sideOf("cluster1", "g s a=- r=1"), two("g s a=- r=20", {}))).toEqual([
        312, 312,
    ]);
    expect(
        await requests(sideOf("cluster1", "g s a=- r=1"), two("g s a=- r=20", { ready: 2 })),
    ).toEqual([138, 138]);
    expect(
        await requests(
            sideOf("cluster1", "g s a=- r=20"),
            two("g s a=- r=0", { ready: 0, pods: 2 }),
        ),
    ).toEqual([153, 153]);
    expect(
        await requests(
            sideOf("cluster1", "g s a=- r=20"),
            two("g s a=- r=0", { ready: 0, pods: 0 }),
        ),
    ).toEqual([298, 298]);
});

test("backends that are not ready are told, and a cluster that must answer and has none ready disagrees", async () => {
    const sides = [{ ...sideOf("cluster1", usual), ready: 0, pods: 2 }, sideOf("cluster2", usual)];

    const { agrees, sides: seen } = await prove(sides);

    expect(agrees).toBe(false);
    expect(seen[0]).toMatchObject({ backends: 2, ready: 0 });
});

test("an x-wing of every node asks, and one that gets other answers disagrees", async () => {
    const asked: string[] = [];
    const nodes = ["worker", "worker2", "worker2"];
    const onExec = (pod: string) => void asked.push(pod);
    const each = (_client: string, exec: number, index: number) =>
        exec % 2 === 0 ? "cluster1" : ["cluster1", "cluster2"][index % 2];

    const good = await proof(usual, usual, { nodes, onExec });
    const bad = await proof(usual, usual, { nodes, each, withinMs: 0 });

    expect(good.agrees).toBe(true);
    expect([...new Set(asked)].sort()).toEqual([
        "x-wing-cluster1",
        "x-wing-cluster1-1",
        "x-wing-cluster2",
        "x-wing-cluster2-1",
    ]);
    expect(bad.clients.map(({ client, node, agrees }) => [client, node, agrees])).toEqual([
        ["cluster1", "worker", true],
        ["cluster1", "worker2", false],
        ["cluster2", "worker", true],
        ["cluster2", "worker2", false],
    ]);
});

test("settings that change while it judges are judged anew", async () => {
    let reads = 0;
    const now = (side: Side) =>
        side.cluster === "cluster1" && ++reads > 5 ? { ...side, affinity: "local" } : side;
    const answering = (client: string, exec: number) =>
        client === "cluster1" && exec > 2 ? ["cluster1"] : ["cluster1", "cluster2"];

    const { agrees, rounds, sides, clients } = await proof(usual, usual, { now, answering });

    expect({ agrees, rounds }).toEqual({ agrees: true, rounds: 2 });
    expect(sides[0]!.affinity).toBe("local");
    expect(clients[0]!.expected.answering).toEqual(["cluster1"]);
});

test("settings that change each time are no verdict", async () => {
    let reads = 0;
    const now = (side: Side) => ({ ...side, affinity: `text ${reads++}` });

    await expect(proof(usual, usual, { now })).rejects.toThrow(
        new CannotAskError("the settings changed each time while the requests were sent"),
    );
});

test("what is not as the stack made it is looked at beside the judged requests, not before the wait", async () => {
    const answering = (_client: string, exec: number) =>
        exec < 4 ? ["cluster1"] : ["cluster1", "cluster2"];
    const sides = [sideOf("cluster1", usual), sideOf("cluster2", usual)];
    const apis = fakeMesh(sides, { answering });
    let isThere = true;
    let execs = 0;
    const [one, two] = apis;
    const api = {
        ...one!.api,
        exec: (...args: Parameters<ClusterApi["exec"]>) => {
            isThere = ++execs >= 4;
            return one!.api.exec(...args);
        },
        objects: async (namespace: string) =>
            isThere || namespace !== "default" ? one!.api.objects(namespace) : [],
    };
    isThere = false;

    const { agrees, drift } = await verify({
        stack: "dev",
        config: configWith(),
        apis: [{ cluster: "cluster1", api }, two!],
        withinMs: 5000,
        time: fakeTime(),
    });

    expect({ agrees, drift }).toEqual({ agrees: true, drift: [] });
});

test("a proof whose wait is ended asks no more", async () => {
    const ending = new AbortController();
    let execs = 0;
    const proving = verify({
        stack: "dev",
        config: configWith(),
        apis: fakeMesh([sideOf("cluster1", usual), sideOf("cluster2", usual)], {
            answering: () => ["cluster1"],
            onExec: () => {
                execs += 1;
                ending.abort();
            },
        }),
        withinMs: 3_600_000,
        time: interruptibleTime(ending.signal),
    });
    await expect(proving).rejects.toThrow("aborted");
    expect(execs).toBe(2);
});

test("a proof is dated by the date, not by the clock of its waits, which stands while the machine sleeps", async () => {
    const before = Date.now();
    const { at } = await proof(usual, usual);
    expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
});

test("the live certificates of every cluster are looked at, and one that ends soon changes no verdict", async () => {
    const soon = selfSigned(new Date(20 * 86_400_000)).certificate;
    const later = selfSigned().certificate;
    const certificate = (cluster: string, secret: string) =>
        cluster === "cluster2" && secret === "cilium-ca" ? soon : later;

    const date = () => new Date(0);
    const { agrees, at, certificates } = await proof(usual, usual, { certificate, date });

    expect({ agrees, at, certificates }).toEqual({
        agrees: true,
        at: "1970-01-01T00:00:00.000Z",
        certificates: [
            {
                ...{ cluster: "cluster2", secret: "cilium-ca", use: "CA" },
                ...{ endsAt: "1970-01-21T00:00:00.000Z", hasEnded: false },
            },
        ],
    });
});

test("without a ready x-wing nothing can be asked, and that is no verdict", async () => {
    const attempt = proof(usual, usual, { xWing: false });

    await expect(attempt).rejects.toThrow(new CannotAskError("no x-wing pod is ready in cluster1"));
    await expect(attempt).rejects.toBeInstanceOf(CannotAskError);
});

test("a cluster that cannot be asked is waited for, and then it is a row with its reason beside the others", async () => {
    const down = (cluster: string) =>
        cluster === "cluster2" ? "no answer within 10 s\nand more" : undefined;

    const { agrees, clients, unasked, seconds, drift } = await proof(usual, usual, { down });

    expect(agrees).toBe(false);
    expect(seconds).toBe(5);
    expect(drift).toEqual([]);
    expect(clients.map(({ client, agrees: agreed }) => [client, agreed])).toEqual([
        ["cluster1", true],
    ]);
    expect(unasked).toEqual([
        { client: "cluster2", reason: "no answer within 10 s", isMeant: false },
    ]);
});

test("while a cluster is waited for nothing is judged, so that no chance of a miss is used up", async () => {
    const judged: number[] = [];
    const onExec = (_pod: string, requests: number) =>
        void (requests !== 20 && judged.push(requests));
    const down = (cluster: string) => (cluster === "cluster2" ? "no answer" : undefined);

    await proof(usual, usual, { down, onExec });

    expect(judged).toEqual([138]);
});

test("one without an x-wing as well", async () => {
    const { agrees, clients, unasked } = await proof(usual, usual, {
        xWing: (cluster) => cluster === "cluster1",
    });

    expect(agrees).toBe(false);
    expect(clients).toHaveLength(1);
    expect(unasked).toMatchObject([
        { client: "cluster2", reason: "no x-wing pod is ready in cluster2" },
    ]);
});

test.each([
    ["still send to it", ["cluster1", undefined], ["unreachable"]],
    ["have dropped its backends", ["cluster1"], ["revoked"]],
])(
    "of a cluster that is silent against all expectation it sees whether the others %s",
    async (_, answers, reasons) => {
        const down = (cluster: string) =>
            cluster === "cluster2" ? "no answer within 10 s" : undefined;

        const { agrees, clients } = await proof(usual, usual, { down, answering: () => answers });

        expect(agrees).toBe(false);
        expect(clients[0]!.agrees).toBe(true);
        expect(clients[0]!.expected.silent).toEqual([{ cluster: "cluster2", reasons }]);
    },
);

test("a cluster that is meant to be away is no fault, and the others are judged at once", async () => {
    const down = (cluster: string) =>
        cluster === "cluster2" ? "no answer within 10 s" : undefined;
    const away = { down, answering: () => ["cluster1", undefined] };

    const { agrees, unasked, rounds } = await proof(usual, usual, {
        ...away,
        outages: { cluster2: "kept" },
    });
    const revoked = await proof(usual, usual, { ...away, outages: { cluster2: "revoked" } });

    expect({ agrees, rounds }).toEqual({ agrees: true, rounds: 1 });
    expect(unasked).toEqual([
        { client: "cluster2", reason: "no answer within 10 s", isMeant: true },
    ]);
    expect(revoked.agrees).toBe(false);
});

test("one that is meant to be away and lives is asked like any other", async () => {
    const { agrees, clients, unasked } = await proof(usual, usual, {
        outages: { cluster2: "kept" },
    });

    expect({ agrees, unasked }).toEqual({ agrees: true, unasked: [] });
    expect(clients).toHaveLength(2);
});

test("a policy that cannot be judged leaves those out whose requests end there, and is not waited for", async () => {
    const sides = [sideOf("cluster1", usual), sideOf("cluster2", "g s a=local r=2")];
    const apis = fakeMesh(sides);
    const [one, two] = apis;
    const policy = {
        kind: "CiliumNetworkPolicy",
        spec: {
            endpointSelector: { matchLabels: { name: "rebel-base" } },
            ingress: [{ fromEndpoints: [{ matchLabels: { team: "red" } }] }],
        },
    };
    const api = { ...one!.api, networkPolicy: () => Promise.resolve(policy) };

    const { agrees, clients, unasked, seconds, differences } = await verify({
        stack: "dev",
        config: configWith({ cluster2ServiceAffinity: "local" }),
        apis: [{ cluster: "cluster1", api }, two!],
        withinMs: 5000,
        time: fakeTime(),
    });

    expect({ agrees, seconds }).toEqual({ agrees: false, seconds: 0 });
    expect(clients.map(({ client }) => client)).toEqual(["cluster2"]);
    expect(unasked).toMatchObject([
        {
            client: "cluster1",
            reason: "the network policy in cluster1 cannot be judged: a selector asks for the label team",
        },
    ]);
    expect(differences.map(({ live }) => live)).toEqual([
        "a policy that cannot be judged (a selector asks for the label team)",
    ]);
});

test("where no cluster is there nothing is waited for", async () => {
    const time = fakeTime();
    const apis = (["cluster1", "cluster2"] as const).map((cluster) => ({
        cluster,
        api: new Error(`${cluster} is not there`),
    }));
    const attempt = verify({ stack: "dev", config: configWith(), apis, withinMs: 60_000, time });

    await expect(attempt).rejects.toThrow(new CannotAskError("cluster1 is not there"));
    expect(time.now()).toBe(fakeTime().now());
});

test("once it is hopeless nothing is waited for, and the reason is told", async () => {
    const reasons = [undefined, "the engine is off"];
    let looks = 0;
    const whyHopeless = () => Promise.resolve(reasons[looks++]);
    const attempt = proof(usual, usual, { down: () => "no answer", whyHopeless });

    await expect(attempt).rejects.toThrow(new CannotAskError("the engine is off"));
    expect(looks).toBe(2);
});
