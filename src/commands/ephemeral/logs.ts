import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClusterName } from "../../config/labConfig";
import { askEngine } from "../../machine/engine";
import { Machine } from "../../machine/machine";
import { kindClusterName, nodeName } from "../../machine/names";
import { lastLine } from "../../machine/run";
import { observe } from "../../mesh/kind/observation";
import { kindLogPath } from "../../mesh/kind/runKind";

/** What kubectl is asked in each node, by the file that gets the answer. */
const questions = {
    "events.txt": ["get", "events", "--all-namespaces", "--sort-by=.metadata.creationTimestamp"],
    "objects.txt": ["get", "all", "--all-namespaces", "--output=wide"],
    "pods.txt": ["describe", "pods", "--all-namespaces"],
    "nodes.txt": ["describe", "nodes"],
    "cilium-status.txt": [...inAgent(), "status", "--verbose"],
    "cilium-mesh.txt": [...inAgent(), "troubleshoot", "clustermesh"],
} as const;

function inAgent(): string[] {
    const agent = ["daemonset/cilium", "--container=cilium-agent"];
    return ["exec", "--namespace=kube-system", ...agent, "--", "cilium-dbg"];
}

/** Longest time one question may take. */
const withinMs = 60_000;

/**
 * Writes what tells why a lab failed into a folder of each cluster: what `kind export logs` finds (every
 * container's log, the node's journal), events, objects and Cilium's own view. What cannot be had is named in
 * its file; a cluster that was never made has what kind said of it, or no folder.
 */
export async function exportLogs(
    stack: string,
    clusters: readonly ClusterName[],
    folder: string,
    machine: Machine,
): Promise<void> {
    await Promise.all(
        clusters.map((cluster) => exportCluster(stack, cluster, join(folder, cluster), machine)),
    );
}

/** What a kind that failed has said: it takes its node with it, and so all other logs. */
function keepKindLog(stack: string, cluster: ClusterName, folder: string): void {
    const log = kindLogPath(stack, cluster);
    if (existsSync(log)) {
        mkdirSync(folder, { recursive: true });
        copyFileSync(log, join(folder, "kind.log"));
    }
}

async function exportCluster(
    stack: string,
    cluster: ClusterName,
    folder: string,
    { run, kind, say }: Machine,
): Promise<void> {
    const name = kindClusterName(stack, cluster);
    keepKindLog(stack, cluster, folder);
    const { found } = await observe(name, run);
    if (!found) {
        return;
    }
    mkdirSync(folder, { recursive: true });
    const exported = await run(await kind(), ["export", "logs", folder, "--name", name], {
        timeoutMs: 2 * withinMs,
    });
    if (exported.code !== 0) {
        say(`${cluster}: kind export logs: ${lastLine(exported.stderr)}`);
    }
    for (const [file, question] of Object.entries(questions)) {
        const kubectl = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", ...question];
        const { stdout, stderr } = await askEngine(run, ["exec", nodeName(name), ...kubectl], {
            timeoutMs: withinMs,
        });
        writeFileSync(join(folder, file), stdout + stderr);
    }
}
