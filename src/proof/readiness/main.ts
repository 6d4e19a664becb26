/**
 * What LabReadiness's `local.Command` runs: waits for the clusters that standard input names, as JSON. News go
 * to standard error.
 */
import { json } from "node:stream/consumers";
import { visible } from "../../config/problem";
import { apiserver } from "../../lab/controlPlane";
import { awakeTime } from "../../machine/awake";
import { run } from "../../machine/run";
import { recordFailure, recordNews, recordStep } from "../../machine/timeline";
import { isPaused } from "../../mesh/kind/outage";
import { connect } from "../../mesh/kube/clusterApi";
import { ExpectedOutage, awaitedPeers } from "./awaited";
import { waitUntilReady } from "./waitUntilReady";
import { workloadSteps } from "./workloads";

/** The command's standard input. */
export interface ReadinessOrder {
    readonly clusters: readonly { readonly name: string; readonly kubeconfig: string }[];
    /** What is meant to be away; left out where nothing is. */
    readonly outage?: ExpectedOutage;
}

async function main(): Promise<void> {
    const { clusters, outage } = (await json(process.stdin)) as ReadinessOrder;
    const say = (line: string) => {
        process.stderr.write(`${visible(line)}\n`);
        recordNews(line);
    };
    const isAway = await isGone(clusters, outage);
    const names = clusters.map(({ name }) => name);
    const wanted = awaitedPeers(names, outage, isAway);
    const awaited = clusters
        .filter(({ name }) => name in wanted)
        .map(({ name, kubeconfig }) => ({ name, api: connect(kubeconfig), peers: wanted[name]! }));
    await waitUntilReady(awaited, say, awakeTime());
    // Only for the timeline: a question that fails now is no failure of the lab.
    const steps = await Promise.all(
        awaited.map(({ name, api }) => workloadSteps(api, name).catch(() => [])),
    );
    steps.flat().forEach(recordStep);
}

/** Whether what is meant to be away is so already: it comes back for changes, and is waited for then. */
async function isGone(
    clusters: ReadinessOrder["clusters"],
    outage: ReadinessOrder["outage"],
): Promise<boolean> {
    if (outage?.kind !== undefined) {
        return isPaused(outage.kind, run);
    }
    const found = clusters.find(({ name }) => name === outage?.cluster);
    const live = await (found &&
        connect(found.kubeconfig).deployment(apiserver.namespace, apiserver.name));
    return live?.spec?.replicas === 0;
}

main().then(
    () => process.exit(0),
    (error: Error) => {
        recordFailure(error);
        process.stderr.write(`${visible(error.message)}\n`);
        process.exit(1);
    },
);
