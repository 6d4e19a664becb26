import { LiveObject } from "../../../../src/mesh/kube/objects";
import { settled } from "../../../../src/proof/live/changes";
import { LabFacts } from "../../../../src/proof/live/labView";
import { Links, linkChanges, linksAfter } from "../../../../src/proof/live/links";
import { PodView, podView } from "../../../../src/proof/live/look";
import { deletedPods } from "../../../../src/proof/live/pods";
import { policyChanges, policyViews } from "../../../../src/proof/live/policies";
import { absenceOf, presenceChange } from "../../../../src/proof/live/presence";
import { configWith } from "../../../support/defaultConfig";
import { pod } from "../../../support/fakeClusterApi";
import { applied, nobody, updated } from "../../../support/managedFields";
import { sideOf } from "../../../support/sides";

describe("a pod of rebel-base that is deleted", () => {
    /** Pods as `a b ~c`: of the usual template, one that ends with a tilde before it; `a/old` is of another template. */
    function pods(text: string, wanted = 2) {
        const views = text.split(" ").filter((part) => part !== "");
        return {
            cluster: "cluster1",
            wanted,
            pods: views.map((part): PodView => {
                const [name = "", template = "new"] = part.replace("~", "").split("/");
                return { name, template, state: part.startsWith("~") ? "ending" : "ready" };
            }),
        };
    }
    const told = (...[before, after]: Parameters<typeof deletedPods>) =>
        deletedPods(before, after).map(({ text }) => text);

    test("is told with the one that replaces it, while it ends or once it is gone", () => {
        const text = "a in cluster1 was deleted; c replaces it";
        expect(told(pods("a b"), pods("~a b c"))).toEqual([text]);
        expect(told(pods("a b"), pods("b c"))).toEqual([text]);
        expect(told(pods("~a b c"), pods("b c"))).toEqual([]);
    });

    test("is told before another has come, and several are told as a number", () => {
        expect(told(pods("a b"), pods("~a b"))).toEqual(["a in cluster1 was deleted"]);
        expect(told(pods("a b"), pods("c d"))).toEqual([
            "2 rebel-base pods in cluster1 were deleted; 2 replace them",
        ]);
    });

    test("is none that goes because there are too many", () => {
        expect(told(pods("a b c d"), pods("a b ~c ~d"))).toEqual([]);
        expect(told(pods("a b c"), pods("a b"))).toEqual([]);
        expect(told(pods("a b c"), pods("b d"))).toHaveLength(1);
    });

    test("is none that a newer template replaces, to the last of them", () => {
        expect(told(pods("a/old b/old c"), pods("~a/old b/old c d"))).toEqual([]);
        expect(told(pods("b/old c d"), pods("c d"))).toEqual([]);
        expect(told(pods("b/old c", 2), pods("c d", 2))).toEqual([]);
    });

    test("is none where pods only come, or nothing changes", () => {
        expect(told(pods("a"), pods("a b"))).toEqual([]);
        expect(told(pods("a b"), pods("a b"))).toEqual([]);
    });

    test.each([
        [undefined, "somebody"],
        ["EvictionByEvictionAPI", "somebody, by eviction"],
        ["DeletionByTaintManager", "the control plane"],
        ["SomethingNew", "somebody"],
    ])("with the reason %s is of %s", (reason, author) => {
        const ended = pod("a", { labels: { "pod-template-hash": "new" } });
        ended.metadata!.deletionTimestamp = new Date();
        ended.status!.conditions!.push({ type: "DisruptionTarget", status: "True", reason });
        const after = pods("b c");
        const all = { ...after, pods: [...after.pods, podView(ended)] };
        expect(deletedPods(pods("a b"), all).map((one) => one.author)).toEqual([author]);
    });
});

describe("a policy that is not the lab's", () => {
    const spec = { endpointSelector: { matchLabels: { name: "rebel-base" } }, ingress: [{}] };
    const edited = { ...spec, ingress: [] };
    function policy(rules: object, ...managedFields: ReturnType<typeof updated>[]): LiveObject {
        const metadata = { name: "deny", managedFields };
        return { kind: "CiliumNetworkPolicy", metadata, spec: rules };
    }
    const byKubectl = updated("kubectl-client-side-apply", 20, "spec.ingress");
    const changes = (before: readonly LiveObject[], after: readonly LiveObject[]) =>
        policyChanges("cluster1", policyViews(before), policyViews(after)).map(
            ({ text, author, isEvent }) => [text, author, isEvent],
        );
    const title = "CiliumNetworkPolicy deny in cluster1";

    test("is told when it is created, changed and deleted, and by whom", () => {
        expect(changes([], [policy(spec, byKubectl)])).toEqual([
            [`${title} created; it applies to rebel-base`, "kubectl", true],
        ]);
        const later = updated("kubectl-edit", 30, "spec.ingress");
        expect(changes([policy(spec, byKubectl)], [policy(edited, later)])).toEqual([
            [`${title} changed; it applies to rebel-base`, "kubectl", true],
        ]);
        expect(changes([policy(spec, byKubectl)], [])).toEqual([
            [`${title} deleted; it applied to rebel-base`, "somebody", true],
        ]);
    });

    test("is told when it begins or ends to hold for the lab's pods, and not where it never does", () => {
        const mine = { endpointSelector: { matchLabels: { name: "mine" } } };
        expect(changes([policy(mine)], [policy(spec, byKubectl)])[0]![0]).toBe(
            `${title} changed; it applies to rebel-base`,
        );
        expect(changes([policy(spec)], [policy(mine, byKubectl)])[0]![0]).toBe(
            `${title} no longer applies to rebel-base`,
        );
        expect(changes([], [policy(mine)])).toEqual([]);
        expect(changes([policy(mine)], [])).toEqual([]);
    });

    test("is not told when it is written without a change of its rules, nor is the lab's own", () => {
        expect(changes([policy(spec)], [policy(spec, byKubectl)])).toEqual([]);
        const own = { ...policy(spec), metadata: { name: "rebel-base-cluster1-only" } };
        expect(changes([], [own])).toEqual([]);
    });

    test("has a name that can be printed, and no more of them are looked at than one overviews", () => {
        const odd = { ...policy(spec), metadata: { name: "a\u001b[31m\nb" } };
        expect(policyViews([odd])[0]!.title).toBe("CiliumNetworkPolicy a b");
        expect(policyViews(Array<LiveObject>(1_000).fill(policy(spec)))).toHaveLength(50);
    });
});

describe("a link of the mesh", () => {
    /** Clusters with what their agents say of the others: `2+ 3-` for connected and broken; nothing where none tells. */
    function clusters(...texts: readonly string[]) {
        return texts.map((text, i) => ({
            cluster: `cluster${i + 1}`,
            peers:
                text === ""
                    ? undefined
                    : text.split(" ").map((part) => ({
                          cluster: `cluster${part[0]}`,
                          isConnected: part.endsWith("+"),
                      })),
        }));
    }
    const none: Links = new Map();
    const connected = linksAfter(none, clusters("2+", "1+"));
    const told = (before: Links, after: Links) =>
        linkChanges(before, after).map(({ text }) => text);

    test("is told once when it is lost, and once when it is back", () => {
        const lost = linksAfter(connected, clusters("2-", "1+"));
        expect(told(connected, lost)).toEqual([
            "mesh of cluster1 and cluster2: connected → broken",
        ]);
        const both = linksAfter(lost, clusters("2-", "1-"));
        expect(told(lost, both)).toEqual([]);
        const back = linksAfter(both, clusters("2+", "1+"));
        expect(told(both, back)).toEqual(["mesh of cluster1 and cluster2: broken → connected"]);
    });

    test("is as it was while an agent does not tell, and new when it is seen for the first time", () => {
        const silent = linksAfter(connected, clusters("2+", ""));
        expect(told(connected, silent)).toEqual([]);
        expect(told(silent, linksAfter(silent, clusters("2+", "1+")))).toEqual([]);
        expect(told(none, connected)).toEqual([]);
        const lost = linksAfter(silent, clusters("2-", ""));
        expect(told(silent, lost)).toHaveLength(1);
    });

    test("is one of each pair", () => {
        const three = linksAfter(none, clusters("2+ 3+", "1+ 3+", "1+ 2+"));
        const lost = linksAfter(three, clusters("2+ 3-", "1+ 3-", ""));
        expect(told(three, lost)).toEqual([
            "mesh of cluster1 and cluster3: connected → broken",
            "mesh of cluster2 and cluster3: connected → broken",
        ]);
    });
});

describe("a node whose API server is silent", () => {
    const usual = configWith();
    const outage = configWith({ outage: "cluster2" });
    const away = (state: string, config = usual) => absenceOf(state, "cluster2", config);
    const change = (
        before: ReturnType<typeof away>,
        after: ReturnType<typeof away>,
        config = usual,
    ) => {
        const found = presenceChange("cluster2", before, after, config);
        return found && [found.text, found.author, found.isEvent ?? false];
    };

    test("is none of anybody's where it runs: answers go on", () => {
        expect(away("running")).toBeUndefined();
        expect(change(undefined, away("running"))).toBeUndefined();
    });

    test("is told once when somebody pauses it, and once when it is back", () => {
        const paused = away("paused");
        expect(change(undefined, paused)).toEqual([
            "cluster2's node: running → paused",
            "somebody",
            true,
        ]);
        expect(change(paused, away("paused"))).toBeUndefined();
        expect(change(paused, undefined)).toEqual([
            "cluster2's node: paused → running",
            undefined,
            false,
        ]);
    });

    test("is of whoever was at work when it is killed or taken away", () => {
        const texts = ["exited", "gone"].map((state) => change(undefined, away(state)));
        expect(texts).toEqual([
            ["cluster2's node: running → exited", undefined, true],
            ["cluster2's node: running → gone", undefined, true],
        ]);
    });

    test("stays an outage that the config no longer asks for, until the node is back", () => {
        const meant = away("paused", outage);
        const still = absenceOf("paused", "cluster2", usual, meant);
        expect(change(meant, still)).toBeUndefined();
        expect(change(still, undefined)).toEqual([
            "outage: cluster2 (cluster) → none",
            "pulumi",
            false,
        ]);
        expect(absenceOf("exited", "cluster2", usual, meant)).toMatchObject({ isMeant: false });
    });

    test("is the outage that the config asks for, until the config or somebody brings it back", () => {
        const meant = away("paused", outage);
        const gone = ["outage: none → cluster2 (cluster)", "pulumi", false];
        expect(change(undefined, meant, outage)).toEqual(gone);
        const back = "outage: cluster2 (cluster) → none";
        expect(change(meant, undefined, usual)).toEqual([back, "pulumi", false]);
        // An update that goes on with the outage wakes the node; without one, somebody did.
        expect(change(meant, undefined, outage)).toEqual([back, undefined, false]);
        const apiserver = configWith({ outage: "cluster2", outageOf: "clustermesh-apiserver" });
        expect(change(undefined, away("paused", apiserver))![0]).toContain("node");
    });
});

describe("what arrives", () => {
    const start = Date.UTC(2026, 2, 1, 12);
    const seen = (cluster: string) => ({
        cluster,
        look: {
            side: sideOf(cluster, "g s a=- r=2"),
            rebelBases: [],
            xWings: [],
            template: undefined,
            managed: { ...nobody, service: [applied(0, "spec")] },
            policies: [],
        },
    });
    const mark = { at: start, by: "pulumi up", texts: ["outage: none → cluster2 (cluster)"] };
    const facts: LabFacts = {
        stack: "dev",
        config: configWith({ outage: "cluster2" }),
        now: start + 9_000,
        known: [seen("cluster1"), { ...seen("cluster2"), trouble: "no answer" }],
        sent: [0.5, 1, 1.5, 5, 8].map((second) => ({
            client: "cluster1",
            at: start + second * 1000,
            outcomes: [
                { kind: "answered", cluster: "cluster1", milliseconds: 3 },
                second < 2
                    ? { kind: "answered", cluster: "cluster2", milliseconds: 3 }
                    : { kind: "failed", milliseconds: 1_001 },
            ],
        })),
        marks: [mark],
    };

    test("is an outage, with the dead cluster's last answer, though nobody asks from it", () => {
        expect(settled(facts)).toEqual([{ ...mark, arrivedMs: 1_500 }]);
    });

    test("is no event, and the change before it arrives all the same", () => {
        const event = { at: start + 6_000, by: "Cilium", texts: ["mesh"], isEvent: true } as const;
        expect(settled({ ...facts, marks: [mark, event] })).toEqual([
            { ...mark, arrivedMs: 1_500 },
            event,
        ]);
    });

    test("is nothing while a cluster cannot be seen that is not meant to be dead", () => {
        expect(settled({ ...facts, config: configWith() })).toBe(facts.marks);
        const [first] = facts.known;
        const unseen = { cluster: "cluster2", trouble: "no answer" };
        const known = [first!, unseen];
        expect(settled({ ...facts, config: configWith(), known })).toBe(facts.marks);
    });
});
