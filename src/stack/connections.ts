import { ClusterName } from "../config/labConfig";
import { writeWhole } from "../machine/files";
import { localMachine } from "../machine/machine";
import { kubeconfigPath } from "../machine/names";
import { mayRepair } from "../mesh/existing/ownership";
import { markOf, readExistingRecord } from "../mesh/existing/record";
import { deriveKubeconfig } from "../mesh/existing/userKubeconfig";
import { ensureKubeconfig } from "../mesh/kind/kubeconfigs";
import { readRecord, recordPath } from "../mesh/kind/record";
import { isApiReady } from "../mesh/kube/apiServer";
import { connect } from "../mesh/kube/clusterApi";
import { readKubeconfig } from "../mesh/kube/kubeconfig";
import { LabStack } from "./home";

/**
 * The stack's kubeconfig of a cluster; where its file is lost, it is rewritten.
 *
 * @throws Error if this checkout has made no such cluster, or what knows it tells nothing.
 */
export async function kubeconfigOf(
    { name: stack, config }: LabStack,
    cluster: ClusterName,
): Promise<string> {
    if (config.clusterProvider === "kind") {
        const isMade = readRecord(recordPath(stack, cluster)) !== undefined;
        if (!isMade && readKubeconfig(stack, cluster) === undefined) {
            throw new Error("npm run up has not made it in this checkout");
        }
        return ensureKubeconfig(stack, cluster, localMachine);
    }
    const kept = readKubeconfig(stack, cluster);
    const kubeconfig = kept ?? deriveKubeconfig(config, cluster);
    if (kept === undefined) {
        writeWhole(kubeconfigPath(stack, cluster), kubeconfig);
    }
    return kubeconfig;
}

/** The API servers that answer; of clusters that are not the stack's own, those that it may repair. */
export async function connections({ name: stack, config }: LabStack) {
    const { clusters, clusterProvider } = config;
    const connected = clusters.map(async ({ name: cluster }) => {
        const kubeconfig = readKubeconfig(stack, cluster);
        if (kubeconfig === undefined) {
            return [];
        }
        const isUsable =
            clusterProvider === "kind" ? isApiReady(kubeconfig) : mayRepair(stack, cluster);
        const record = clusterProvider === "kind" ? undefined : readExistingRecord(stack, cluster);
        const mark = record && markOf(record);
        return (await isUsable) ? [{ cluster, api: connect(kubeconfig), mark }] : [];
    });
    return (await Promise.all(connected)).flat();
}
