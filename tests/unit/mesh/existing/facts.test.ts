import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import * as yaml from "js-yaml";
import { writeWhole } from "../../../../src/machine/files";
import { kubeconfigPath, shortHash, stackFolder } from "../../../../src/machine/names";
import {
    ClusterFacts,
    readClusterFacts,
    readClusterUid,
} from "../../../../src/mesh/existing/facts";
import { mayRepair } from "../../../../src/mesh/existing/ownership";
import { forgetRelease, pruneCluster } from "../../../../src/mesh/existing/prune";
import { writeExistingRecord } from "../../../../src/mesh/existing/record";
import { kubeconfigFor } from "../../../support/fakeApiServer";
import { FakeAnswer, FakeKubernetes, startFakeKubernetes } from "../../../support/fakeKubernetes";
import { fakeTime } from "../../../support/fakeTime";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);
// What is waited for comes with the next question.
jest.mock("../../../../src/machine/awake", () => ({ awakeTime: () => fakeTime() }));

const stack = "test";
afterEach(() => rmSync(stackFolder(stack), { recursive: true, force: true }));

const mark = shortHash("t");
const labels = { "cilium-global-services/stack": mark };

/** What Helm keeps of a Cilium with such values. */
function release(config: object) {
    const text = gzipSync(JSON.stringify({ manifest: "", config })).toString("base64");
    return {
        metadata: {
            name: "sh.helm.release.v1.cilium.v1",
            labels: { owner: "helm", name: "cilium" },
        },
        data: { release: Buffer.from(text).toString("base64") },
    };
}

const controlPlane = (name: string, command: string[]) => ({
    metadata: { name, labels: { tier: "control-plane" } },
    spec: { containers: [{ name, command }] },
});

const answers = {
    "/api/v1/namespaces/kube-system": { metadata: { uid: "the-uid" } },
    "/api/v1/nodes": {
        items: [
            {
                metadata: { name: "n1" },
                spec: { podCIDRs: ["10.1.0.0/24", "fd00::/64"] },
                status: {
                    addresses: [
                        { type: "InternalIP", address: "192.168.1.10" },
                        { type: "InternalIP", address: "fd00::1" },
                        { type: "Hostname", address: "n1" },
                    ],
                    conditions: [{ type: "Ready", status: "True" }],
                },
            },
            { metadata: { name: "n2" }, spec: {}, status: {} },
        ],
    },
    "/api/v1/namespaces/kube-system/pods": {
        items: [
            controlPlane("kube-apiserver", [
                "kube-apiserver",
                "--service-cluster-ip-range=10.9.0.0/16",
            ]),
            controlPlane("kube-controller-manager", ["k", "--cluster-cidr=10.1.0.0/16,fd00::/56"]),
            { metadata: { name: "kube-proxy-x" }, spec: { containers: [] } },
        ],
    },
    "/apis/networking.k8s.io/v1/servicecidrs": {
        items: [{ metadata: { name: "kubernetes" }, spec: { cidrs: ["10.101.0.0/16"] } }],
    },
    "/apis/apps/v1/daemonsets": {
        items: [{ metadata: { namespace: "kube-system", name: "cilium", labels } }],
    },
    "/api/v1/namespaces/kube-system/secrets": {
        items: [release({ commonLabels: labels }), { metadata: { name: "other" } }],
    },
    "/api/v1/namespaces/default/services": {
        items: [{ metadata: { namespace: "default", name: "rebel-base" } }],
    },
};

let fake: FakeKubernetes | undefined;
afterEach(() => fake?.close());

async function factsWith(changes: Record<string, FakeAnswer> = {}): Promise<ClusterFacts> {
    await fake?.close();
    fake = await startFakeKubernetes({ ...answers, ...changes });
    return readClusterFacts(fake.kubeconfig);
}

test("a cluster tells its ranges, nodes, networks, releases and objects, and is only read", async () => {
    expect(await factsWith()).toEqual({
        uid: "the-uid",
        server: fake!.server,
        nodes: [
            {
                name: "n1",
                addresses: ["192.168.1.10"],
                isReady: true,
                podCidrs: ["10.1.0.0/24"],
            },
            { name: "n2", addresses: [], isReady: false, podCidrs: [] },
        ],
        clusterCidrs: ["10.1.0.0/16"],
        serviceCidrs: ["10.101.0.0/16"],
        hasKubeProxy: true,
        daemonSets: [{ kind: "DaemonSet", namespace: "kube-system", name: "cilium", mark }],
        releases: [{ kind: "Helm release", namespace: "kube-system", name: "cilium", mark }],
        objects: [{ kind: "Service", namespace: "default", name: "rebel-base" }],
    });
    expect(fake!.asked.filter((one) => !one.startsWith("GET "))).toEqual([]);
});

test("an older API server tells its Services' range by its own flag; without one it is unknown", async () => {
    const path = "/apis/networking.k8s.io/v1/servicecidrs";
    expect((await factsWith({ [path]: 404 })).serviceCidrs).toEqual(["10.9.0.0/16"]);
    const facts = await factsWith({
        [path]: 404,
        "/api/v1/namespaces/kube-system/pods": { items: [] },
    });
    expect(facts).toMatchObject({ serviceCidrs: [], clusterCidrs: [], hasKubeProxy: false });
});

test("a node that was made a moment ago is given time to get its range, an older one is not", async () => {
    const node = (name: string, ageMs: number, podCIDR?: string) => ({
        metadata: { name, creationTimestamp: new Date(Date.now() - ageMs).toISOString() },
        spec: { podCIDR },
    });
    const facts = await factsWith({
        "/api/v1/nodes": (call) => ({
            items: [node("old", 90_000), node("new", 5000, call < 3 ? undefined : "10.1.1.0/24")],
        }),
    });
    expect(facts.nodes.map(({ podCidrs }) => podCidrs)).toEqual([[], ["10.1.1.0/24"]]);
    expect(fake!.asked.filter((one) => one === "GET /api/v1/nodes")).toHaveLength(3);
});

test("a kube-proxy whose pods are still to come is one", async () => {
    const facts = await factsWith({
        "/api/v1/namespaces/kube-system/pods": { items: [] },
        "/apis/apps/v1/daemonsets": {
            items: [{ metadata: { namespace: "kube-system", name: "kube-proxy" } }],
        },
    });
    expect(facts.hasKubeProxy).toBe(true);
});

test("a release of somebody else, or one that cannot be read, has no mark", async () => {
    const odd = { ...release({}), data: { release: "eA==" } };
    const facts = await factsWith({
        "/api/v1/namespaces/kube-system/secrets": { items: [release({}), odd] },
    });
    expect(facts.releases.map((one) => one.mark)).toEqual([undefined, undefined]);
});

test.each([401, 403])("an API server that answers %i is told to refuse", async (code) => {
    const facts = factsWith({ "/api/v1/nodes": code });
    await expect(facts).rejects.toThrow(
        /^its API server http:\S+ does not let you look at all that has to be checked \(HTTP \d+\)$/,
    );
});

test("an API server that is not there is told in one sentence", async () => {
    const nowhere = kubeconfigFor("http://127.0.0.1:1");
    for (const question of [readClusterFacts, readClusterUid]) {
        await expect(question(nowhere)).rejects.toThrow(
            /^its API server http:\/\/127\.0\.0\.1:1 does not answer \(.*ECONNREFUSED.*\)$/,
        );
    }
});

test.each([{}, { "content-type": "text/html" }, { "content-type": "application/json" }])(
    "whoever answers there and is no API server is told as that, with %j",
    async (headers) => {
        const other = createServer((_, response) =>
            response.writeHead(200, headers).end("<h1>Welcome</h1>"),
        );
        await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
        const { port } = other.address() as AddressInfo;
        const asked = readClusterUid(kubeconfigFor(`http://127.0.0.1:${port}`));
        await asked.catch(() => other.close());
        await expect(asked).rejects.toThrow(
            /^its API server http:\S+ answers, but not as an API server does$/,
        );
    },
);

test("an API server whose namespaces have no id is none", async () => {
    fake = await startFakeKubernetes({ "/api/v1/namespaces/kube-system": { metadata: {} } });
    await expect(readClusterUid(fake.kubeconfig)).rejects.toThrow(
        /^its API server http:\S+ answers, but not as an API server does$/,
    );
});

test("an API server without what is asked for, as at another path, refuses, with its reason as it wrote it", async () => {
    fake = await startFakeKubernetes({ "/api/v1/namespaces/kube-system": 404 });
    await expect(readClusterUid(fake.kubeconfig)).rejects.toThrow(
        /^its API server http:\S+ refuses \(HTTP 404\)$/,
    );
});

describe("a credential plugin", () => {
    /** What comes of asking with a plugin that is this shell script. */
    async function askedBy(script: string, more: object = {}): Promise<unknown> {
        fake = await startFakeKubernetes(answers);
        const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "sh", ...more };
        const kubeconfig = yaml.load(fake.kubeconfig) as { users: { user: object }[] };
        kubeconfig.users[0]!.user = { exec: { args: ["-c", script], ...exec } };
        return readClusterUid(yaml.dump(kubeconfig));
    }
    const prints = (credential: object) => `echo '${JSON.stringify(credential)}'`;

    test("gives the token that is sent", async () => {
        expect(await askedBy(prints({ status: { token: "t" } }))).toBe("the-uid");
        expect(fake!.tokens).toEqual(["Bearer t"]);
    });

    test.each([
        ["echo hello", "prints no credential"],
        ["echo '{}'", "prints no credential"],
        [prints({ status: { token: "a\nb" } }), "prints no credential"],
        [prints({ status: { token: 1 } }), "prints no credential"],
        [
            "echo 'log in first: \\033[31mred' >&2; exit 3",
            "ends with exit code 3 (log in first: red)",
        ],
        ["exit 1", "ends with exit code 1 (it says nothing)"],
    ])("that does %j is told by its name, and nobody is asked", async (script, reason) => {
        await expect(askedBy(script)).rejects.toThrow(
            `cannot be asked: the credential plugin sh of its kubeconfig ${reason}`,
        );
        expect(fake!.asked).toEqual([]);
    });

    test("that is not there is told with where it is had", async () => {
        const installHint = "get it at\nhttps://example.com";
        await expect(askedBy("", { command: "no-such-plugin", installHint })).rejects.toThrow(
            "cannot be asked: the credential plugin no-such-plugin of its kubeconfig is not there (get it at https://example.com)",
        );
    });
});

describe("what a stack has left", () => {
    const prune = () => pruneCluster(stack, "cluster1");
    const forget = () => forgetRelease(stack, "cluster1");
    const isRepairable = () => mayRepair(stack, "cluster1");

    /** What is deleted in a cluster that the stack remembers by a token and an id. */
    async function deletedBy(
        work: () => Promise<void>,
        changes: Record<string, FakeAnswer> = {},
        record = { token: "t", uid: "the-uid" },
    ): Promise<string[]> {
        const ended = { "/apis/apps/v1/daemonsets": { items: [] } };
        fake = await startFakeKubernetes({ ...answers, ...ended, ...changes });
        writeExistingRecord(stack, "cluster1", record);
        writeWhole(kubeconfigPath(stack, "cluster1"), fake.kubeconfig);
        await work();
        return fake.asked.filter((one) => one.startsWith("DELETE "));
    }

    const helmsNotes = "DELETE /api/v1/namespaces/kube-system/secrets owner=helm,name=cilium";
    const foreign = {
        "/api/v1/namespaces/kube-system/secrets": {
            items: [release({ commonLabels: { a: "b" } })],
        },
    };

    test("is deleted by its mark alone, and Helm forgets the release", async () => {
        const [helm, ...others] = await deletedBy(prune);
        expect(helm).toBe(helmsNotes);
        expect(others).toHaveLength(28);
        others.forEach((one) => expect(one).toContain(` cilium-global-services/stack=${mark}`));
        expect(others).toContain(
            `DELETE /apis/apps/v1/namespaces/kube-system/daemonsets cilium-global-services/stack=${mark}`,
        );
    });

    test("is deleted with the lab's network policy, and not in another cluster", async () => {
        const deleted = await deletedBy(prune);
        expect(deleted).toContain(
            `DELETE /apis/cilium.io/v2/namespaces/default/ciliumnetworkpolicies cilium-global-services/stack=${mark}`,
        );
        await fake!.close();
        await expect(deletedBy(prune, {}, { token: "t", uid: "another" })).rejects.toThrow(
            "cluster1 is another cluster now",
        );
        expect(fake!.asked.filter((one) => one.startsWith("DELETE"))).toEqual([]);
    });

    test("is deleted with what only the user's Helm values have made", async () => {
        const deleted = await deletedBy(prune);
        for (const kind of [
            "batch/v1/namespaces/kube-system/cronjobs",
            "batch/v1/namespaces/kube-system/jobs",
            "policy/v1/namespaces/kube-system/poddisruptionbudgets",
        ]) {
            expect(deleted).toContain(`DELETE /apis/${kind} cilium-global-services/stack=${mark}`);
        }
    });

    test("that may not be deleted is no success", async () => {
        const forbidden = { "/apis/rbac.authorization.k8s.io/v1/clusterroles": 403 };
        await expect(deletedBy(prune, forbidden)).rejects.toThrow("HTTP 403");
    });

    test("is waited for until its last workload is gone", async () => {
        const ending = { items: [{ metadata: { name: "x-wing" } }] };
        const path = "/apis/apps/v1/deployments";
        await deletedBy(prune, {
            [path]: (call: number) => (call < 3 ? ending : { items: [] }),
        });
        const looks = fake!.asked.filter((one) => one.startsWith(`GET ${path} `));
        expect(looks).toHaveLength(3);
        expect(looks[0]).toContain(` cilium-global-services/stack=${mark}`);
    });

    test("is told from somebody else's release, which Helm keeps", async () => {
        const deleted = await deletedBy(prune, foreign);
        expect(deleted).toHaveLength(28);
        expect(deleted).not.toContain(helmsNotes);
    });

    test("may be repaired, but not in another cluster, nor beside somebody else's Cilium", async () => {
        expect(await deletedBy(forget)).toEqual([helmsNotes]);
        expect(await isRepairable()).toBe(true);
        await fake!.close();
        expect(await isRepairable()).toBe(false);
        expect(await deletedBy(forget, foreign)).toEqual([]);
        await fake!.close();
        expect(await deletedBy(forget, {}, { token: "t", uid: "another" })).toEqual([]);
        await fake!.close();
        expect(await deletedBy(forget, {}, { token: "not t", uid: "the-uid" })).toEqual([]);
    });

    test("does not matter where the stack knows of no cluster", async () => {
        fake = await startFakeKubernetes({});
        await prune();
        await forget();
        expect(await isRepairable()).toBe(false);
        // A kubeconfig alone makes no cluster the stack's.
        writeWhole(kubeconfigPath(stack, "cluster1"), fake.kubeconfig);
        await prune();
        await forget();
        expect(await isRepairable()).toBe(false);
        expect(fake.asked).toEqual([]);
    });

    test("is not forgotten where nobody knows the way to the cluster any more", async () => {
        writeExistingRecord(stack, "cluster1", { token: "t", uid: "the-uid" });
        await expect(pruneCluster(stack, "cluster1")).rejects.toThrow(
            "cluster1 cannot be cleared: its kubeconfig is lost",
        );
    });
});
