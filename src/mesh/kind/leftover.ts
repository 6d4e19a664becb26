import { rmSync } from "node:fs";
import { commandLineOf, commandLines } from "../../machine/commandLines";
import { askEngine } from "../../machine/engine";
import { Machine } from "../../machine/machine";
import { kubeconfigPath, nodeName } from "../../machine/names";
import { poll } from "../../machine/poll";
import { RunResult, lastLine } from "../../machine/run";
import { ClusterPlace } from "./kindConfig";
import { recordFor } from "./record";

/** Longest wait for the engine to have made a node that a killed kind had asked for. */
const nodeMadeWithinMs = 60_000;

/**
 * A kind whose parent was killed goes on, and would delete the nodes by name when it fails: it has to end. The
 * lock that a killed kind leaves beside the kubeconfig would stop every other kind.
 */
export async function stopLeftoverKind(order: ClusterPlace, machine: Machine): Promise<void> {
    const pid = recordFor(order)?.pid;
    if (pid !== undefined && pid !== process.pid) {
        await stopKind(pid, order, machine);
    }
    rmSync(`${kubeconfigPath(order.stack, order.cluster)}.lock`, { force: true });
}

async function stopKind(pid: number, order: ClusterPlace, machine: Machine): Promise<void> {
    const line = commandLineOf(pid) ?? "";
    if (!line.includes(`create cluster --name ${order.spec.name} `)) {
        return;
    }
    machine.say(`${order.spec.name}: stopping the kind of an interrupted run`);
    try {
        process.kill(pid, "SIGKILL");
    } catch {
        // It ended by itself meanwhile.
    }
    await poll(() => Promise.resolve(!isNodeBeingMade(order) || undefined), {
        withinMs: nodeMadeWithinMs,
        everyMs: 200,
    });
}

/** Whether the `docker run` of a kind that was killed still goes on: its node would come unseen. */
function isNodeBeingMade(order: ClusterPlace): boolean {
    return commandLines().some((line) => line.includes(`run --name ${nodeName(order.spec.name)} `));
}

/** How far kind got with a cluster; `unknown` where its API server does not say. */
export type Stage = "finished" | "half made" | "unknown";

/** Whether kind's last step is done: the node can take pods and has kind's storage class. */
export async function stageOf(order: ClusterPlace, machine: Machine): Promise<Stage> {
    const taints = await kubectl(order, machine, [
        "get",
        "nodes",
        "-o",
        "jsonpath={.items[*].spec.taints[*].key}",
    ]);
    const storageClass = await kubectl(order, machine, ["get", "storageclass", "standard"]);
    if (
        taints.code !== 0 ||
        (storageClass.code !== 0 && !/not ?found/i.test(storageClass.stderr))
    ) {
        return "unknown";
    }
    const isTainted = taints.stdout.includes("node-role.kubernetes.io/control-plane");
    return isTainted || storageClass.code !== 0 ? "half made" : "finished";
}

/**
 * What kubectl says where nobody answers (client-go's errors of the network). Whatever else it says tells of somebody who
 * does, or of a question that was never put.
 */
const nobodyAnswers =
    /connection to the server .*was refused|unable to connect to the server: .*(timeout|timed out|EOF|deadline|exceeded|canceled|refused|reset|unreachable|no route|no such host)/i;

/** What came of asking an API server inside its node, whatever is between it and this machine. */
export type InNode =
    | { readonly state: "answers" | "silent" }
    /** It could not be asked, which tells nothing of it. */
    | { readonly state: "unasked"; readonly reason: string };

/** Asks an API server inside its node whether it is ready; one that says no answers, too. */
export async function askInNode(name: string, machine: Machine): Promise<InNode> {
    const { code, stderr } = await kubectl({ spec: { name } }, machine, ["get", "--raw=/readyz"]);
    if (code === 0 || /error from server/i.test(stderr)) {
        return { state: "answers" };
    }
    return nobodyAnswers.test(stderr)
        ? { state: "silent" }
        : { state: "unasked", reason: lastLine(stderr) || `exit code ${code}` };
}

/** Label selector of what Helm keeps of a Cilium. */
const helmNotes = ["-n", "kube-system", "-l", "owner=helm"];

/** Whether Helm has installed something, which a state that makes the cluster does not know of. */
export async function hasHelmRelease(order: ClusterPlace, machine: Machine): Promise<boolean> {
    const { stdout } = await kubectl(order, machine, [
        "get",
        "secrets",
        ...helmNotes,
        "-o",
        "name",
    ]);
    return stdout.trim() !== "";
}

/**
 * Lets Helm forget what it has installed, so that it installs it again over its own objects, which run on meanwhile
 * (https://helm.sh/docs/faq/changes_since_helm2/#adopting-existing-resources).
 *
 * @throws Error with the API server's reason.
 */
export async function forgetHelmReleases(order: ClusterPlace, machine: Machine): Promise<void> {
    const { code, stderr } = await kubectl(order, machine, ["delete", "secrets", ...helmNotes]);
    if (code !== 0) {
        throw new Error(
            `${order.spec.name}: what Helm keeps of an earlier run cannot be deleted (${lastLine(stderr)}); run the same command again`,
        );
    }
}

function kubectl(
    { spec }: Pick<ClusterPlace, "spec">,
    machine: Machine,
    args: readonly string[],
): Promise<RunResult> {
    const inNode = ["exec", nodeName(spec.name), "kubectl"];
    const asAdmin = ["--kubeconfig=/etc/kubernetes/admin.conf", "--request-timeout=5s"];
    return askEngine(machine.run, [...inNode, ...asAdmin, ...args], { timeoutMs: 15_000 });
}
