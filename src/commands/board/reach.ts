import { connectOnce } from "../../mesh/kube/clusterApi";
import { readKubeconfig } from "../../mesh/kube/kubeconfig";
import { sessionsOf } from "../../mesh/kube/session";
import { Reach, WatchEdges } from "../../proof/live/watch";
import { LabStack } from "../../stack/home";

/**
 * Reads a stack's config, and connects to its clusters by the kubeconfigs that they have now; again where one changed, and
 * now and then, since a token may be renewed.
 */
export function reaching(stack: string): WatchEdges["read"] {
    const connectTo = connectOnce();
    return () => {
        const { config } = new LabStack(stack);
        const reaches = config.clusters.map(({ name: cluster }): Reach => {
            const kubeconfig = readKubeconfig(stack, cluster);
            return kubeconfig === undefined
                ? { cluster, api: undefined, open: undefined }
                : { cluster, api: connectTo(kubeconfig), open: sessionsOf(kubeconfig) };
        });
        return { config, reaches };
    };
}
