import { connect } from "../../mesh/kube/clusterApi";
import { readKubeconfig } from "../../mesh/kube/kubeconfig";
import { sessionsOf } from "../../mesh/kube/session";
import { Reach, WatchEdges } from "../../proof/live/watch";
import { LabStack } from "../../stack/home";

/** Reads a stack's config, and connects to its clusters by the kubeconfigs that they have now; again where one changed. */
export function reaching(stack: string): WatchEdges["read"] {
    const connected = new Map<string, { readonly kubeconfig: string; readonly reach: Reach }>();
    return () => {
        const { config } = new LabStack(stack);
        const reaches = config.clusters.map(({ name: cluster }): Reach => {
            const kubeconfig = readKubeconfig(stack, cluster);
            if (kubeconfig === undefined) {
                return { cluster, api: undefined, open: undefined };
            }
            const before = connected.get(cluster);
            if (before?.kubeconfig === kubeconfig) {
                return before.reach;
            }
            const reach = { cluster, api: connect(kubeconfig), open: sessionsOf(kubeconfig) };
            connected.set(cluster, { kubeconfig, reach });
            return reach;
        });
        return { config, reaches };
    };
}
