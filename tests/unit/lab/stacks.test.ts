import { basename } from "node:path";
import * as yaml from "js-yaml";
import { readProject } from "../../../src/config/declaration";
import { exercises } from "../../../src/lab/exercise";
import { sidesOf } from "../../../src/lab/sides";
import { whoAnswers } from "../../../src/lab/whoAnswers";
import { answeringByClient } from "../../../src/lab/wording";
import { committedFiles, readText } from "../../support/committed";
import { stackConfig } from "../../support/defaultConfig";

const stacks = committedFiles("stacks").map((path) => basename(path).slice(7, -5));

/** The comment that a file opens with, as one line. */
function leadingComment(stack: string): string {
    const lines = readText("stacks", `Pulumi.${stack}.yaml`).split("\n");
    const end = lines.findIndex((line) => !line.startsWith("# "));
    return lines
        .slice(0, end)
        .map((line) => line.slice(2))
        .join(" ");
}

// What each file says of itself, and the same as clusters.
const claims: Record<string, { claim: string; from1: string[]; from2: string[] }> = {
    baseline: {
        claim: "so both clusters answer both clients.",
        from1: ["cluster1", "cluster2"],
        from2: ["cluster1", "cluster2"],
    },
    failover: {
        claim: "so only cluster2 answers, also cluster1's clients.",
        from1: ["cluster2"],
        from2: ["cluster2"],
    },
    "not-shared": {
        claim: "Its own clients still get both clusters; cluster2's clients get only cluster2.",
        from1: ["cluster1", "cluster2"],
        from2: ["cluster2"],
    },
    "not-shared-failover": {
        claim: "cluster1's clients are answered by cluster2, whose backends are shared.",
        from1: ["cluster2"],
        from2: ["cluster2"],
    },
    "local-first": {
        claim: "cluster1's clients are answered by cluster1 as long as it has a backend; cluster2's by both.",
        from1: ["cluster1"],
        from2: ["cluster1", "cluster2"],
    },
    "remote-first": {
        claim: "cluster1's clients are answered by cluster2 as long as it has a backend; cluster2's by both.",
        from1: ["cluster2"],
        from2: ["cluster1", "cluster2"],
    },
    "not-global": {
        claim: "Each cluster's clients get their own cluster only:",
        from1: ["cluster1"],
        from2: ["cluster2"],
    },
    "network-policy": {
        claim: "Cluster1's clients still get both clusters; of cluster2's requests those that are balanced to cluster1 time out, and cluster2 answers the others.",
        from1: ["cluster1", "cluster2"],
        from2: ["cluster2"],
    },
    outage: {
        claim: "half of its clients' requests time out for ever, and cluster1 answers the others.",
        from1: ["cluster1"],
        from2: [],
    },
    "outage-with-ttl": {
        claim: "then only cluster1 answers them, and nothing fails.",
        from1: ["cluster1"],
        from2: [],
    },
};

test("the exercises are the committed stacks, and those that .gitignore lets through", () => {
    const notIgnored = [...readText(".gitignore").matchAll(/^!stacks\/Pulumi\.(.+)\.yaml$/gm)];
    expect([...exercises].sort()).toStrictEqual([...stacks].sort());
    expect(notIgnored.map(([, stack]) => stack).sort()).toStrictEqual([...stacks].sort());
    expect(Object.keys(claims).sort()).toStrictEqual([...stacks].sort());
});

describe.each(stacks)("%s", (stack) => {
    test("gives the clusters that its leading comment claims", () => {
        const { claim, from1, from2 } = claims[stack]!;
        expect(leadingComment(stack)).toContain(claim);
        const config = stackConfig(stack);
        expect(answeringByClient(whoAnswers(sidesOf(config)))).toStrictEqual({
            cluster1: from1,
            cluster2: from2,
        });
    });

    test("holds its values and nothing of a machine: declared keys, no salt, no secret", () => {
        const { name, declarations } = readProject();
        const content = yaml.load(readText("stacks", `Pulumi.${stack}.yaml`));
        const { config, ...others } = content as { config: Record<string, unknown> };
        expect(others).toStrictEqual({});
        const declared = Object.keys(declarations).map((key) => `${name}:${key}`);
        expect(declared).toEqual(expect.arrayContaining(Object.keys(config)));
        expect(Object.values(config).every((value) => typeof value === "string")).toBe(true);
    });
});
