import { ClusterName } from "../config/labConfig";
import { readKubeconfig } from "../kind/cluster";
import { connect } from "../kube/clusterApi";
import { isCiliumRelease, readClusterUid, releaseMark } from "./clusterFacts";
import { markOf, readExistingRecord } from "./record";

/**
 * Whether a stack may mend what it made in an existing cluster: the cluster answers, is the one that was filled, and
 * every Cilium that Helm knows there is the stack's.
 */
export async function mayMend(stack: string, cluster: ClusterName): Promise<boolean> {
    const record = readExistingRecord(stack, cluster);
    const kubeconfig = readKubeconfig(stack, cluster);
    if (record === undefined || kubeconfig === undefined) {
        return false;
    }
    try {
        const [uid, objects] = await Promise.all([
            readClusterUid(kubeconfig),
            connect(kubeconfig).objects("kube-system"),
        ]);
        const marks = objects.filter(isCiliumRelease).map(releaseMark);
        return uid === record.uid && marks.every((mark) => mark === markOf(record));
    } catch {
        return false;
    }
}
