import type { V1ManagedFieldsEntry } from "@kubernetes/client-node";
import { Seen, changesBetween } from "../../../../src/proof/live/changes";
import { ManagedFields } from "../../../../src/proof/live/look";
import { Mark, lastChange, madeBy, withChanges } from "../../../../src/proof/live/marks";
import { applied, atSecond, scaled, status, updated } from "../../../support/managedFields";
import { sideOf } from "../../../support/sides";

const shared = "annotations:service.cilium.io/shared";
const affinity = "annotations:service.cilium.io/affinity";
const scope = "annotations:clustermesh.cilium.io/global";
const replicas = "spec.replicas";
const template = "spec.template.spec.containers";

/** What Pulumi has made. */
const made: ManagedFields = {
    service: [applied(0, "annotations:service.cilium.io/global", shared, "spec.selector")],
    deployment: [applied(0, replicas, template), status(9)],
    namespace: [updated("kube-apiserver", 0, "metadata.labels.name")],
    policy: undefined,
    apiserver: [updated("helm", 0, replicas), status(9)],
};

function seen(side: string, managed: Partial<ManagedFields> = {}, more: Partial<Seen> = {}): Seen {
    return {
        side: sideOf("cluster1", side),
        template: "{}",
        managed: { ...made, ...managed },
        rebelBases: [],
        policies: [],
        ...more,
    };
}

const before = seen("g s a=- r=2");
const withService = (...service: readonly V1ManagedFieldsEntry[]) => ({ service });
const withDeployment = (...deployment: readonly V1ManagedFieldsEntry[]) => ({ deployment });

describe("a change", () => {
    const told = (from: Seen, to: Seen) => changesBetween(from, to).map(({ text }) => text);

    test("is told by its config keys, before and after", () => {
        const second = (side: string): Seen => ({ ...before, side: sideOf("cluster2", side) });
        expect(told(second("g s a=- r=2"), second("g s=false a=local r=2"))).toEqual([
            "cluster2SharedService: true → false",
            "cluster2ServiceAffinity: none → local",
        ]);
        expect(told(before, seen("g s a=- r=0 p=cluster1"))).toEqual([
            "rebelBaseReplicas: 2 → 0",
            "networkPolicy: none → cluster1-only",
        ]);
    });

    test("is new pods, too, and a clustermesh-apiserver that is taken away", () => {
        expect(told(before, seen("g s a=- r=2", {}, { template: '{"metadata":{}}' }))).toEqual([
            "rebel-base in cluster1 gets new pods",
        ]);
        const cutOff = { ...sideOf("cluster1", "g s a=- r=2"), controlPlane: "kept" as const };
        expect(told(before, seen("", {}, { side: cutOff }))).toEqual([
            "outage: none → cluster1 (clustermesh-apiserver)",
        ]);
    });

    test("is none where objects are written without a change of what they say", () => {
        const written = {
            ...withDeployment(...made.deployment!.slice(0, 1), status(20)),
            namespace: [...made.namespace!, updated("kubectl-label", 20, "metadata.labels.team")],
        };
        expect(told(before, seen("g s a=- r=2", written))).toEqual([]);
    });
});

describe("who made a change", () => {
    const authors = (from: Seen, to: Seen) => changesBetween(from, to).map(({ author }) => author);

    test("is kubectl after a kubectl scale, whose entry has no time", () => {
        const after = withDeployment(applied(0, template), scaled("kubectl"), status(10));
        expect(authors(before, seen("g s a=- r=1", after))).toEqual(["kubectl"]);
    });

    test("is somebody, by scale, after a scale to 0, of which no entry is left", () => {
        const after = withDeployment(applied(0, template), status(10));
        expect(authors(before, seen("g s a=- r=0", after))).toEqual(["somebody, by scale"]);
    });

    test("is nobody known where a Deployment is gone", () => {
        const after = { ...made, deployment: undefined };
        expect(authors(before, seen("g s a=- r=0", after))).toEqual([undefined]);
    });

    test("is kubectl after a second kubectl scale, which leaves the same entry", () => {
        const once = withDeployment(applied(0, template), scaled("kubectl"), status(10));
        const twice = withDeployment(applied(0, template), scaled("kubectl"), status(20));
        const from = seen("g s a=- r=1", once);
        expect(authors(from, seen("g s a=- r=3", twice))).toEqual(["kubectl"]);
    });

    test("is Pulumi, which puts a scale back", () => {
        const scaledTo1 = withDeployment(applied(0, template), scaled("kubectl"), status(10));
        const back = withDeployment(applied(30, replicas, template), status(31));
        const from = seen("g s a=- r=1", scaledTo1);
        expect(authors(from, seen("g s a=- r=2", back))).toEqual(["pulumi"]);
    });

    test("is an autoscaler where the control plane scales", () => {
        const after = withDeployment(applied(0, template), scaled("kube-controller-manager"));
        expect(authors(before, seen("g s a=- r=5", after))).toEqual(["an autoscaler"]);
    });

    test.each([
        ["kubectl annotate", updated("kubectl-annotate", 20, shared)],
        ["kubectl edit", updated("kubectl-edit", 20, shared)],
        ["kubectl patch", updated("kubectl-patch", 20, shared)],
        ["kubectl apply", updated("kubectl-client-side-apply", 20, shared, "spec.ports")],
        ["kubectl apply --server-side", { ...updated("kubectl", 20, shared), operation: "Apply" }],
        ["kubectl on Windows", updated("kubectl.exe", 20, shared)],
        ["a second one in the same second as Pulumi", updated("kubectl-annotate", 0, shared)],
    ])("is kubectl after %s", (_, entry) => {
        const after = withService(entry, applied(0, "spec.selector"));
        expect(authors(before, seen("g s=false a=- r=2", after))).toEqual(["kubectl"]);
    });

    test("is whoever owns the field, not whoever wrote last into the object", () => {
        const after = withService(
            applied(20, shared, "spec.selector"),
            updated("kubectl-label", 21, "metadata.labels.team"),
        );
        expect(authors(before, seen("g s=false a=- r=2", after))).toEqual(["pulumi"]);
    });

    test("is told for each field where two of them change at once", () => {
        const after = withService(
            applied(20, affinity, "spec.selector"),
            updated("kubectl-annotate", 20, shared),
        );
        expect(authors(before, seen("g s=false a=local r=2", after))).toEqual([
            "kubectl",
            "pulumi",
        ]);
    });

    test("is the other client where only the old names of annotations are set", () => {
        const old = "annotations:io.cilium/shared-service";
        const after = withService(...made.service!, updated("argocd-controller", 20, old));
        expect(authors(before, seen("g s=false a=- r=2", after))).toEqual(["argocd-controller"]);
    });

    test("is whoever annotated the namespace", () => {
        const namespace = [...made.namespace!, updated("kubectl-annotate", 20, scope)];
        expect(authors(before, seen("g s a=- r=2 n=local", { namespace }))).toEqual(["kubectl"]);
    });

    test("is whoever made the policy, and whoever edits it, not whoever had made it", () => {
        const policy = [updated("kubectl-client-side-apply", 20, "spec.ingress")];
        const from = seen("g s a=- r=2 p=cluster1", { policy });
        expect(authors(before, from)).toEqual(["kubectl"]);
        const edited = [applied(0, "spec"), updated("kubectl-edit", 30, "spec.ingress")];
        const pulumis = seen("g s a=- r=2 p=cluster1", { policy: [applied(0, "spec")] });
        const to = seen("g s a=- r=2 p=cluster2", { policy: edited });
        expect(authors(pulumis, to)).toEqual(["kubectl"]);
    });

    test("is whoever restarts, the first time and the second", () => {
        const restarted = (second: number) =>
            seen(
                "g s a=- r=2",
                withDeployment(
                    applied(0, replicas, template),
                    updated("kubectl-rollout", second, "spec.template.metadata.annotations"),
                    status(second),
                ),
                { template: String(second) },
            );
        expect(authors(before, restarted(20))).toEqual(["kubectl"]);
        expect(authors(restarted(20), restarted(40))).toEqual(["kubectl"]);
    });

    test("is Pulumi where it takes an annotation away, which has no owner then", () => {
        const from = seen("g s=false a=- r=2");
        const after = withService(applied(20, "annotations:service.cilium.io/global"));
        expect(authors(from, seen("g s a=- r=2", after))).toEqual(["pulumi"]);
    });

    test("is unknown of what leaves no trace: a field that is taken away, and an object", () => {
        const from = seen("g s=false a=- r=2", { policy: [applied(0, "spec")] });
        const removed = withService(applied(0, "annotations:service.cilium.io/global"));
        expect(authors(from, seen("g s a=- r=2", removed))).toEqual([undefined]);
        const gone = { service: undefined, policy: undefined };
        const pulumis = seen("g s a=- r=2 p=cluster1", { policy: [applied(0, "spec")] });
        expect(authors(pulumis, seen("s a=- r=2", gone))).toEqual([undefined, undefined]);
    });

    test("is unknown where a program throws away who has set what", () => {
        expect(authors(before, seen("g s=false a=- r=2", withService()))).toEqual([undefined]);
    });

    test.each([
        ["\u001b[31mred\u001b[0m", "red"],
        ["a\nb", "“a b”"],
        ["this board", "“this board”"],
        ["kubectlish", "kubectlish"],
        ["\u202egnp", "\\u202egnp"],
        ["x".repeat(128), `${"x".repeat(59)}…`],
        ["", undefined],
    ])("is printed as %j can be", (manager, name) => {
        const after = withService(updated(manager, 20, shared));
        expect(authors(before, seen("g s=false a=- r=2", after))).toEqual([name]);
    });
});

describe("the marks", () => {
    const at = Number(atSecond(0));
    const by = (author: string | undefined, isOwnWork = false, isPulumiAtWork = false) =>
        madeBy(author, { isOwnWork, isPulumiAtWork });

    test("name Pulumi's work as this board's while it works, and nobody else's", () => {
        expect([by("pulumi"), by("kubectl"), by(undefined)]).toEqual([
            "pulumi up",
            "kubectl",
            "somebody",
        ]);
        expect([by("pulumi", true), by("kubectl", true), by(undefined, true)]).toEqual([
            "this board",
            "kubectl",
            "this board",
        ]);
    });

    test("name Pulumi for what leaves no trace while a command has it work", () => {
        expect([by(undefined, false, true), by("kubectl", false, true)]).toEqual([
            "pulumi up",
            "kubectl",
        ]);
        expect(by(undefined, true, true)).toBe("this board");
        expect(by("somebody", true, true)).toBe("somebody");
    });

    test("keep events apart from changes, in the order of time", () => {
        const when = { at, isOwnWork: false };
        const change = { text: "a", author: "kubectl" };
        const event = { text: "b", author: "kubectl", isEvent: true } as const;
        const marks = withChanges([], [change, event], when);
        expect(marks.map(({ texts }) => texts)).toEqual([["a"], ["b"]]);
        expect(lastChange(marks)?.texts).toEqual(["a"]);
        const earlier = withChanges(marks, [change], { ...when, at: at - 10_000 });
        expect(earlier.map((mark) => mark.at - at)).toEqual([-10_000, 0, 0]);
    });

    test("are one for all that an author changes in a moment, in however many clusters", () => {
        const change = (text: string, author?: string) => ({ text, author });
        const own = { at, isOwnWork: false };
        const one = withChanges([], [change("a", "kubectl"), change("b", "pulumi")], own);
        expect(one.map((mark) => [mark.by, mark.texts])).toEqual([
            ["kubectl", ["a"]],
            ["pulumi up", ["b"]],
        ]);
        const arrived: Mark[] = one.map((mark) => ({ ...mark, arrivedMs: 100 }));
        const two = withChanges(arrived, [change("c", "kubectl")], { ...own, at: at + 1000 });
        expect(two.at(-1)).toEqual({ at: at + 1000, by: "kubectl", texts: ["a", "c"] });
        expect(two).toHaveLength(2);
        const later = withChanges(two, [change("d", "kubectl")], { ...own, at: at + 4000 });
        expect(later.at(-1)).toEqual({ at: at + 4000, by: "kubectl", texts: ["d"] });
    });

    test("are two for what changes and changes back in a moment", () => {
        const there = { text: "outage: none → cluster2 (cluster)", author: "pulumi" };
        const back = { text: "outage: cluster2 (cluster) → none", author: "pulumi" };
        const other = { text: "sharedService: true → false", author: "pulumi" };
        const first = withChanges([], [there, other], { at, isOwnWork: false });
        const both = withChanges(first, [back], { at: at + 1000, isOwnWork: false });
        expect(both.map(({ texts }) => texts)).toEqual([[there.text, other.text], [back.text]]);
    });
});
