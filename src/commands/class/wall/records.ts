import { existsSync } from "node:fs";
import { ClusterName, LabConfig, clusterNames } from "../../../config/labConfig";
import { printable } from "../../../config/problem";
import { stackFilePath } from "../../../config/stackFile";
import { outageSeconds } from "../../../lab/outage";
import { kindClusterName, nodeName } from "../../../machine/names";
import { Runner } from "../../../machine/run";
import { readNews, readTimeline } from "../../../machine/timeline";
import { readExistingRecord } from "../../../mesh/existing/record";
import { nodeStates } from "../../../mesh/kind/observation";
import { pausedCluster } from "../../../mesh/kind/outage";
import { readRecord, recordPath } from "../../../mesh/kind/record";
import { LabStack } from "../../../stack/home";
import { workerOn } from "../../../stack/lock";
import { fileProgress as boardProgress } from "../../board/progress";
import { fileProgress as tourProgress } from "../../tour/progress";
import { readOutcome } from "../files";
import { reasonLine } from "../outcome";
import { inLabWords } from "../progress";
import { ClusterState } from "../status";
import { Student } from "../studentsFile";
import { KnownSettings, exerciseText, readKnownSettings } from "./exerciseText";
import { ClusterFact, LabFacts, Learned, Worker } from "./facts";
import { newsNow } from "./news";

/** The nodes of all kind clusters, or why the engine does not tell. */
type Nodes = Awaited<ReturnType<typeof nodeStates>> | Error;

/** Longest wait for the engine, in milliseconds: the wall goes on without it. */
const engineMs = 10_000;

/** Reads what is known of every lab of a class: one question to the engine, and files of this checkout. */
export function readingFacts(
    students: readonly Student[],
    run: Runner,
): () => Promise<ReadonlyMap<string, LabFacts>> {
    const known = readKnownSettings();
    const quick: Runner = (program, args, options) =>
        run(program, args, { ...options, timeoutMs: engineMs });
    return async () => {
        const nodes = await nodeStates(quick).catch((error: Error) => error);
        return new Map(students.map(({ stack }) => [stack, factsOf(stack, nodes, known)]));
    };
}

/** What is known of a lab; what cannot be read is its trouble. */
function factsOf(stack: string, nodes: Nodes, known: KnownSettings): LabFacts {
    const troubles = new Set<string>();
    const attempt = <T>(read: () => T, otherwise: T): T => {
        try {
            return read();
        } catch (error) {
            troubles.add(printable(reasonLine(error as Error), 300));
            return otherwise;
        }
    };
    const home = new LabStack(stack);
    const config = attempt<LabConfig | undefined>(() => home.config, undefined);
    const names = attempt<readonly ClusterName[]>(() => home.clusters, clusterNames);
    const clusters = names.map((cluster) =>
        attempt<ClusterFact>(() => clusterFact(stack, cluster, nodes, config), {
            cluster,
            state: "unknown",
            isMeantAway: false,
        }),
    );
    const worker = attempt(() => workerNow(stack), undefined);
    const run = attempt(() => runNow(stack, names, worker), undefined);
    const outcome = attempt(() => readOutcome(stack), undefined);
    const learned = attempt(() => learnedOf(stack, config, known), nothingLearned);
    if (nodes instanceof Error && clusters.some(({ state }) => state === "unknown")) {
        troubles.add(printable(nodes.message));
    }
    return {
        clusters,
        worker,
        makesClusters: run?.makesClusters ?? false,
        news: run?.news,
        outcome: outcome && { ...outcome, reason: printable(outcome.reason, 400) },
        wasMade: existsSync(stackFilePath(stack)),
        trouble: troubles.size === 0 ? undefined : [...troubles].join(" "),
        learned,
        arrivesWithinMs: config === undefined ? 0 : outageSeconds(config) * 1000,
    };
}

const nothingLearned: Learned = { exercise: undefined, guesses: 0, right: 0, steps: 0 };

function clusterFact(
    stack: string,
    cluster: ClusterName,
    nodes: Nodes,
    config: LabConfig | undefined,
): ClusterFact {
    const isMeantAway = config !== undefined && pausedCluster(config) === cluster;
    const isKind = config === undefined || config.clusterProvider === "kind";
    const state = isKind ? nodeFact(stack, cluster, nodes) : existingFact(stack, cluster);
    return { cluster, state, isMeantAway };
}

/** A node that no record of this checkout tells of is somebody else's. */
function nodeFact(stack: string, cluster: ClusterName, nodes: Nodes): ClusterState {
    if (nodes instanceof Error) {
        return "unknown";
    }
    const state = nodes.get(nodeName(kindClusterName(stack, cluster)));
    if (state === undefined) {
        return "missing";
    }
    return readRecord(recordPath(stack, cluster)) === undefined ? "foreign" : state;
}

/** Clusters that were there before the lab are asked by whoever asks them; no engine tells of them. */
function existingFact(stack: string, cluster: ClusterName): ClusterState {
    return readExistingRecord(stack, cluster) === undefined ? "missing" : "running";
}

function workerNow(stack: string): Worker | undefined {
    const worker = workerOn(stack);
    const since = Date.parse(worker?.since ?? "");
    return worker && { what: printable(worker.what), since: isNaN(since) ? undefined : since };
}

/** What the last `up` said, and whether it is at work and makes clusters. */
function runNow(stack: string, names: readonly ClusterName[], worker: Worker | undefined) {
    const kindNames = Object.fromEntries(
        names.map((cluster) => [cluster, kindClusterName(stack, cluster)]),
    );
    const said = readNews(stack).map((news) => ({
        ...news,
        text: inLabWords(news.text, kindNames),
    }));
    const begun = worker?.since ?? Infinity;
    const steps = worker === undefined ? [] : readTimeline(stack);
    return {
        news: newsNow(said),
        makesClusters: steps.some(({ name, end }) => name === "kind" && end >= begun),
    };
}

function learnedOf(stack: string, config: LabConfig | undefined, known: KnownSettings): Learned {
    const board = boardProgress(stack).read();
    const tour = tourProgress(stack).read();
    const isOnTour = board.original !== undefined || tour?.original !== undefined;
    return {
        exercise: config && exerciseText(config, isOnTour, known),
        guesses: Number(board.guesses) || 0,
        right: Number(board.right) || 0,
        steps: Math.max(Object.keys(board.steps).length, tour?.done.length ?? 0),
    };
}
