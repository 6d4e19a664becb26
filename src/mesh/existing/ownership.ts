import { ClusterName } from "../../config/labConfig";
import { printable, Problem } from "../../config/problem";
import { connect } from "../kube/clusterApi";
import { isCiliumRelease } from "../kube/helmRelease";
import { readKubeconfig } from "../kube/kubeconfig";
import { readClusterUid, releaseMark } from "./facts";
import { ExistingRecord, existingClusters, markOf, readExistingRecord } from "./record";

/**
 * Whether a stack may repair what it made in an existing cluster: the cluster answers, is the one that was filled, and
 * every Cilium that Helm knows there is the stack's.
 */
export async function mayRepair(stack: string, cluster: ClusterName): Promise<boolean> {
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
        return isOwn(record, uid, objects.filter(isCiliumRelease).map(releaseMark));
    } catch {
        return false;
    }
}

/**
 * Whether a cluster is the one that was filled, and every Cilium in it the stack's.
 *
 * @param marks Of all releases of Cilium that Helm knows; undefined where one has none.
 */
export function isOwn(
    record: ExistingRecord,
    uid: string,
    marks: readonly (string | undefined)[],
): boolean {
    return uid === record.uid && marks.every((mark) => mark === markOf(record));
}

/**
 * What keeps a stack from being taken out of the existing clusters it is in: one that does not answer would keep
 * what is in it, and one that is another now would lose what is not the stack's.
 */
export async function teardownProblems(
    stack: string,
    uidOf: (kubeconfig: string) => Promise<string> = readClusterUid,
): Promise<Problem[]> {
    const problems = await Promise.all(
        existingClusters(stack).map((cluster) => teardownProblem(stack, cluster, uidOf)),
    );
    return problems.flat();
}

export async function teardownProblem(
    stack: string,
    cluster: ClusterName,
    uidOf: (kubeconfig: string) => Promise<string> = readClusterUid,
): Promise<Problem[]> {
    const forget = `npm run pulumi -- stack rm --force --yes --preserve-config ${stack}, then rm -r .lab/stacks/${stack}`;
    const kubeconfig = readKubeconfig(stack, cluster);
    try {
        if (kubeconfig === undefined) {
            throw new Error("its kubeconfig is lost, and npm run up rewrites it");
        }
        const uid = await uidOf(kubeconfig);
        return uid === readExistingRecord(stack, cluster)?.uid
            ? []
            : [
                  {
                      message: `${cluster} is another cluster now than the one that this stack is in, and it stays untouched.`,
                      fix: `let its address lead back to that one; if that is gone for good: ${forget}`,
                  },
              ];
    } catch (error) {
        return [
            {
                message: `${cluster} cannot be cleared: ${printable((error as Error).message)}.`,
                fix: `bring it back and run this again; if it is gone for good: ${forget}`,
            },
        ];
    }
}
