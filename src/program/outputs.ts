import * as pulumi from "@pulumi/pulumi";
import { LabConfig } from "../config/labConfig";
import { sidesOf } from "../lab/sides";
import { whoAnswers } from "../lab/whoAnswers";
import { answeringByClient, expectationLines } from "../lab/wording";
import { kubeconfigVariable } from "../machine/names";
import { MeshCluster } from "./ciliumMesh";
import { KindCluster } from "./kindCluster";

/** The stack's outputs. */
export function labOutputs(stack: string, config: LabConfig, clusters: readonly MeshCluster[]) {
    const answers = whoAnswers(sidesOf(config));
    return {
        /** The kind clusters that the stack makes, by lab cluster. */
        kindClusters: Object.fromEntries(
            clusters.flatMap(({ name, cluster }) =>
                cluster instanceof KindCluster ? [[name, cluster.kindName]] : [],
            ),
        ),
        /** What to put into KUBECONFIG; its contexts are named after the clusters. */
        kubeconfig: kubeconfigVariable(
            stack,
            config.clusters.map(({ name }) => name),
        ),
        /** Kubeconfig contents by lab cluster; secrets. */
        kubeconfigs: Object.fromEntries(
            clusters.map(({ name, cluster }) => [name, pulumi.secret(cluster.kubeconfig)]),
        ),
        /** The clusters that must answer, by the cluster that asks. */
        expected: answeringByClient(answers),
        /** The same with the reasons, to read. */
        expectedBecause: expectationLines(answers),
    };
}
