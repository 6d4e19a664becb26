import type { Configuration } from "@kubernetes/client-node";
import { ClusterName } from "../../config/labConfig";
import { ProblemsError } from "../../config/problem";
import { poll } from "../../machine/poll";
import { client, clientConfiguration, inTime, orUndefined, parseKubeconfig } from "../kube/client";
import { connect } from "../kube/clusterApi";
import { readKubeconfig } from "../kube/kubeconfig";
import { policyKind } from "../kube/objects";
import { mayRepair, teardownProblem } from "./ownership";
import { markOf, readExistingRecord, stackLabel } from "./record";

/**
 * Deletes what carries a stack's mark in an existing cluster, all that an `up` that was killed may have made and no
 * state knows, and waits until the last pod has ended. Helm's notes of the release, which carry no label of ours, go
 * first.
 *
 * @throws ProblemsError if the cluster does not answer, is another one now or cannot be found any more; nothing is deleted
 *   then.
 * @throws Error that names what does not go.
 */
export async function pruneCluster(stack: string, cluster: ClusterName): Promise<void> {
    const record = readExistingRecord(stack, cluster);
    if (record === undefined) {
        return;
    }
    const problems = await teardownProblem(stack, cluster);
    const kubeconfig = readKubeconfig(stack, cluster);
    if (problems.length > 0 || kubeconfig === undefined) {
        throw new ProblemsError(problems);
    }
    await forgetRelease(stack, cluster);
    const { AppsV1Api } = await client();
    const configuration = await clientConfiguration(await parseKubeconfig(kubeconfig));
    const apps = new AppsV1Api(configuration);
    const labelSelector = `${stackLabel}=${markOf(record)}`;
    await deleteMarked(configuration, labelSelector);
    await untilGone(cluster, async () => {
        const [deployments, daemonSets] = await Promise.all([
            inTime(apps.listDeploymentForAllNamespaces({ labelSelector })),
            inTime(apps.listDaemonSetForAllNamespaces({ labelSelector })),
        ]);
        return [...deployments.items, ...daemonSets.items].map(({ metadata }) => metadata!.name!);
    });
}

/** Deletes all that a label selector matches, of every kind that a stack makes. */
async function deleteMarked(configuration: Configuration, labelSelector: string): Promise<void> {
    const kubernetes = await client();
    const core = new kubernetes.CoreV1Api(configuration);
    const apps = new kubernetes.AppsV1Api(configuration);
    const batch = new kubernetes.BatchV1Api(configuration);
    const custom = new kubernetes.CustomObjectsApi(configuration);
    const discovery = new kubernetes.DiscoveryV1Api(configuration);
    const disruption = new kubernetes.PolicyV1Api(configuration);
    const rbac = new kubernetes.RbacAuthorizationV1Api(configuration);
    const inNamespaces = ["default", "kube-system"].flatMap((namespace) => {
        const ours = { namespace, labelSelector };
        return [
            apps.deleteCollectionNamespacedDeployment(ours),
            apps.deleteCollectionNamespacedDaemonSet(ours),
            // The chart's, where the user's Helm values want them: certificates by cronJob, budgets.
            batch.deleteCollectionNamespacedCronJob(ours),
            batch.deleteCollectionNamespacedJob(ours),
            disruption.deleteCollectionNamespacedPodDisruptionBudget(ours),
            core.deleteCollectionNamespacedService(ours),
            core.deleteCollectionNamespacedConfigMap(ours),
            core.deleteCollectionNamespacedSecret(ours),
            core.deleteCollectionNamespacedServiceAccount(ours),
            discovery.deleteCollectionNamespacedEndpointSlice(ours),
            rbac.deleteCollectionNamespacedRole(ours),
            rbac.deleteCollectionNamespacedRoleBinding(ours),
        ];
    });
    const ofCluster = [
        rbac.deleteCollectionClusterRole({ labelSelector }),
        rbac.deleteCollectionClusterRoleBinding({ labelSelector }),
    ];
    // Where Cilium has not registered its kinds there is none of its objects.
    const policies = ["default", "kube-system"].map((namespace) =>
        orUndefined<unknown>(
            custom.deleteCollectionNamespacedCustomObject({
                ...policyKind,
                namespace,
                labelSelector,
            }),
        ),
    );
    const others = [...inNamespaces, ...ofCluster].map((deletion) => inTime<unknown>(deletion));
    await Promise.all([...policies, ...others]);
}

/** Longest wait for workloads to go; they are there until their last pod has ended. */
const goneWithinMs = 120_000;

async function untilGone(cluster: ClusterName, remaining: () => Promise<string[]>): Promise<void> {
    let left: string[] = [];
    const gone = await poll(
        async () => {
            left = await remaining();
            return left.length === 0 || undefined;
        },
        { withinMs: goneWithinMs, everyMs: 1000 },
    );
    if (gone === undefined) {
        throw new Error(
            `${cluster}: ${left.join(", ")} is still being deleted after ${goneWithinMs / 1000} s; run the same command again`,
        );
    }
}

/** Lets Helm forget a Cilium of the stack in an existing cluster; installed again, it takes its objects over. */
export async function forgetRelease(stack: string, cluster: ClusterName): Promise<void> {
    const kubeconfig = readKubeconfig(stack, cluster);
    // Somebody else's Cilium keeps what Helm knows of it.
    if (kubeconfig !== undefined && (await mayRepair(stack, cluster))) {
        await connect(kubeconfig).deleteSecrets("kube-system", "owner=helm,name=cilium");
    }
}
