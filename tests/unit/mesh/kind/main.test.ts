import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { projectRoot } from "../../../../src/config/declaration";
import { typescriptInterpreter } from "../../../../src/machine/interpreter";
import { kindClusterName, stackFolder } from "../../../../src/machine/names";
import { RunResult, run } from "../../../../src/machine/run";
import { readNews, timelinePath } from "../../../../src/machine/timeline";
import { ClusterOrder } from "../../../../src/mesh/kind/kindConfig";
import { kindKubeconfig } from "../../../support/fakeKind";

// Only a process of its own shows what Pulumi gets to see, so this one writes below the real .lab.
const stack = `test-${randomBytes(4).toString("hex")}`;
const tools = mkdtempSync(join(tmpdir(), "lab-tools-"));
afterAll(() => {
    rmSync(stackFolder(stack), { recursive: true, force: true });
    rmSync(tools, { recursive: true, force: true });
});

const name = kindClusterName(stack, "cluster1");
const order: ClusterOrder = {
    stack,
    cluster: "cluster1",
    spec: {
        name,
        nodeImage: "node",
        podCidr: "10.1.0.0/16",
        serviceCidr: "10.101.0.0/16",
        token: "t",
    },
};

/** Runs the command as Pulumi does, where docker and kind are these shell scripts. */
function runCommand(action: string, docker: string, kind: string): Promise<RunResult> {
    for (const [tool, script] of Object.entries({ docker, kind })) {
        writeFileSync(join(tools, tool), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const [program, ...args] = typescriptInterpreter("src/mesh/kind/main.ts");
    const path = [tools, process.env.PATH].join(delimiter);
    const folder = process.cwd();
    process.chdir(projectRoot);
    try {
        return run(program!, [...args, action], {
            input: JSON.stringify(order),
            env: { PATH: path, HOME: tools, LAB_TIMELINE: timelinePath(stack) },
        });
    } finally {
        process.chdir(folder);
    }
}

test("the kubeconfig alone goes to standard output, and the news to standard error", async () => {
    const kind = `
        case "$1 $2" in
            "version --quiet") echo 0.33.0 ;;
            "create cluster") cat > /dev/null; echo ' \u2713 Preparing nodes' >&2 ;;
            "get kubeconfig") cat <<'KUBECONFIG'\n${kindKubeconfig(name)}KUBECONFIG\n ;;
        esac`;
    const { code, stdout, stderr } = await runCommand(
        "create",
        "echo 'Error: No such container: x' >&2; exit 1",
        kind,
    );
    expect(stderr).toBe(`${name}: creating the kind cluster\n${name}: Preparing nodes: done\n`);
    expect(stdout).toContain("current-context: cluster1\n");
    expect(stdout.startsWith("apiVersion: v1\n")).toBe(true);
    expect(code).toBe(0);
    expect(readNews(stack).map(({ text }) => text)).toEqual(stderr.trim().split("\n"));
});

test("a failure is one line on standard error, without a stack trace, and exit code 1", async () => {
    const docker = "echo 'Cannot connect to the Docker daemon' >&2; exit 1";
    expect(await runCommand("delete", docker, "exit 1")).toEqual({
        code: 1,
        stdout: "",
        stderr: `docker cannot be asked about ${name}-control-plane: Cannot connect to the Docker daemon\n`,
    });
    expect(readNews(stack).at(-1)).toMatchObject({
        text: `docker cannot be asked about ${name}-control-plane: Cannot connect to the Docker daemon`,
        isFailure: true,
    });
});
