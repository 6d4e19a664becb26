import { FlowNews, followFlows } from "../../../../src/proof/flows/follow";
import { readFlows } from "../../../../src/proof/flows/read";
import { RequestFlow } from "../../../../src/proof/flows/request";
import { FakeHubbleOptions, fakeHubbleMesh, flowsAt } from "../../../support/fakeHubble";
import { fakeTime } from "../../../support/fakeTime";
import { sideOf } from "../../../support/sides";

function flow(port: number, more: Partial<RequestFlow> = {}): RequestFlow {
    const client = { cluster: "cluster1", pod: "x-wing-0" };
    const backend = { cluster: "cluster2", pod: "rebel-base-0" };
    return { at: 1_000, client, port, backend, outcome: "arrived", ...more };
}

describe("news", () => {
    const ports = (flows: readonly RequestFlow[]) =>
        flows.map(({ port, outcome }) => [port, outcome]);

    test("are told once, and not at all where they were shown before", () => {
        const news = new FlowNews([flow(1)]);
        expect(ports(news.take([flow(1), flow(2)]))).toEqual([[2, "arrived"]]);
        expect(news.take([flow(1), flow(2)])).toEqual([]);
    });

    test("wait for the end of what is on its way, once", () => {
        const news = new FlowNews();
        const sent = flow(1, { outcome: "sent" });
        expect(news.take([sent])).toEqual([]);
        expect(ports(news.take([flow(1)]))).toEqual([[1, "arrived"]]);

        const dead = flow(2, { outcome: "sent" });
        expect(news.take([dead])).toEqual([]);
        expect(ports(news.take([dead]))).toEqual([[2, "sent"]]);
        expect(news.take([dead])).toEqual([]);
    });

    test("have the same port again when time has passed", () => {
        const news = new FlowNews([flow(1)]);
        expect(ports(news.take([flow(1, { at: 61_000 })]))).toEqual([[1, "arrived"]]);
    });
});

const sides = [sideOf("cluster1", "g s a=- r=2"), sideOf("cluster2", "g s a=- r=2")];
const clusters = ["cluster1", "cluster2"];

/** Agents that have noted so many requests of cluster1. */
async function noted(requests: number, options: FakeHubbleOptions = {}) {
    const mesh = fakeHubbleMesh(sides, options);
    const [{ api }] = mesh.apis as [(typeof mesh.apis)[0]];
    await api.exec("default", "x-wing-cluster1", "x-wing", [`http://rebel-base/?[1-${requests}]`]);
    return mesh;
}

test("who follows looks once a second at the last seconds, and tells of trouble once, until the signal", async () => {
    const { apis, commands } = await noted(3, {
        hubble: (cluster) =>
            cluster === "cluster2"
                ? { code: 1, stdout: "", stderr: "connection refused" }
                : undefined,
    });
    const end = new AbortController();
    const told: RequestFlow[] = [];
    const troubles: string[] = [];
    let looks = 0;

    await followFlows(
        {
            sources: () => {
                if (++looks === 3) {
                    end.abort();
                }
                return Promise.resolve(apis);
            },
            clusters,
            time: fakeTime(),
            onFlows: (flows) => void told.push(...flows),
            onTrouble: (sentence) => void troubles.push(sentence),
        },
        end.signal,
    );

    expect(looks).toBe(3);
    expect(told.map(({ at, outcome }) => [at - flowsAt, outcome])).toEqual([
        [0, "arrived"],
        [1, "arrived"],
        [2, "sent"],
    ]);
    expect(troubles).toEqual(["cluster2: its agent has no Hubble yet; npm run up brings it"]);
    const own = commands.filter(([, , , , , ...rest]) => rest.includes("--since"));
    expect(own.map((command) => command[command.indexOf("--since") + 1])).toEqual(
        Array.from({ length: 6 }, (_, index) => (index < 2 ? "5s" : "6s")),
    );
});

test("where a node has more flows than were asked for, no request is shown of which one end is too old", async () => {
    // cluster1 has 8 flows and gives the last 3; cluster2 has 4 and gives all.
    const { apis } = await noted(8, {
        seen: (cluster, lines) => (cluster === "cluster1" ? lines.slice(-3) : lines),
    });
    const { flows } = await readFlows(apis, clusters, { most: 3 });
    expect(flows.map(({ at }) => at - flowsAt)).toEqual([5, 6, 7]);
});

test("nobody is asked where there is no client, and a cluster without an agent is told", async () => {
    const { apis, commands } = await noted(3);
    const without = (selector: string) =>
        apis.map(({ cluster, api }) => ({
            cluster,
            api: {
                ...api,
                pods: (namespace: string, wanted: string) =>
                    wanted === selector ? Promise.resolve([]) : api.pods(namespace, wanted),
            },
        }));

    const clientless = await readFlows(without("name=x-wing"), clusters, {});
    expect([clientless.flows, clientless.unread, commands]).toEqual([[], [], []]);
    const agentless = await readFlows(without("k8s-app=cilium"), clusters, {});
    expect(agentless.unread).toEqual(
        clusters.map((cluster) => ({ cluster, reason: "no Cilium agent is ready" })),
    );
});
