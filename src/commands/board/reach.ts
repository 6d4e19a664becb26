import { kindClusterName } from "../../machine/names";
import { Runner, run } from "../../machine/run";
import { nodeState } from "../../mesh/kind/observation";
import { connectOnce } from "../../mesh/kube/clusterApi";
import { readKubeconfig } from "../../mesh/kube/kubeconfig";
import { sessionsOf } from "../../mesh/kube/session";
import { Reach, WatchEdges } from "../../proof/live/edges";
import { isPulumiOn } from "../../stack/backendLock";
import { LabStack } from "../../stack/home";
import { workerOn } from "../../stack/lock";

/** Longest wait for the container engine, in milliseconds. */
const engineMs = 10_000;

/**
 * Reads a stack's config, and connects to its clusters by the kubeconfigs that they have now; again where one changed, and
 * now and then, since a token may be renewed. Also tells whether a command works on the stack, and what nodes do.
 *
 * @param runner Runs the container engine's program.
 */
export function reaching(stack: string, runner: Runner = run): WatchEdges["read"] {
    const connectTo = connectOnce();
    const quick: Runner = (program, args, options) =>
        runner(program, args, { ...options, timeoutMs: engineMs });
    return () => {
        const { config } = new LabStack(stack);
        const reaches = config.clusters.map(({ name: cluster }): Reach => {
            const kubeconfig = readKubeconfig(stack, cluster);
            const stateOf = async () =>
                (await nodeState(kindClusterName(stack, cluster), quick)) ?? "gone";
            return {
                cluster,
                api: kubeconfig === undefined ? undefined : connectTo(kubeconfig),
                open: kubeconfig === undefined ? undefined : sessionsOf(kubeconfig),
                ...(config.clusterProvider === "kind" && { node: stateOf }),
            };
        });
        const isPulumiAtWork = workerOn(stack) !== undefined || isPulumiOn(stack);
        return { config, reaches, isPulumiAtWork };
    };
}
