import { nodeName } from "../names";
import { ClusterOrder, ClusterPlace, Machine } from "./machine";
import { engineProgram } from "./observation";
import { readRecord, recordPath } from "./record";

/** A kind whose parent was killed goes on, and would delete the nodes by name when it fails: it has to end. */
export async function stopLeftoverKind(order: ClusterPlace, machine: Machine): Promise<void> {
    const pid = readRecord(recordPath(order.stack, order.cluster))?.pid;
    if (pid === undefined || pid === process.pid) {
        return;
    }
    const { stdout } = await machine.run("ps", ["-o", "args=", "-p", String(pid)]);
    if (stdout.includes("create cluster") && stdout.includes(order.spec.name)) {
        machine.say(`${order.spec.name}: stopping the kind of an interrupted run`);
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            // It ended by itself meanwhile.
        }
    }
}

/** Whether kind's last step is done: the node can take pods and has kind's storage class. */
export async function isFinished(order: ClusterOrder, machine: Machine): Promise<boolean> {
    const taints = await kubectl(order, machine, [
        "get",
        "nodes",
        "-o",
        "jsonpath={.items[*].spec.taints[*].key}",
    ]);
    const storageClass = await kubectl(order, machine, ["get", "storageclass", "standard"]);
    return (
        taints.code === 0 &&
        !taints.stdout.includes("node-role.kubernetes.io/control-plane") &&
        storageClass.code === 0
    );
}

/** Whether Helm has installed something, which a state that makes the cluster does not know of. */
export async function hasHelmRelease(order: ClusterOrder, machine: Machine): Promise<boolean> {
    const { stdout } = await kubectl(order, machine, [
        "get",
        "secrets",
        "-n",
        "kube-system",
        "-l",
        "owner=helm",
        "-o",
        "name",
    ]);
    return stdout.trim() !== "";
}

function kubectl(order: ClusterOrder, machine: Machine, args: readonly string[]) {
    const inNode = ["exec", nodeName(order.spec.name), "kubectl"];
    const asAdmin = ["--kubeconfig=/etc/kubernetes/admin.conf", "--request-timeout=5s"];
    return machine.run(engineProgram(), [...inNode, ...asAdmin, ...args], { timeoutMs: 15_000 });
}
