import { ClusterName } from "../config/labConfig";
import { Problem, printable } from "../config/problem";
import { readKubeconfig } from "../kind/cluster";
import { readClusterUid } from "./clusterFacts";
import { existingClusters, readExistingRecord } from "./record";

/**
 * What keeps a stack from being taken out of the existing clusters it is in: one that does not answer would keep
 * what is in it, and one that is another now would lose what is not the stack's.
 */
export async function farewellProblems(
    stack: string,
    uidOf: (kubeconfig: string) => Promise<string> = readClusterUid,
): Promise<Problem[]> {
    const problems = await Promise.all(
        existingClusters(stack).map((cluster) => farewellProblem(stack, cluster, uidOf)),
    );
    return problems.flat();
}

async function farewellProblem(
    stack: string,
    cluster: ClusterName,
    uidOf: (kubeconfig: string) => Promise<string>,
): Promise<Problem[]> {
    const forget = `npm run pulumi -- stack rm --force --yes --preserve-config ${stack}, then rm -r .lab/stacks/${stack}`;
    const kubeconfig = readKubeconfig(stack, cluster);
    try {
        if (kubeconfig === undefined) {
            throw new Error("its kubeconfig is lost, and npm run up writes it anew");
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
