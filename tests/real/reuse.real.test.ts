import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../src/config/declaration";
import { Ended, command, docker, givenConfig, whyNotReal } from "../support/realLab";

const stack = `test-${randomBytes(3).toString("hex")}`;
const sources = join(projectRoot, "src", "components");
const copies = join(tmpdir(), `lab-examples-${stack}`);

/** A copy of an example that has no packages yet: Pulumi writes into its files. */
function folder(example: string): string {
    return join(copies, example);
}

/** Plain Pulumi in an example. */
function pulumi(example: string, ...args: string[]): Ended {
    return command("pulumi", ["-C", folder(example), ...args]);
}

function whyNoYaml(): string | undefined {
    cpSync(join(projectRoot, "examples"), copies, { recursive: true });
    for (const example of ["yaml", "typescript"]) {
        const file = join(folder(example), "Pulumi.yaml");
        writeFileSync(file, readFileSync(file, "utf8").replace(/^packages:\n.*\n/m, ""));
    }
    const { code, output } = pulumi("yaml", "package", "add", sources);
    return code !== 0 && /language plugin/.test(output)
        ? "this Pulumi has no host for YAML"
        : undefined;
}

const reason = whyNotReal() ?? whyNoYaml();
const onRealClusters = reason === undefined ? describe : describe.skip;

/** The keys of the examples that a machine may have to set. */
const keys = [
    "nodeImage",
    "ciliumChart",
    "ciliumVersion",
    "ciliumImage",
    "ciliumOperatorImage",
    "clusterMeshApiserverImage",
];

/** Gives an example a stack, with the tests' own config (LAB_TEST_CONFIG). */
function begin(example: string): void {
    expect(pulumi(example, "package", "add", sources)).toMatchObject({ code: 0 });
    expect(pulumi(example, "stack", "init", stack)).toMatchObject({ code: 0 });
    const given = givenConfig();
    for (const key of keys.filter((name) => given[name] !== undefined)) {
        const set = pulumi(example, "config", "set", key, given[key]!, "--stack", stack);
        expect(set).toMatchObject({ code: 0 });
    }
}

function end(example: string): void {
    pulumi(example, "destroy", "--yes", "--skip-preview", "--stack", stack);
    pulumi(example, "stack", "rm", "--yes", "--stack", stack);
    nodes().forEach((node) => docker("rm", "--force", "--volumes", node));
}

/** Nodes of the stack's clusters, running or not. */
function nodes(): string[] {
    const { stdout } = docker("ps", "--all", "--format", "{{.Names}}");
    return stdout
        .split("\n")
        .filter((name) => name.startsWith("mesh-mesh-") && name.includes(stack));
}

/** What a node's agent says of its mesh. */
function meshOf(node: string): string {
    const kubectl = [
        "kubectl",
        "--kubeconfig=/etc/kubernetes/admin.conf",
        "--namespace=kube-system",
    ];
    const agent = ["exec", "daemonset/cilium", "--container=cilium-agent", "--"];
    return docker("exec", node, ...kubectl, ...agent, "cilium-dbg", "status").output;
}

onRealClusters(`the components in other programs${reason ? ` (skipped: ${reason})` : ""}`, () => {
    afterAll(() => {
        ["yaml", "typescript"].forEach(end);
        rmSync(copies, { recursive: true });
    });

    test("a YAML program makes two clusters that mesh", async () => {
        begin("yaml");
        const up = pulumi("yaml", "up", "--yes", "--skip-preview", "--stack", stack);
        expect(up.output).toContain("17 created");
        process.stdout.write(`up of the example: ${up.seconds.toFixed(0)} s\n`);
        expect(nodes()).toHaveLength(2);
        const start = Date.now();
        const isMeshed = () =>
            nodes().map((node) => /1\/1 remote clusters ready/.test(meshOf(node)));
        while (isMeshed().includes(false) && Date.now() - start < 180_000) {
            await new Promise((resolve) => setTimeout(resolve, 2000));
        }
        expect(isMeshed()).toEqual([true, true]);
        process.stdout.write(`meshed after ${((Date.now() - start) / 1000).toFixed(0)} s more\n`);
    });

    test("its kubeconfigs are nowhere in clear", () => {
        const { output } = pulumi("yaml", "stack", "export", "--stack", stack);
        expect(output).not.toContain("client-key-data");
        expect(pulumi("yaml", "stack", "output", "--stack", stack).output).toContain("[secret]");
    });

    test("a second up changes nothing, and destroy leaves no container", () => {
        const args = ["--yes", "--skip-preview", "--stack", stack];
        const again = pulumi("yaml", "up", "--expect-no-changes", ...args);
        expect(again).toMatchObject({ code: 0 });
        const destroyed = pulumi("yaml", "destroy", ...args);
        expect(destroyed).toMatchObject({ code: 0 });
        process.stdout.write(`destroy of the example: ${destroyed.seconds.toFixed(0)} s\n`);
        expect(nodes()).toEqual([]);
    });

    test("a TypeScript program has types for them, and plans the same", () => {
        const options = { cwd: folder("typescript"), encoding: "utf8" } as const;
        const install = spawnSync("npm", ["install", "--no-audit", "--no-fund"], options);
        expect(install).toMatchObject({ status: 0 });
        begin("typescript");
        const types = spawnSync("npx", ["tsc", "--noEmit"], options);
        expect(types).toMatchObject({ status: 0, stdout: "" });
        const preview = pulumi("typescript", "preview", "--stack", stack);
        expect(preview.output).toContain("17 to create");
    });
});
