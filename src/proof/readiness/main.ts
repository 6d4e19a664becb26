/**
 * What LabReadiness's `local.Command` runs: waits for the clusters that standard input names, as JSON. News go
 * to standard error.
 */
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { recordStep } from "../../machine/timeline";
import { connect } from "../../mesh/kube/clusterApi";
import { waitUntilReady } from "./waitUntilReady";
import { workloadSteps } from "./workloads";

/** The command's standard input. */
export interface ReadinessOrder {
    readonly clusters: readonly { readonly name: string; readonly kubeconfig: string }[];
}

async function main(): Promise<void> {
    const { clusters } = (await json(process.stdin)) as ReadinessOrder;
    const say = (line: string) => process.stderr.write(`${line}\n`);
    const awaited = clusters.map(({ name, kubeconfig }) => ({
        name,
        api: connect(kubeconfig),
        peers: clusters.map((cluster) => cluster.name).filter((peer) => peer !== name),
    }));
    await waitUntilReady(awaited, say, { now: Date.now, sleep });
    // Only for the timeline: a question that fails now is no failure of the lab.
    const steps = await Promise.all(
        awaited.map(({ name, api }) => workloadSteps(api, name).catch(() => [])),
    );
    steps.flat().forEach(recordStep);
}

main().then(
    () => process.exit(0),
    (error: Error) => {
        process.stderr.write(`${error.message}\n`);
        process.exit(1);
    },
);
