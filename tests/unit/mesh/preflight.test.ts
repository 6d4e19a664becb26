import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProblemsError } from "../../../src/config/problem";
import { writeWhole } from "../../../src/machine/files";
import { Machine } from "../../../src/machine/machine";
import { kubeconfigPath } from "../../../src/machine/names";
import { cachedChart } from "../../../src/mesh/cilium/chart";
import { existingRecordPath, writeExistingRecord } from "../../../src/mesh/existing/record";
import { surveyExisting } from "../../../src/mesh/existing/survey";
import { nodeImages } from "../../../src/mesh/kind/nodeImage";
import { contentsOf, outagePath } from "../../../src/mesh/kind/outage";
import { recordPath, removeRecord, writeRecord } from "../../../src/mesh/kind/record";
import { askApiServer } from "../../../src/mesh/kube/apiServer";
import { preflight } from "../../../src/mesh/preflight";
import { ciliumWith, configWith } from "../../support/defaultConfig";
import { existingConfig } from "../../support/fakeFacts";
import { kindKubeconfig } from "../../support/fakeKind";
import { Answers, fakeRunner } from "../../support/fakeRunner";

jest.mock("../../../src/config/declaration", () =>
    jest.requireActual<object>("../../support/temporaryProject"),
);
jest.mock("../../../src/mesh/kube/apiServer");

jest.mock("../../../src/mesh/existing/survey", () => ({ surveyExisting: jest.fn() }));

const clusters = ["cluster1", "cluster2"] as const;
const config = configWith();
/** The same away from the office's network. */
const free = configWith({ cluster2PodCidr: "10.50.0.0/16" });
const roomy = { MemTotal: 2 ** 36, CgroupVersion: "2", SecurityOptions: [] };
const tight = { ...roomy, MemTotal: 2 ** 30 };
const freshToken: unknown = expect.stringMatching(/^[a-f0-9]{16}$/);

beforeEach(() => {
    download.mockReset().mockRejectedValue(new Error("nobody expected a download"));
    writeWhole(cachedChart(ciliumWith()), "a chart");
    jest.mocked(askApiServer).mockResolvedValue({ state: "ready" });
    for (const cluster of clusters) {
        const identity = `${cluster === "cluster1" ? "a" : "b"}`.repeat(12);
        writeRecord(recordPath("dev", cluster), {
            token: `token of ${cluster}`,
            identity,
            phase: "ready",
        });
        writeWhole(kubeconfigPath("dev", cluster), kindKubeconfig(cluster));
    }
});

/** Nodes that are there, by lab cluster, with their identity. */
function nodes(there: Partial<Record<(typeof clusters)[number], string>>): Answers {
    return Object.assign(
        {},
        ...clusters.map((cluster): Answers => {
            const node = `mesh-dev-${cluster}-control-plane`;
            const identity = there[cluster];
            return {
                [`docker container inspect --format {{.State.Status}} ${node}`]:
                    identity === undefined
                        ? { code: 1, stderr: `No such container: ${node}` }
                        : { stdout: "running\n" },
                [`docker cp ${node}`]: {
                    stdout: `cilium-global-services/identity=${identity}`,
                },
            };
        }),
    ) as Answers;
}

/** Both clusters as this checkout made them. */
const ours = { cluster1: "a".repeat(12), cluster2: "b".repeat(12) };

/** Tells nobody. */
const quiet: Machine["say"] = () => undefined;

function check(
    there: Answers,
    { info = roomy, using = config, preview = false, say = quiet } = {},
) {
    const { run } = fakeRunner(there, {
        "docker info": { stdout: JSON.stringify(info) },
        "docker network ls": { stdout: "office\n" },
        "docker network inspect": { stdout: "office 10.2.0.0/16\n" },
    });
    const machine: Machine = {
        run,
        kind: () => Promise.reject(new Error("kind is not needed here")),
        download,
        say,
    };
    return preflight("dev", using, { preview }, machine);
}

/** The repository of charts. */
const download = jest.fn<Promise<Buffer>, [string]>();

/** The message of what a check throws. */
async function complaint(checking: Promise<unknown>): Promise<string> {
    const error: unknown = await checking.then(
        () => undefined,
        (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ProblemsError);
    return (error as ProblemsError).message;
}

test("clusters that are there keep their tokens, and a full machine does not matter to them", async () => {
    const { tokens, warnings } = await check(nodes(ours), { info: tight, using: free });
    expect(tokens).toEqual({ cluster1: "token of cluster1", cluster2: "token of cluster2" });
    expect(warnings).toEqual([]);
});

test("clusters that are there keep the node image they were made of", async () => {
    const made = {
        nodeImage: "kindest/node:v1.34.3",
        podCidr: "10.1.0.0/16",
        serviceCidr: "10.101.0.0/16",
    };
    for (const [cluster, identity] of Object.entries(ours)) {
        const record = { token: `${cluster}-token`, identity, made, phase: "ready" } as const;
        writeRecord(recordPath("dev", cluster), record);
    }

    expect((await check(nodes(ours), { using: free })).nodeImage).toBe(made.nodeImage);
    expect((await check(nodes({}), { using: free })).nodeImage).toBe(nodeImages.newest);
    const own = configWith({ nodeImage: "mine:1", cluster2PodCidr: "10.50.0.0/16" });
    expect((await check(nodes(ours), { using: own })).nodeImage).toBe("mine:1");
});

test("new clusters on a machine with cgroup v1 get the image that boots there", async () => {
    const info = { ...roomy, CgroupVersion: "1" };

    expect((await check(nodes({}), { info, using: free })).nodeImage).toBe(nodeImages.cgroup1);
});

test("clusters that are not there yet get tokens of their own", async () => {
    clusters.forEach((cluster) => removeRecord(recordPath("dev", cluster)));
    const { tokens } = await check(nodes({}), { using: free });
    expect(tokens).toEqual({ cluster1: freshToken, cluster2: freshToken });
    expect(tokens.cluster1).not.toBe(tokens.cluster2);
});

test("everything that stands in the way is said at once, for as many clusters as are missing", async () => {
    expect(await complaint(check(nodes({ cluster1: ours.cluster1 }), { info: tight }))).toBe(
        [
            "2 problems; nothing was created or changed:",
            "  - 1.0 GiB of memory is available; one cluster needs 2.0 GiB.",
            "    Fix: close other programs, or give Docker Desktop more memory under Settings > Resources",
            "  - cluster2PodCidr 10.2.0.0/16 overlaps docker network office 10.2.0.0/16; every range must be its own.",
            "    Fix: pulumi config set cluster2PodCidr <a free network such as 10.50.0.0/16>",
        ].join("\n"),
    );
});

test("a pair that is missing needs the memory of two", async () => {
    expect(await complaint(check(nodes({}), { info: tight }))).toContain(
        "1.0 GiB of memory is available; a pair of clusters needs 4.0 GiB.",
    );
});

test("an engine that does not answer is one problem, not one for each cluster", async () => {
    const stderr = "Cannot connect to the Docker daemon. Is the docker daemon running?";
    expect(await complaint(check({ docker: { code: 1, stderr } }))).toBe(
        [
            "1 problem; nothing was created or changed:",
            "  - docker is installed but its engine is not running; the clusters' nodes are its containers.",
            "    Fix: sudo systemctl start docker, or start Docker Desktop",
        ].join("\n"),
    );
});

test("a chart that is a path where nothing is is said with the rest, before anything starts", async () => {
    const using = configWith({ ciliumChart: "/no/such/chart", cluster2PodCidr: "10.2.0.0/16" });
    expect(await complaint(check(nodes(ours), { using }))).toBe(
        [
            "2 problems; nothing was created or changed:",
            "  - cluster2PodCidr 10.2.0.0/16 overlaps docker network office 10.2.0.0/16; every range must be its own.",
            "    Fix: pulumi config set cluster2PodCidr <a free network such as 10.50.0.0/16>",
            '  - ciliumChart is "/no/such/chart", but there is no such file or folder (/no/such/chart).',
            "    Fix: pulumi config set ciliumChart <a chart name, an oci:// reference or a path that exists>",
        ].join("\n"),
    );
});

test("a chart that is kept is used without its repository", async () => {
    await check(nodes(ours), { using: free });
    expect(download).not.toHaveBeenCalled();
});

test("a chart that cannot be fetched is said with the rest", async () => {
    const using = configWith({ ciliumVersion: "1.19.5" });
    download.mockRejectedValue(new Error("no network"));
    expect(await complaint(check(nodes(ours), { using }))).toBe(
        [
            "2 problems; nothing was created or changed:",
            "  - cluster2PodCidr 10.2.0.0/16 overlaps docker network office 10.2.0.0/16; every range must be its own.",
            "    Fix: pulumi config set cluster2PodCidr <a free network such as 10.50.0.0/16>",
            "  - chart cilium 1.19.5 could not be downloaded from https://helm.cilium.io/index.yaml (no network).",
            "    Fix: try again with a connection to it, or pulumi config set ciliumChart <path of a cilium-1.19.5.tgz>",
        ].join("\n"),
    );
});

test("every chart that a cluster needs is fetched, and a problem names the cluster's own keys", async () => {
    const mixed = { cluster2PodCidr: "10.50.0.0/16", cluster2CiliumVersion: "1.19.7" };
    download.mockRejectedValue(new Error("no network"));
    expect(await complaint(check(nodes(ours), { using: configWith(mixed) }))).toContain(
        "or pulumi config set cluster2CiliumChart <path of a cilium-1.19.7.tgz>",
    );
    const index = { entries: { cilium: [{ version: "1.19.8", urls: ["cilium-1.19.8.tgz"] }] } };
    download.mockResolvedValue(Buffer.from(JSON.stringify(index)));
    expect(await complaint(check(nodes(ours), { using: configWith(mixed) }))).toContain(
        "Fix: pulumi config set cluster2CiliumVersion 1.19.8",
    );
    const path = { ...mixed, cluster2CiliumChart: "/no/such/chart" };
    expect(await complaint(check(nodes(ours), { using: configWith(path) }))).toContain(
        'cluster2CiliumChart is "/no/such/chart", but there is no such file or folder (/no/such/chart).',
    );
    download.mockClear();
    writeWhole(cachedChart(ciliumWith(mixed, "cluster2")), "a chart");
    await check(nodes(ours), { using: configWith(mixed) });
    expect(download).not.toHaveBeenCalled();
});

test("an OCI reference is Helm's to fetch", async () => {
    const using = configWith({
        ciliumChart: "oci://quay.io/cilium/charts/cilium",
        cluster2PodCidr: "10.50.0.0/16",
    });
    await check(nodes(ours), { using });
    expect(download).not.toHaveBeenCalled();
});

test("clusters that this checkout did not make are a problem each", async () => {
    const foreign = { cluster1: "c".repeat(12), cluster2: "c".repeat(12) };
    const line = (name: string) =>
        `  - a kind cluster ${name} exists that this stack did not make, and it stays untouched; if nobody needs it: kind delete cluster --name ${name}`;
    expect(await complaint(check(nodes(foreign), { using: free }))).toBe(
        [
            "2 problems; nothing was created or changed:",
            line("mesh-dev-cluster1"),
            line("mesh-dev-cluster2"),
        ].join("\n"),
    );
});

test("what may go wrong is handed on as a warning", async () => {
    const rootfulPodman = { host: { cgroupVersion: "v2", memTotal: 2 ** 36 } };
    jest.replaceProperty(process, "env", {
        ...process.env,
        KIND_EXPERIMENTAL_PROVIDER: "podman",
    });
    try {
        const podman = Object.fromEntries(
            Object.entries(nodes(ours)).map(([key, answer]) => [
                key.replace("docker", "podman"),
                answer,
            ]),
        );
        const { warnings } = await check({
            ...podman,
            "podman info": { stdout: JSON.stringify(rootfulPodman) },
            "podman network ls": {},
        });
        expect(warnings.map(({ message }) => message)).toEqual([
            "KIND_EXPERIMENTAL_PROVIDER is podman; this lab has been tried with docker only.",
        ]);
    } finally {
        jest.restoreAllMocks();
    }
});

test("a Helm value that the chart at hand does not know is told with the rest, before anything is made", async () => {
    const chart = mkdtempSync(join(tmpdir(), "chart-"));
    writeFileSync(join(chart, "values.yaml"), "debug: {enabled: false}\n");
    const using = configWith({
        cluster2PodCidr: "10.50.0.0/16",
        ciliumChart: chart,
        ciliumValues: '{"debgu": {"enabled": true}}',
    });
    const text = await complaint(check(nodes({}), { using }));
    rmSync(chart, { recursive: true });
    expect(text).toContain("ciliumValues has debgu");
    expect(text).toContain("did you mean debug?");
});

describe("existing clusters", () => {
    const target = { kubeconfig: "k", identity: "uid", labels: {}, values: {} };
    const targets = { cluster1: target, cluster2: target };
    const warning = { message: "odd", fix: "mend it" };

    beforeEach(() => {
        clusters.forEach((cluster) => removeRecord(recordPath("dev", cluster)));
        jest.mocked(surveyExisting).mockResolvedValue({
            targets,
            problems: [],
            warnings: [warning],
        });
    });
    afterEach(() => {
        clusters.forEach((cluster) => rmSync(existingRecordPath("dev", cluster), { force: true }));
    });

    /** Checks where there is neither an engine nor a kind. */
    function checkExisting(using = existingConfig()) {
        const nobody = () => Promise.reject(new Error("nobody is needed here"));
        const machine: Machine = { run: nobody, kind: nobody, download, say: () => undefined };
        return preflight("dev", using, { preview: true }, machine);
    }

    test("need no engine on this machine; a key that they do not read is told", async () => {
        const using = existingConfig({ nodeImage: "mine:1" });
        const { existing, warnings } = await checkExisting(using);
        expect(existing).toBe(targets);
        expect(warnings.map(({ message }) => message)).toEqual([
            "nodeImage is set, and clusterProvider existing does not read it.",
            "odd",
        ]);
        expect(surveyExisting).toHaveBeenCalledWith("dev", using, { preview: true });
    });

    test("and the chart: all that is wrong with them is told at once", async () => {
        jest.mocked(surveyExisting).mockResolvedValue({
            targets: {},
            problems: [{ message: "cluster1 has no node." }],
            warnings: [],
        });
        const text = await complaint(checkExisting(existingConfig({ ciliumChart: "/none/chart" })));
        expect(text).toContain("2 problems; nothing was created or changed");
        expect(text).toContain("cluster1 has no node.");
        expect(text).toContain("there is no such file or folder (/none/chart)");
    });

    test("that leave the mesh are looked at, too, before Pulumi deletes what is in them", async () => {
        writeExistingRecord("dev", "cluster3", { token: "t", uid: "u" });
        const text = await complaint(checkExisting());
        rmSync(existingRecordPath("dev", "cluster3"));
        expect(text).toContain("1 problem; nothing was created or changed");
        expect(text).toContain("cluster3 cannot be cleared: its kubeconfig is lost");
    });

    test("are not for a stack that is in kind's, nor the other way round", async () => {
        const record = { token: "t", identity: "a".repeat(12), phase: "ready" } as const;
        writeRecord(recordPath("dev", "cluster2"), record);
        expect(await complaint(checkExisting())).toContain(
            "stack dev is in kind's clusters, and clusterProvider is existing.",
        );
        removeRecord(recordPath("dev", "cluster2"));
        writeExistingRecord("dev", "cluster1", { token: "t", uid: "u" });
        expect(await complaint(check(nodes({}), { using: free }))).toContain(
            "stack dev is in existing clusters, and clusterProvider is kind.",
        );
    });
});

describe("a node that is paused", () => {
    const outage = configWith({ cluster2PodCidr: "10.50.0.0/16", outage: "cluster2" });
    const node = "mesh-dev-cluster2-control-plane";
    const inspect = `docker container inspect --format {{.State.Status}} ${node}`;
    const paused = { ...nodes(ours), [inspect]: { stdout: "paused\n" } };
    const woken = { ...paused, [`docker unpause ${node}`]: {} };

    beforeEach(() => {
        const contents = contentsOf(outage, "cluster2");
        const last = {
            stack: "dev",
            cluster: "cluster2",
            of: "cluster",
            episode: "first",
            contents,
        };
        writeWhole(outagePath("dev"), JSON.stringify(last));
    });

    test("stays away where outage says so, and keeps its token", async () => {
        const found = await check(paused, { using: outage });
        expect(found.away).toBe("cluster2");
        expect(found.tokens).toEqual({
            cluster1: "token of cluster1",
            cluster2: "token of cluster2",
        });
        expect(found.outage).toMatchObject({ cluster: "cluster2", episode: "first" });
    });

    test("is woken where the config has no outage", async () => {
        const { away, outage: order, tokens } = await check(woken, { using: free });
        expect({ away, order }).toEqual({ away: undefined, order: undefined });
        expect(tokens.cluster2).toBe("token of cluster2");
    });

    test("is woken for a change of its own, and goes away another time", async () => {
        const said: string[] = [];
        const using = configWith({
            cluster2PodCidr: "10.50.0.0/16",
            outage: "cluster2",
            clusterMeshCacheTtl: "30s",
        });
        const found = await check(woken, { using, say: (line) => void said.push(line) });
        expect(found.away).toBeUndefined();
        expect(found.outage).toMatchObject({ cluster: "cluster2", episode: freshToken });
        expect(said).toContain(
            "cluster2 is paused and comes back: what the config changes in it needs its API server; it goes away again in the end",
        );
    });

    test("is left alone by a preview, which asks nothing of it", async () => {
        expect((await check(paused, { using: free, preview: true })).away).toBe("cluster2");
    });
});
