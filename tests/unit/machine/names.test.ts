import { join, sep } from "node:path";
import * as fc from "fast-check";
import { projectRoot } from "../../../src/config/declaration";
import { UsageError } from "../../../src/config/errors";
import { clusterNames } from "../../../src/config/labConfig";
import { isStackName } from "../../../src/config/stackName";
import {
    kindClusterName,
    kubeconfigPath,
    labFolder,
    nodeName,
    shortHash,
    stackFolder,
} from "../../../src/machine/names";

/** What kind takes as a cluster's name (`pkg/cluster/internal/create/create.go`). */
const kindName = /^[a-z0-9.-]+$/;

/** What may follow the lab's own `mesh-`: a label of a host name. */
const hostName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const oddStacks = ["Dev", "DEV", "a/b", "a-b", "a.b", "a_b", "-a", "a-", "--", ".", "ü", "", "🚀"];
const longStacks = ["x".repeat(100), "x".repeat(99), "x".repeat(31), `${"x".repeat(22)}-y-z-abc-d`];

// Pulumi's own stack names, names that look alike once kind's letters are left, and anything else.
const anyStack = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/),
    fc.string({ unit: fc.constantFrom("a", "A", "-", ".", "_"), maxLength: 40 }),
    fc.string({ unit: "grapheme" }),
    fc.constantFrom(...oddStacks, ...longStacks),
);
const anyCluster = fc.constantFrom(...clusterNames);

test.each([
    ["dev", "mesh-dev-cluster1"],
    ["not-shared-failover", "mesh-not-shared-failover-cluster1"],
    ["x".repeat(30), `mesh-${"x".repeat(30)}-cluster1`],
    ["Dev", `mesh-dev--${shortHash("Dev").slice(0, 6)}-cluster1`],
    ["a/b", `mesh-a-b--${shortHash("a/b").slice(0, 6)}-cluster1`],
    ["ü", `mesh---${shortHash("ü").slice(0, 6)}-cluster1`],
    ["x".repeat(100), `mesh-${"x".repeat(22)}--${shortHash("x".repeat(100)).slice(0, 6)}-cluster1`],
])("stack %s has the kind cluster %s", (stack, name) => {
    expect(kindClusterName(stack, "cluster1")).toBe(name);
});

test("a kind cluster's name is one that kind takes, and its node's a host name", () => {
    fc.assert(
        fc.property(anyStack, anyCluster, (stack, cluster) => {
            const name = kindClusterName(stack, cluster);
            expect(name).toMatch(kindName);
            expect(nodeName(name)).toMatch(hostName);
            expect(name.endsWith(`-${cluster}`)).toBe(true);
        }),
        { numRuns: 500 },
    );
});

test("two stacks or two clusters never have the same kind cluster", () => {
    const name = fc.tuple(anyStack, anyCluster);
    fc.assert(
        fc.property(name, name, ([stack, cluster], [otherStack, otherCluster]) => {
            fc.pre(stack !== otherStack || cluster !== otherCluster);
            expect(kindClusterName(stack, cluster)).not.toBe(
                kindClusterName(otherStack, otherCluster),
            );
        }),
        { numRuns: 500 },
    );
    const odd = [...oddStacks, ...longStacks].filter((stack) => stack !== "");
    expect(new Set(odd.map((stack) => kindClusterName(stack, "cluster1"))).size).toBe(odd.length);
});

test("no stack can be named like what another is hashed to", () => {
    fc.assert(
        fc.property(anyStack, (stack) => {
            const part = /^mesh-(.*)-cluster1$/.exec(kindClusterName(stack, "cluster1"))![1]!;
            fc.pre(part !== stack);
            expect(kindClusterName(part, "cluster1")).not.toBe(kindClusterName(stack, "cluster1"));
        }),
    );
    const taken = `dev-${shortHash("Dev").slice(0, 6)}`;
    expect(kindClusterName(taken, "cluster1")).not.toBe(kindClusterName("Dev", "cluster1"));
});

test("a short hash is the same 12 hexadecimal digits for the same text", () => {
    expect(shortHash("")).toBe("e3b0c44298fc");
    expect(shortHash("dev")).toMatch(/^[0-9a-f]{12}$/);
    expect(shortHash("dev")).toBe(shortHash("dev"));
    expect(shortHash("dev")).not.toBe(shortHash("Dev"));
});

test("all that is kept of a stack is in its folder below .lab of the project", () => {
    expect(labFolder).toBe(join(projectRoot, ".lab"));
    expect(stackFolder("dev")).toBe(join(labFolder, "stacks", "dev"));
    expect(kubeconfigPath("dev", "cluster2")).toBe(
        join(labFolder, "stacks", "dev", "cluster2.kubeconfig"),
    );
});

// `npm run down` deletes the folder.
test("the folder of a stack is its own, below all stacks' folder; what is no stack's name has none", () => {
    fc.assert(
        fc.property(anyStack, (stack) => {
            if (isStackName(stack)) {
                expect(stackFolder(stack)).toBe(`${join(labFolder, "stacks")}${sep}${stack}`);
            } else {
                expect(() => stackFolder(stack)).toThrow(UsageError);
            }
        }),
    );
});
