import { rmSync } from "node:fs";
import { dirname } from "node:path";
import type { V1ContainerStatus } from "@kubernetes/client-node";
import { readTimeline, startTimeline, timelinePath } from "../../../../src/machine/timeline";
import { ClusterApi } from "../../../../src/mesh/kube/clusterApi";
import {
    defaultPatience,
    nextStep,
    waitUntilReady,
} from "../../../../src/proof/readiness/waitUntilReady";
import {
    Content,
    connected,
    container,
    content,
    fakeClusterApi,
    pod,
    podsWith,
    waiting,
    warnedAt,
} from "../../../support/fakeClusterApi";
import { fakeTime } from "../../../support/fakeTime";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

interface Outcome {
    /** Undefined if it got ready. */
    readonly error: string | undefined;
    readonly seconds: number;
    readonly said: readonly string[];
}

/** Waits for cluster1, whose content at each second is given; throw for an API server that is down. */
async function waitFor(
    at: (second: number) => Content,
    changes: Partial<ClusterApi> = {},
): Promise<Outcome> {
    const time = fakeTime();
    const said: string[] = [];
    const api = { ...fakeClusterApi(() => at(time.now() / 1000)), ...changes };
    const error = await waitUntilReady(
        [{ name: "cluster1", api, peers: ["cluster2"] }],
        (line) => said.push(line),
        time,
    ).then(
        () => undefined,
        (reason: Error) => reason.message,
    );
    return { error, seconds: time.now() / 1000, said };
}

/** A cluster whose rebel-base-1 has such a container. */
function withRebelBase(status: V1ContainerStatus, changes: Partial<Content> = {}): Content {
    const broken = pod("rebel-base-1", { ready: false, statuses: [status] });
    return content({ pods: podsWith(broken), ...changes });
}

const starting = withRebelBase(waiting("rebel-base", "ContainerCreating"));
const unmeshed = content({ peers: [{ ...connected, ready: false, status: "0/1 remote" }] });
const describePod = "Look: kubectl --context cluster1 -n default describe pod rebel-base-1";

function down(): never {
    throw new Error("connect ECONNREFUSED 127.0.0.1:6443\n    at TCPConnectWrap");
}

test("a cluster that is ready is not waited for", async () => {
    expect(await waitFor(() => content())).toEqual({
        error: undefined,
        seconds: 0,
        said: ["cluster1: ready and meshed after 0 s"],
    });
});

test("pods are looked at every second, and once all are ready the peers twice as often", async () => {
    const { seconds } = await waitFor((second) =>
        second < 9.2 ? starting : second < 12.4 ? unmeshed : content(),
    );
    expect(seconds).toBe(12.5);
});

test("what is missing is said when it changes, and not in between", async () => {
    const { error, said } = await waitFor((second) =>
        second < 20
            ? content({ pods: [] })
            : second < 60
              ? starting
              : second < 90
                ? unmeshed
                : content(),
    );
    expect(error).toBeUndefined();
    expect(said).toEqual([
        "cluster1: waiting for Cilium agent (0/1 ready, no pod), Cilium operator (0/1 ready, no pod), clustermesh-apiserver (0/1 ready, no pod), CoreDNS (0/2 ready, no pod), rebel-base (0/2 ready, no pod), x-wing (0/2 ready, no pod)",
        "cluster1: waiting for rebel-base (1/2 ready)",
        "cluster1: waiting for cluster2 to connect (0/1 remote)",
        "cluster1: ready and meshed after 90 s",
    ]);
});

test("two clusters are waited for at the same time, each said by its name", async () => {
    const time = fakeTime();
    const said: string[] = [];
    const readyAt = (second: number) =>
        fakeClusterApi(() => (time.now() < second * 1000 ? starting : content()));
    await waitUntilReady(
        [
            { name: "cluster1", api: readyAt(10), peers: [] },
            { name: "cluster2", api: readyAt(5), peers: [] },
        ],
        (line) => said.push(line.replace(/\d+ s/, "… s")),
        time,
    );
    expect(said).toEqual([
        "cluster1: waiting for rebel-base (1/2 ready)",
        "cluster2: waiting for rebel-base (1/2 ready)",
        "cluster2: ready and meshed after … s",
        "cluster1: ready and meshed after … s",
    ]);
});

describe("an image that cannot be pulled", () => {
    const message = 'Back-off pulling image "docker.io/lab/no:1"';
    const logs = { "rebel-base-1/rebel-base": "bye" };
    const warnings = { "rebel-base-1": "Failed to pull image: not found" };

    test("is reported within a minute with pod, container, reason and last words", async () => {
        const { error, seconds, said } = await waitFor((second) =>
            // Kubernetes tries and backs off in turn.
            withRebelBase(
                waiting(
                    "rebel-base",
                    second % 20 < 3 ? "ErrImagePull" : "ImagePullBackOff",
                    message,
                ),
                { logs, warnings },
            ),
        );
        expect(error).toBe(
            [
                `cluster1 is stuck: rebel-base-1 (rebel-base) in default: ImagePullBackOff: ${message}`,
                "Last log line: bye",
                "Last warning: Failed to pull image: not found",
                describePod,
            ].join("\n"),
        );
        expect(seconds).toBe(40);
        expect(said).toEqual([
            "cluster1: waiting for rebel-base (1/2 ready); rebel-base-1 (rebel-base): ImagePullBackOff",
        ]);
    });

    test("and that comes back in time is none", async () => {
        const { error } = await waitFor((second) =>
            second < 39 ? withRebelBase(waiting("rebel-base", "ImagePullBackOff")) : content(),
        );
        expect(error).toBeUndefined();
    });

    test("counts from zero after it went away", async () => {
        const { error, seconds } = await waitFor((second) =>
            withRebelBase(
                waiting("rebel-base", second === 30 ? "ContainerCreating" : "ImagePullBackOff"),
            ),
        );
        expect(error).toContain("ImagePullBackOff");
        expect(seconds).toBe(71);
    });

    test("is told without log or warning where there is none, or where it says the same", async () => {
        const { error } = await waitFor(() =>
            withRebelBase(waiting("rebel-base", "ImagePullBackOff", message), {
                warnings: { "rebel-base-1": message },
            }),
        );
        expect(error).toBe(
            [
                `cluster1 is stuck: rebel-base-1 (rebel-base) in default: ImagePullBackOff: ${message}`,
                describePod,
            ].join("\n"),
        );
    });
});

test("what never passes is reported at once", async () => {
    const { error, seconds } = await waitFor(() =>
        withRebelBase(waiting("rebel-base", "InvalidImageName", "couldn't parse image name")),
    );
    expect(seconds).toBe(0);
    expect(error).toBe(
        [
            "cluster1 is stuck: rebel-base-1 (rebel-base) in default: InvalidImageName: couldn't parse image name",
            describePod,
        ].join("\n"),
    );
});

test("a crash loop is reported with the last log line, though the container runs in between", async () => {
    const { error, seconds } = await waitFor((second) =>
        withRebelBase(
            second % 10 < 5
                ? container("rebel-base", { terminated: { exitCode: 1 } }, { restartCount: 2 })
                : container("rebel-base", { running: {} }, { restartCount: 2 }),
            { logs: { "rebel-base-1/rebel-base": "panic: no config" } },
        ),
    );
    expect(error).toBe(
        [
            "cluster1 is stuck: rebel-base-1 (rebel-base) in default: CrashLoopBackOff: exit code 1, 2 restarts",
            "Last log line: panic: no config",
            describePod,
        ].join("\n"),
    );
    expect(seconds).toBe(40);
});

test("a pod that finds no node is waited for, to the end of the time", async () => {
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }];
    const unscheduled = pod("rebel-base-1", { ready: false, more: { conditions } });
    const warnings = { "rebel-base-1": "0/1 nodes are available: 1 Insufficient cpu." };
    const { error, seconds, said } = await waitFor(() =>
        content({ pods: podsWith(unscheduled), warnings }),
    );
    expect(seconds).toBe(1200);
    expect(error).toBe("cluster1: waiting for rebel-base (1/2 ready)\nGiven up after 1200 s.");
    expect(said).toEqual([
        "cluster1: waiting for rebel-base (1/2 ready)",
        "cluster1: rebel-base-1 in default is Unschedulable for 40 s: 0/1 nodes are available: 1 Insufficient cpu.",
    ]);
});

describe("a pod that waits for long", () => {
    const line = "cluster1: waiting for rebel-base (1/2 ready)";
    const ready = (second: number) => `cluster1: ready and meshed after ${second} s`;
    const creating = (message?: string) =>
        withRebelBase(waiting("rebel-base", "ContainerCreating", message));

    test("is explained once, by its last warning, and still waited for", async () => {
        const { error, said } = await waitFor((second) =>
            second < 200
                ? withRebelBase(waiting("rebel-base", "ContainerCreating", "mounting"), {
                      warnings: { "rebel-base-1": "MountVolume.SetUp failed: not found" },
                  })
                : content(),
        );
        expect(error).toBeUndefined();
        expect(said).toEqual([
            line,
            "cluster1: rebel-base-1 (rebel-base) in default is ContainerCreating for 40 s: MountVolume.SetUp failed: not found",
            ready(200),
        ]);
    });

    test.each([
        ["what Kubernetes says of its container", "pulling", "pulling"],
        ["the word that Kubernetes gives none", undefined, "Kubernetes does not say why"],
    ])("without a warning is explained by %s", async (_, message, why) => {
        const { said } = await waitFor((second) => (second < 60 ? creating(message) : content()));
        expect(said).toEqual([
            line,
            `cluster1: rebel-base-1 (rebel-base) in default is ContainerCreating for 40 s: ${why}`,
            ready(60),
        ]);
    });

    test("is explained though its warning cannot be had", async () => {
        const { error, said } = await waitFor(
            (second) => (second < 60 ? creating("pulling") : content()),
            { lastWarning: () => Promise.reject(new Error("ECONNREFUSED")) },
        );
        expect(error).toBeUndefined();
        expect(said[1]).toBe(
            "cluster1: rebel-base-1 (rebel-base) in default is ContainerCreating for 40 s: pulling",
        );
    });

    test("and comes in time is not explained", async () => {
        const { said } = await waitFor((second) => (second < 40 ? creating() : content()));
        expect(said).toEqual([line, ready(40)]);
    });

    test("is explained again when it waits for something else", async () => {
        const { said } = await waitFor((second) =>
            second < 60
                ? creating("pulling")
                : second < 120
                  ? withRebelBase(waiting("rebel-base", "PodInitializing"))
                  : content(),
        );
        expect(said).toEqual([
            line,
            "cluster1: rebel-base-1 (rebel-base) in default is ContainerCreating for 40 s: pulling",
            "cluster1: rebel-base-1 (rebel-base) in default is PodInitializing for 40 s: Kubernetes does not say why",
            ready(120),
        ]);
    });
});

test("an API server that is down for a while is waited for", async () => {
    const { error, said } = await waitFor((second) =>
        second < 5 ? starting : second < 300 ? down() : content(),
    );
    expect(error).toBeUndefined();
    expect(said).toEqual([
        "cluster1: waiting for rebel-base (1/2 ready)",
        "cluster1: waiting for the API server to answer (connect ECONNREFUSED 127.0.0.1:6443)",
        "cluster1: ready and meshed after 300 s",
    ]);
});

test.each([
    [
        Object.assign(new Error("the API server answers forbidden (HTTP 403)"), {
            code: 403,
            reason: "pods is forbidden (HTTP 403)",
        }),
        "to accept questions (pods is forbidden (HTTP 403))",
    ],
    [new TypeError("reading 'name'"), "to answer (what it answers is not as Kubernetes has it)"],
    [new Error(""), "to answer (no answer)"],
])("what is waited for where %p is a whole sentence", async (error, text) => {
    const { said } = await waitFor((second) => {
        if (second < 5) {
            throw error;
        }
        return content();
    });
    expect(said[0]).toBe(`cluster1: waiting for the API server ${text}`);
});

test("an API server that stays down is given up with the last reason", async () => {
    const { error, seconds } = await waitFor(down);
    expect(seconds).toBe(1200);
    expect(error).toBe(
        "cluster1: waiting for the API server to answer (connect ECONNREFUSED 127.0.0.1:6443)\nGiven up after 1200 s.",
    );
});

test("a warning that cannot be had does not hide the reason", async () => {
    const { error } = await waitFor(
        () => withRebelBase(waiting("rebel-base", "InvalidImageName")),
        { lastWarning: () => Promise.reject(new Error("ECONNREFUSED")) },
    );
    expect(error).toBe(
        [
            "cluster1 is stuck: rebel-base-1 (rebel-base) in default: InvalidImageName",
            describePod,
        ].join("\n"),
    );
});

describe("a mesh that does not connect", () => {
    const text = [
        "cluster1: waiting for cluster2 to connect (0/1 remote)",
        "All pods run, but the mesh does not connect. Look: kubectl --context cluster1 -n kube-system exec ds/cilium -c cilium-agent -- cilium-dbg troubleshoot clustermesh",
    ].join("\n");

    test("is given two minutes once all pods run", async () => {
        const { error, seconds } = await waitFor((second) => (second < 300 ? starting : unmeshed));
        expect(seconds).toBe(300 + defaultPatience.meshMs / 1000);
        expect(error).toBe(text);
    });

    test("is given its time again after a pod was missing", async () => {
        const { seconds } = await waitFor((second) => (second === 60 ? starting : unmeshed));
        expect(seconds).toBe(61 + defaultPatience.meshMs / 1000);
    });

    test("is given its time once the pods of all clusters run", async () => {
        const time = fakeTime();
        const until = (second: number, then: Content) =>
            fakeClusterApi(() => (time.now() < second * 1000 ? starting : then));
        const waitingFor = waitUntilReady(
            [
                { name: "cluster1", api: until(0, unmeshed), peers: ["cluster2"] },
                { name: "cluster2", api: until(600, unmeshed), peers: ["cluster2"] },
            ],
            () => undefined,
            time,
        );
        await expect(waitingFor).rejects.toThrow("All pods run, but the mesh does not connect.");
        const seconds = time.now() / 1000;
        expect(seconds).toBeGreaterThanOrEqual(600 + defaultPatience.meshMs / 1000);
        expect(seconds).toBeLessThan(600 + defaultPatience.meshMs / 1000 + 5);
    });

    test("does not lose its time to a cluster that is ready and meshed already", async () => {
        const time = fakeTime();
        const waitingFor = waitUntilReady(
            [
                { name: "cluster1", api: fakeClusterApi(() => unmeshed), peers: ["cluster2"] },
                { name: "cluster2", api: fakeClusterApi(() => content()), peers: ["cluster2"] },
            ],
            () => undefined,
            time,
        );
        await expect(waitingFor).rejects.toThrow(text);
        expect(time.now() / 1000).toBeLessThan(defaultPatience.meshMs / 1000 + 2);
    });

    test("and does connect in time is ready", async () => {
        const { error } = await waitFor((second) => (second < 119 ? unmeshed : content()));
        expect(error).toBeUndefined();
    });
});

test("a first start has twenty minutes, and a failure in vain less than one", () => {
    expect(defaultPatience.totalMs).toBe(20 * 60_000);
    expect(defaultPatience.stuckMs + 2 * defaultPatience.everyMs).toBeLessThan(60_000);
});

test("the timeline gets the wait for the peers, from the last pod on", async () => {
    startTimeline("dev");
    try {
        await waitFor((second) => (second < 20 ? starting : second < 30 ? unmeshed : content()));
        const [{ start, end, ...step }] = readTimeline("dev") as [
            ReturnType<typeof readTimeline>[0],
        ];
        expect(step).toEqual({ name: "peers", cluster: "cluster1" });
        expect(Math.abs(start - 20_000)).toBeLessThanOrEqual(2000);
        expect(Math.abs(end - 30_000)).toBeLessThanOrEqual(2000);
    } finally {
        delete process.env.LAB_TIMELINE;
        rmSync(dirname(timelinePath("dev")), { recursive: true });
    }
});

describe("a warning that is over", () => {
    /** A pod that has got its node then, and starts. */
    const scheduledAt = (ms: number) =>
        content({
            pods: podsWith(
                pod("rebel-base-1", {
                    ready: false,
                    statuses: [waiting("rebel-base", "PodInitializing")],
                    more: {
                        conditions: [
                            {
                                type: "PodScheduled",
                                status: "True",
                                lastTransitionTime: new Date(ms),
                            },
                        ],
                    },
                }),
            ),
            warnings: { "rebel-base-1": "0/1 nodes are available: untolerated taint(s)" },
        });

    test("explains nothing: a pod that has a node is not in want of one", async () => {
        const { said } = await waitFor((second) =>
            second < 60 ? scheduledAt(warnedAt + 1) : content(),
        );
        expect(said).toContain(
            "cluster1: rebel-base-1 (rebel-base) in default is PodInitializing for 40 s: Kubernetes does not say why",
        );
    });

    test("is one that is older than the state, and no other", async () => {
        const { said } = await waitFor((second) =>
            second < 60 ? scheduledAt(warnedAt) : content(),
        );
        expect(said).toContain(
            "cluster1: rebel-base-1 (rebel-base) in default is PodInitializing for 40 s: 0/1 nodes are available: untolerated taint(s)",
        );
    });
});

test("what pods, events and logs say cannot write on the terminal", async () => {
    const evil = "\u001b[2J\u202eoops\r\nnext";
    const { error } = await waitFor(() =>
        withRebelBase(waiting("rebel-base", "ImagePullBackOff", evil), {
            logs: { "rebel-base-1/rebel-base": evil },
            warnings: { "rebel-base-1": `${evil}!` },
        }),
    );
    expect(error).toContain("Last log line: \\u202eoops next");
    expect(error).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

test("every sentence of a wait can be read as a whole", async () => {
    const { said } = await waitFor((second) => {
        if (second < 1) {
            return down();
        }
        const looks: Content[] = [
            content({ replicas: {}, nodes: undefined, pods: [] }),
            content({ outdated: ["rebel-base-0"] }),
            withRebelBase(waiting("rebel-base", "ErrImagePull")),
            content({ peers: [] }),
            unmeshed,
            content({ peers: { code: 1, stdout: "", stderr: "agent starts\n" } }),
        ];
        return looks[Math.floor(second) - 1] ?? content();
    });
    expect(said).toEqual([
        "cluster1: waiting for the API server to answer (connect ECONNREFUSED 127.0.0.1:6443)",
        "cluster1: waiting for Cilium agent to be made, Cilium operator to be made, clustermesh-apiserver to be made, rebel-base to be made, x-wing to be made",
        "cluster1: waiting for rebel-base (1/2 ready)",
        "cluster1: waiting for rebel-base (1/2 ready); rebel-base-1 (rebel-base): ImagePullBackOff",
        "cluster1: waiting for cluster2 to become known",
        "cluster1: waiting for cluster2 to connect (0/1 remote)",
        "cluster1: waiting for the agent's status (agent starts)",
        "cluster1: ready and meshed after 7 s",
    ]);
});

describe("nextStep", () => {
    const missing = (podsReady: boolean) => ({ missing: ["x"], troubles: [], podsReady });

    test("counts the peers' time from the look that found all pods ready, anew after each that did not", () => {
        const at = (asked: number, podsReady: boolean) => ({
            asked,
            now: asked + 1,
            state: missing(podsReady),
            arePodsMissing: !podsReady,
        });
        const begun = nextStep("c", { start: 0 }, at(5, true), defaultPatience).waited;
        expect(begun).toEqual({ start: 0, peersSince: 5, meshSince: 6, said: "c: waiting for x" });
        expect(nextStep("c", begun, at(9, true), defaultPatience).waited.peersSince).toBe(5);
        const broken = nextStep("c", begun, at(9, false), defaultPatience).waited;
        expect(broken).toEqual({ start: 0, said: "c: waiting for x" });
    });
});
