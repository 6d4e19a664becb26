import {
    cpSync,
    existsSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { projectRoot } from "../../../../src/config/declaration";
import { kubeconfigPath, stackFolder } from "../../../../src/machine/names";
import { ClusterFacts } from "../../../../src/mesh/existing/facts";
import { isOwn, teardownProblems } from "../../../../src/mesh/existing/ownership";
import {
    existingClusters,
    existingRecordPath,
    markOf,
    readExistingRecord,
    writeExistingRecord,
} from "../../../../src/mesh/existing/record";
import { surveyExisting } from "../../../../src/mesh/existing/survey";
import { deriveKubeconfig } from "../../../../src/mesh/existing/userKubeconfig";
import { existingConfig, factsOf, found } from "../../../support/fakeFacts";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

// jest cannot load the Kubernetes client.
jest.mock("../../../../src/mesh/existing/facts", () => ({}));

beforeAll(() => {
    const manifests = join(__dirname, "..", "..", "..", "..", "manifests");
    cpSync(manifests, join(projectRoot, "manifests"), { recursive: true });
});

let folder: string;
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "existing-"));
    const contexts = ["east", "west"];
    writeFileSync(
        join(folder, "config"),
        yaml.dump({
            clusters: contexts.map((name) => ({ name, cluster: { server: `https://${name}` } })),
            users: contexts.map((name) => ({ name, user: { token: name } })),
            contexts: contexts.map((name) => ({ name, context: { cluster: name, user: name } })),
        }),
    );
});
afterEach(() => {
    rmSync(folder, { recursive: true });
    rmSync(stackFolder("dev"), { recursive: true, force: true });
});

const config = (more: Record<string, string> = {}) =>
    existingConfig({ kubeconfig: join(folder, "config"), ...more });

/** Clusters as the contexts lead to them, changed. */
function asking(changes: { east?: Partial<ClusterFacts>; west?: Partial<ClusterFacts> } = {}) {
    return (kubeconfig: string) =>
        Promise.resolve(
            kubeconfig.includes("https://east")
                ? factsOf(1, changes.east)
                : factsOf(2, changes.west),
        );
}

function survey(ask = asking(), preview = false, using = config()) {
    return surveyExisting("dev", using, { preview }, ask);
}

test("two clusters that can be used are remembered, with a kubeconfig only its owner reads", async () => {
    const { targets, problems } = await survey();
    expect(problems).toEqual([]);
    for (const [index, cluster] of (["cluster1", "cluster2"] as const).entries()) {
        const record = readExistingRecord("dev", cluster)!;
        expect(record).toEqual({
            token: expect.stringMatching(/^[a-f0-9]{16}$/) as unknown,
            uid: `uid-${index + 1}`,
        });
        const labels = { "cilium-global-services/stack": markOf(record) };
        expect(targets[cluster]).toEqual({
            kubeconfig: readFileSync(kubeconfigPath("dev", cluster), "utf8"),
            identity: `uid-${index + 1}`,
            labels,
            values: { commonLabels: labels, ipam: { mode: "kubernetes" } },
        });
        expect(targets[cluster]!.kubeconfig).toContain(`current-context: ${cluster}`);
        expect(statSync(kubeconfigPath("dev", cluster)).mode & 0o777).toBe(0o600);
    }
    expect(existingClusters("dev")).toEqual(["cluster1", "cluster2"]);
});

test("the second time what the stack has made is its own, and the mark stays", async () => {
    const first = await survey();
    const { labels } = first.targets.cluster1!;
    const mark = Object.values(labels)[0];
    const second = await survey(
        asking({ east: { daemonSets: [found("DaemonSet", "kube-system/cilium", mark)] } }),
    );
    expect(second.problems).toEqual([]);
    expect(second.targets).toEqual(first.targets);
});

test("a preview writes nothing", async () => {
    const { problems, targets } = await survey(asking(), true);
    expect(problems).toEqual([]);
    expect(Object.keys(targets)).toEqual(["cluster1", "cluster2"]);
    expect(existsSync(stackFolder("dev"))).toBe(false);
});

test("all that is wrong with all clusters is told at once, in a preview too, and nothing is written", async () => {
    const dead = (kubeconfig: string) =>
        kubeconfig.includes("https://west")
            ? Promise.reject(
                  new Error("its API server https://west does not answer (ECONNREFUSED)"),
              )
            : asking({ east: { daemonSets: [found("DaemonSet", "kube-system/cilium")] } })(
                  kubeconfig,
              );
    for (const preview of [true, false]) {
        const { problems } = await survey(dead, preview);
        expect(problems.map(({ message }) => message)).toEqual([
            "cluster2 cannot be used: its API server https://west does not answer (ECONNREFUSED).",
            "cluster1 has a Cilium that this stack did not make (DaemonSet kube-system/cilium), and it stays untouched.",
        ]);
    }
    expect(existsSync(stackFolder("dev"))).toBe(false);
});

test("an API server whose CA Node.js does not know is told with the variable that takes it", async () => {
    const reason =
        "its API server https://west does not answer (self-signed certificate in certificate chain)";
    const { problems } = await survey(() => Promise.reject(new Error(reason)), false);
    expect(problems[0]!.fix).toMatch(
        /^export NODE_EXTRA_CA_CERTS=<PEM file .*, or make "kubectl --context east get nodes" work/,
    );
});

test("an unknown context is told with those there are", async () => {
    const { problems } = await survey(asking(), false, config({ kubeconfigContext: "north" }));
    expect(problems).toEqual([
        {
            message: `cluster1 cannot be used: ${join(folder, "config")} has no context "north", only "east", "west".`,
            fix: 'make "kubectl --context north get nodes" work, or pulumi config set kubeconfigContext <another context>',
        },
    ]);
});

test("a context that leads to another cluster than before is refused", async () => {
    await survey();
    const { problems } = await survey(asking({ west: { uid: "uid-9" } }));
    expect(problems).toEqual([
        {
            message:
                'cluster2 is another cluster now: context "west" leads to one that this stack has not filled.',
            fix: "let the context lead back and npm run down first, or use another --stack",
        },
    ]);
});

test.each([
    ["the cluster's own mark", ["m"], true],
    ["no release", [], true],
    ["a release of somebody else's", [undefined], false],
    ["one of ours and one of somebody else's", ["m", undefined], false],
    ["somebody else's and then ours", ["other", "m"], false],
] as const)("a cluster with %s is the stack's own: %j", (_, marks, own) => {
    const record = { token: "t", uid: "u" };
    const mine = marks.map((mark) => (mark === "m" ? markOf(record) : mark));
    expect(isOwn(record, "u", mine)).toBe(own);
    expect(isOwn(record, "another", mine)).toBe(false);
});

test("a kubeconfig that is lost is derived from the user's", () => {
    expect(deriveKubeconfig(config(), "cluster2")).toContain("server: https://west");
});

describe("the teardown", () => {
    beforeEach(() => survey());

    test("nothing is in the way where both clusters are the ones that were filled", async () => {
        const uidOf = (kubeconfig: string) =>
            Promise.resolve(kubeconfig.includes("https://east") ? "uid-1" : "uid-2");
        expect(await teardownProblems("dev", uidOf)).toEqual([]);
    });

    test("a cluster that does not answer and one that is another are told at once", async () => {
        const uidOf = (kubeconfig: string) =>
            kubeconfig.includes("https://east")
                ? Promise.resolve("uid-9")
                : Promise.reject(new Error("its API server https://west does not answer"));
        const problems = await teardownProblems("dev", uidOf);
        expect(problems.map(({ message }) => message)).toEqual([
            "cluster1 is another cluster now than the one that this stack is in, and it stays untouched.",
            "cluster2 cannot be cleared: its API server https://west does not answer.",
        ]);
        problems.forEach(({ fix }) => expect(fix).toContain("stack rm --force"));
    });

    test("a cluster whose kubeconfig is lost cannot be cleared", async () => {
        rmSync(kubeconfigPath("dev", "cluster1"));
        const problems = await teardownProblems("dev", () => Promise.resolve("uid-2"));
        expect(problems.map(({ message }) => message)).toEqual([
            "cluster1 cannot be cleared: its kubeconfig is lost, and npm run up rewrites it.",
        ]);
    });

    test("a stack that is in no existing cluster asks nobody", async () => {
        expect(await teardownProblems("other", () => Promise.reject(new Error("asked")))).toEqual(
            [],
        );
    });
});

test.each(["", "{}", '{"token":1,"uid":"a"}', "garbage"])(
    "a record with the text %j is damaged, which is told and never taken for none",
    (text) => {
        writeExistingRecord("dev", "cluster1", { token: "t", uid: "u" });
        expect(readExistingRecord("dev", "cluster1")).toEqual({ token: "t", uid: "u" });
        writeFileSync(existingRecordPath("dev", "cluster1"), text);
        expect(() => readExistingRecord("dev", "cluster1")).toThrow("is damaged");
        rmSync(existingRecordPath("dev", "cluster1"));
    },
);
