import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClusterName, LabConfig } from "../config/labConfig";
import { problemText } from "../config/problem";
import { outageSeconds, wantedOutages } from "../lab/outage";
import { awakeTime } from "../machine/awake";
import { engineProblem } from "../machine/checks";
import { FileError } from "../machine/fileErrors";
import { kindClusterName, stackFolder } from "../machine/names";
import { Time } from "../machine/poll";
import { Runner, run } from "../machine/run";
import { isPaused, pausedCluster } from "../mesh/kind/outage";
import { ClusterApi, connect } from "../mesh/kube/clusterApi";
import { ReportOptions, reportHtml } from "../proof/report/html";
import { AskedCluster } from "../proof/verify/liveMesh";
import { ReportedStep, Verification } from "../proof/verify/result";
import { verify } from "../proof/verify/verify";
import { kubeconfigOf } from "./connections";
import { LabStack } from "./home";

/** Longest wait for a change to arrive in both clusters, in seconds. */
export const defaultWithinSeconds = 60;

/**
 * Longest wait for what the config says, in seconds: an outage takes the time until it is noticed, and the TTL.
 *
 * @param usual Without an outage.
 */
export function withinSecondsOf(config: LabConfig, usual = defaultWithinSeconds): number {
    return Math.max(usual, outageSeconds(config));
}

/** How a stack's clusters are found and connected to. */
export interface Reach {
    /** Finds a cluster's kubeconfig; one that is lost is rewritten by default. */
    readonly find?: typeof kubeconfigOf;
    /** Connects to a cluster; who proves again and again hands in what keeps connections. */
    readonly connectTo?: typeof connect;
    /** Runs the container engine's program, which is asked whether a node is paused and why nobody answers. */
    readonly runner?: Runner;
}

/** How a stack is proven. */
export interface Proving extends Reach {
    /** The clock of the wait, which may end it; by default one that stands while the machine sleeps. */
    readonly time?: Time;
}

/**
 * Proves the rule on a stack's live clusters.
 *
 * @throws CannotAskError if nobody could be asked.
 */
export async function verifyStack(
    stack: LabStack,
    withinSeconds: number,
    { time = awakeTime(), ...reach }: Proving = {},
): Promise<Verification> {
    const { name: stackName, config } = stack;
    return verify({
        stack: stackName,
        config,
        apis: await askedClusters(stack, reach),
        withinMs: withinSeconds * 1000,
        time,
        outages: wantedOutages(config),
        whyHopeless:
            config.clusterProvider === "kind" ? () => whyHopeless(reach.runner) : undefined,
    });
}

/**
 * The API server of every cluster of a stack, or why there is none to ask; one that is away is no failure of the others.
 *
 * @param reach How its clusters are found and connected to.
 */
export async function askedClusters(
    stack: LabStack,
    { find = kubeconfigOf, connectTo = connect, runner = run }: Reach = {},
): Promise<AskedCluster[]> {
    return Promise.all(
        stack.config.clusters.map(({ name }) =>
            apiOf(stack, name, { find, connectTo, runner }).then(
                (api) => ({ cluster: name, api }),
                (error: Error) => ({ cluster: name, api: whyNot(error, stack, name) }),
            ),
        ),
    );
}

/** Of a file that cannot be read it is not known whether the cluster is there. */
function whyNot(error: Error, stack: LabStack, cluster: ClusterName): Error {
    return error instanceof FileError
        ? error
        : new Error(`${cluster} of stack ${stack.name} is not there: ${error.message}`);
}

/** @throws Error if there is no kubeconfig of it, or its node is paused: that one takes questions and never answers. */
async function apiOf(
    stack: LabStack,
    cluster: ClusterName,
    { find, connectTo, runner }: Required<Reach>,
): Promise<ClusterApi | Error> {
    const kubeconfig = await find(stack, cluster);
    const kind = kindClusterName(stack.name, cluster);
    const isMeant = pausedCluster(stack.config) === cluster;
    return isMeant && (await isPaused(kind, runner).catch(() => false))
        ? new Error(`the node of ${kind} is paused`)
        : connectTo(kubeconfig);
}

/** With the container engine down there is no cluster to wait for. */
async function whyHopeless(runner?: Runner): Promise<string | undefined> {
    const problem = await engineProblem(runner);
    return problem && problemText(problem);
}

/** Where a stack's report is. */
export function reportPath(stack: string): string {
    return join(stackFolder(stack), "report.html");
}

/** Writes a report of one proof or several. */
export function saveReport(
    path: string,
    steps: readonly ReportedStep[],
    options: ReportOptions = {},
): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, reportHtml(steps, options));
}
