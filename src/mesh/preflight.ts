import { unreadKeys } from "../config/crossChecks";
import { ClusterName, LabConfig } from "../config/labConfig";
import { Problem, ProblemsError } from "../config/problem";
import { checkMachine } from "../machine/checks";
import { gatherFacts } from "../machine/facts";
import { FileError } from "../machine/fileErrors";
import { Machine } from "../machine/machine";
import { kindClusterName } from "../machine/names";
import { provideCharts } from "./cilium/provideCharts";
import { teardownProblem } from "./existing/ownership";
import { existingClusters, readExistingRecord } from "./existing/record";
import { ExistingSurvey, surveyExisting } from "./existing/survey";
import { replacementText } from "./kind/kindConfig";
import { chooseNodeImage } from "./kind/nodeImage";
import { Observation, observe } from "./kind/observation";
import {
    OutageOrder,
    cutEpisode,
    endOutage,
    judgePaused,
    outageOrder,
    readOutage,
} from "./kind/outage";
import { ClusterRecord, readRecord, recordPath } from "./kind/record";
import { Judgement, WakeOptions, judgeCluster, wakeCluster } from "./kind/wake";

/** What a run starts from. */
export interface Preflight {
    /** Token of each cluster's creation, by cluster. */
    readonly tokens: Readonly<Partial<Record<ClusterName, string>>>;
    /** The cluster whose node is paused and stays so. */
    readonly away?: ClusterName;
    /** The outage that is to be there in the end. */
    readonly outage?: OutageOrder;
    /** The node image of kind's clusters: the config's, or what the lab chose. */
    readonly nodeImage: string;
    /** The clusters that are there already, where the stack uses such. */
    readonly existing?: ExistingSurvey["targets"];
    readonly warnings: readonly Problem[];
}

/**
 * Checks the machine and looks at the clusters that are there, before anything is created.
 *
 * @throws ProblemsError with everything that stands in the way.
 */
export async function preflight(
    stack: string,
    config: LabConfig,
    options: WakeOptions,
    machine: Machine,
): Promise<Preflight> {
    const unread = unreadKeys(config);
    if (config.clusterProvider === "existing") {
        const survey = await preflightExisting(stack, config, options, machine);
        return { ...survey, warnings: [...unread, ...survey.warnings] };
    }
    const names = config.clusters.map(({ name }) => name);
    const [facts, looks, chart] = await Promise.all([
        gatherFacts(machine.run),
        Promise.all(names.map((name) => look(stack, name, machine))),
        provideCharts(config, machine),
    ]);
    // What cannot be observed counts as missing: `gatherFacts` reports an engine that does not answer.
    const missing = looks.filter(({ seen }) => !seen?.found).length;
    const chosen = chooseNodeImage({
        configured: config.nodeImage,
        cgroupVersion: facts.engine.state === "running" ? facts.engine.cgroupVersion : undefined,
        made: madeImage(looks),
    });
    const settled = { ...config, nodeImage: chosen.image };
    const { problems: found, warnings } = checkMachine(facts, settled, missing);
    refuse([otherProvider(stack, config), ...found, ...chart]);
    refuse(looks.flatMap(({ problems }) => problems));
    const judged = looks.map(({ cluster, seen, record }) => ({
        cluster,
        judgement: judgeCluster(kindClusterName(stack, cluster), seen!, record),
    }));
    refuse(judged.map(({ judgement }) => (judgement.next === "refuse" ? judgement : undefined)));
    if (missing > 0 && chosen.news !== undefined) {
        machine.say(chosen.news);
    }
    const paused = judgeOutage(stack, config, judged, options, machine);
    const cut = await judgeCut(stack, config, options, machine);
    const tokens = await wakeAll(stack, judged, { ...options, away: paused?.cluster }, machine);
    sayReplacements(settled, looks, tokens, machine);
    return {
        tokens,
        away: paused?.cluster,
        outage: outageOrder(stack, config, paused?.episode ?? cut),
        nodeImage: chosen.image,
        warnings: [...unread, ...warnings],
    };
}

/**
 * The cluster that is paused and stays so. A preview wakes none, so to it each stays away that is.
 */
function judgeOutage(
    stack: string,
    config: LabConfig,
    judged: readonly Judged[],
    { preview }: WakeOptions,
    machine: Machine,
): { readonly cluster: ClusterName; readonly episode?: string } | undefined {
    const paused = judged.filter(
        ({ judgement }) => judgement.next === "wake" && judgement.state === "paused",
    );
    for (const { cluster } of paused) {
        const away = judgePaused(cluster, config, readOutage(stack));
        if (away.stays) {
            machine.say(`${cluster} is away, as outage says, and stays so`);
            return { cluster, episode: away.episode };
        }
        machine.say(`${cluster} is paused and comes back: ${away.why}`);
        if (preview) {
            return { cluster };
        }
    }
    return undefined;
}

/**
 * The episode of a missing clustermesh-apiserver that stays away. One that has to come back does so now: readiness waits
 * for the mesh, and Pulumi ends the outage only after that.
 */
async function judgeCut(
    stack: string,
    config: LabConfig,
    { preview }: WakeOptions,
    { say, ...machine }: Machine,
): Promise<string | undefined> {
    const last = readOutage(stack);
    const episode = cutEpisode(config, last);
    if (last?.of !== "clustermesh-apiserver" || episode !== undefined || preview) {
        return episode;
    }
    say(`${last.cluster} gets its clustermesh-apiserver back`);
    await endOutage(last, { say, ...machine }).catch((error: Error) =>
        say(`${last.cluster}: ${error.message}`),
    );
    return undefined;
}

/** A cluster with what is to become of it before Pulumi plans. */
interface Judged {
    readonly cluster: ClusterName;
    readonly judgement: Judgement;
}

/** What there is of a cluster, and what this checkout remembers of it. */
interface Look {
    readonly cluster: ClusterName;
    /** Undefined if the engine cannot be asked. */
    readonly seen?: Observation;
    readonly record?: ClusterRecord;
    readonly problems: readonly Problem[];
}

async function look(stack: string, cluster: ClusterName, machine: Machine): Promise<Look> {
    try {
        const seen = await observe(kindClusterName(stack, cluster), machine.run);
        return { cluster, seen, record: readRecord(recordPath(stack, cluster)), problems: [] };
    } catch (error) {
        return { cluster, problems: problemsOf(error) };
    }
}

/** The node image of the clusters that are there, as far as this checkout remembers. */
function madeImage(looks: readonly Look[]): string | undefined {
    return looks
        .map(({ seen, record }) => (seen?.found ? record?.made?.nodeImage : undefined))
        .find((image) => image !== undefined);
}

/** Wakes what is there; the tokens of all clusters. @throws ProblemsError with all that does not wake. */
async function wakeAll(
    stack: string,
    judged: readonly Judged[],
    { away, ...options }: WakeOptions & { readonly away?: ClusterName },
    machine: Machine,
): Promise<Preflight["tokens"]> {
    const woken = judged.map(async ({ cluster, judgement }) => {
        if (judgement.next === "refuse") {
            return { cluster, problems: [judgement] };
        }
        if (cluster === away) {
            return { cluster, token: judgement.token, problems: [] };
        }
        if (judgement.next === "plan") {
            if (judgement.news !== undefined) {
                machine.say(judgement.news);
            }
            return { cluster, token: judgement.token, problems: [] };
        }
        try {
            const token = await wakeCluster({ stack, cluster }, judgement, options, machine);
            return { cluster, token, problems: [] };
        } catch (error) {
            return { cluster, problems: problemsOf(error) };
        }
    });
    const all = await Promise.all(woken);
    refuse(all.flatMap(({ problems }) => problems));
    return Object.fromEntries(all.map(({ cluster, token }) => [cluster, token]));
}

/** Tells which clusters are replaced because the config wants others. */
function sayReplacements(
    { clusters, nodeImage }: LabConfig,
    looks: readonly Look[],
    tokens: Preflight["tokens"],
    machine: Machine,
): void {
    for (const { name, podCidr, serviceCidr } of clusters) {
        const record = looks.find(({ cluster }) => cluster === name)?.record;
        const wanted = { nodeImage, podCidr, serviceCidr };
        const text = record?.made && replacementText(name, record.made, wanted);
        // A cluster that is recreated in any case has been told of.
        if (text !== undefined && tokens[name] === record?.token) {
            machine.say(text);
        }
    }
}

/** @throws ProblemsError if there is any. */
function refuse(problems: readonly (Problem | undefined)[]): void {
    const all = problems.filter((one) => one !== undefined);
    if (all.length > 0) {
        throw new ProblemsError(all);
    }
}

/** What an error says to the user. */
function problemsOf(error: unknown): readonly Problem[] {
    if (error instanceof ProblemsError) {
        return error.problems;
    }
    return [error instanceof FileError ? error.problem : { message: (error as Error).message }];
}

/** The same where the clusters are there already: the machine does not matter, the clusters do. */
async function preflightExisting(
    stack: string,
    config: LabConfig,
    options: WakeOptions,
    machine: Machine,
): Promise<Preflight> {
    const wanted = config.clusters.map(({ name }) => name);
    const leaving = existingClusters(stack).filter((cluster) => !wanted.includes(cluster));
    const [{ targets, problems, warnings }, chart, ...stuck] = await Promise.all([
        surveyExisting(stack, config, options),
        provideCharts(config, machine),
        // Pulumi deletes what it made in them, wherever their address leads by now.
        ...leaving.map((cluster) => teardownProblem(stack, cluster)),
    ]);
    refuse([otherProvider(stack, config), ...problems, ...stuck.flat(), ...chart]);
    const cut = await judgeCut(stack, config, options, machine);
    const outage = outageOrder(stack, config, cut);
    return { tokens: {}, outage, nodeImage: config.nodeImage, existing: targets, warnings };
}

/** A stack's clusters are of one provider from `up` to `down`. */
function otherProvider(
    stack: string,
    { clusterProvider, clusters }: LabConfig,
): Problem | undefined {
    const isKind = clusterProvider === "kind";
    const other = clusters.some(({ name }) =>
        isKind
            ? readExistingRecord(stack, name) !== undefined
            : readRecord(recordPath(stack, name)) !== undefined,
    );
    return other
        ? {
              message: `stack ${stack} is in ${isKind ? "existing" : "kind's"} clusters, and clusterProvider is ${clusterProvider}.`,
              fix: "npm run down first, or use another --stack",
          }
        : undefined;
}
