import { ClusterName } from "../../config/labConfig";
import { writeWhole } from "../../machine/files";
import { Machine } from "../../machine/machine";
import { kindClusterName, kubeconfigPath } from "../../machine/names";
import { lastLine } from "../../machine/run";
import { renameContext, readKubeconfig } from "../kube/kubeconfig";
import { ClusterPlace } from "./kindConfig";

/** Kubeconfig of a running cluster as kind gives it, with the lab's names, also written to its file. */
export async function exportKubeconfig(order: ClusterPlace, machine: Machine): Promise<string> {
    const { code, stdout, stderr } = await machine.run(await machine.kind(), [
        "get",
        "kubeconfig",
        "--name",
        order.spec.name,
    ]);
    if (code !== 0) {
        throw new Error(`kind has no kubeconfig of ${order.spec.name}: ${lastLine(stderr)}`);
    }
    const kubeconfig = renameContext(stdout, order.cluster);
    writeWhole(kubeconfigPath(order.stack, order.cluster), kubeconfig);
    return kubeconfig;
}

/**
 * Kubeconfig of a cluster: its file's content, or where that is lost, kind's, which is written to it.
 *
 * @throws Error if kind has none either.
 */
export async function ensureKubeconfig(
    stack: string,
    cluster: ClusterName,
    machine: Machine,
): Promise<string> {
    const spec = { name: kindClusterName(stack, cluster) };
    return (
        readKubeconfig(stack, cluster) ??
        (await exportKubeconfig({ stack, cluster, spec }, machine))
    );
}
