import { unreadKeys } from "../../../src/config/crossChecks";
import { readProject } from "../../../src/config/declaration";
import { parseLabConfig } from "../../../src/config/parseLabConfig";
import { configWith } from "../../support/defaultConfig";

const existing = {
    clusterProvider: "existing",
    kubeconfigContext: "one",
    cluster2KubeconfigContext: "two",
};

function problemsWith(given: Record<string, string>) {
    return parseLabConfig(given, readProject()).problems;
}

test("existing clusters need a context each; all that are missing are told at once", () => {
    expect(problemsWith({ clusterProvider: "existing" })).toEqual(
        ["kubeconfigContext", "cluster2KubeconfigContext"].map((key) => ({
            message: `${key} is empty, and clusterProvider existing needs a context for every cluster.`,
            fix: `pulumi config set ${key} <a name that kubectl config get-contexts shows>`,
        })),
    );
    expect(problemsWith(existing)).toEqual([]);
});

test("two clusters cannot be one context", () => {
    expect(problemsWith({ ...existing, cluster2KubeconfigContext: "one" })).toEqual([
        {
            message:
                'cluster2KubeconfigContext is "one", and so is kubeconfigContext; every cluster needs a context of its own.',
            fix: "pulumi config set cluster2KubeconfigContext <a name that kubectl config get-contexts shows>",
        },
    ]);
});

test("kind's clusters need no context", () => {
    expect(problemsWith({ clusterProvider: "kind" })).toEqual([]);
});

test("a key that the other provider reads is told, with the command that takes it away", () => {
    const given = {
        kubeconfig: "/a",
        kubeconfigContext: "one",
        cluster2ClusterMeshAddress: "10.0.0.5",
    };
    expect(unreadKeys(configWith(given))).toEqual(
        Object.keys(given).map((key) => ({
            message: `${key} is set, and clusterProvider kind does not read it.`,
            fix: `pulumi config rm ${key}`,
        })),
    );
    expect(unreadKeys(configWith({ ...existing, nodeImage: "mine:1" }))).toEqual([
        {
            message: "nodeImage is set, and clusterProvider existing does not read it.",
            fix: "pulumi config rm nodeImage",
        },
    ]);
});

test("keys that the chosen provider reads are not told of", () => {
    expect(unreadKeys(configWith({ nodeImage: "mine:1" }))).toEqual([]);
    expect(unreadKeys(configWith({ ...existing, clusterMeshAddress: "10.0.0.5" }))).toEqual([]);
});

describe("an outage", () => {
    test("is of a cluster that the stack has", () => {
        expect(problemsWith({ outage: "cluster3" })).toEqual([
            {
                message:
                    'outage is "cluster3", but clusters is 2; it must be one of none, cluster1, cluster2.',
                fix: "pulumi config set outage cluster2, or pulumi config rm outage",
            },
        ]);
        expect(problemsWith({ outage: "cluster3", clusters: "3" })).toEqual([]);
    });

    test("of a whole cluster is refused where somebody else has made it", () => {
        expect(problemsWith({ ...existing, outage: "cluster2" })).toEqual([
            {
                message:
                    "outage is cluster2, and clusterProvider is existing: only kind's clusters can be stopped from here.",
                fix: "pulumi config set outageOf clustermesh-apiserver, or pulumi config rm outage",
            },
        ]);
        const ofApiserver = { outage: "cluster2", outageOf: "clustermesh-apiserver" };
        expect(problemsWith({ ...existing, ...ofApiserver })).toEqual([]);
    });
});
