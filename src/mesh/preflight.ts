import { unreadKeys } from "../config/crossChecks";
import { CiliumConfig, ClusterName, LabConfig } from "../config/labConfig";
import { Problem, ProblemsError } from "../config/problem";
import { checkMachine } from "../machine/checks";
import { gatherFacts } from "../machine/facts";
import { Machine } from "../machine/machine";
import { kindClusterName } from "../machine/names";
import { ensureChart, isNamed, chartProblem } from "./cilium/chart";
import { readExistingRecord } from "./existing/record";
import { ExistingSurvey, surveyExisting } from "./existing/survey";
import { replacementText } from "./kind/kindConfig";
import { observe } from "./kind/observation";
import { readRecord, recordPath } from "./kind/record";
import { wakeCluster } from "./kind/wake";

/** What a run starts from. */
export interface Preflight {
    /** Token of each cluster's creation, by cluster. */
    readonly tokens: Readonly<Partial<Record<ClusterName, string>>>;
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
    options: { readonly preview: boolean },
    machine: Machine,
): Promise<Preflight> {
    const unread = unreadKeys(config);
    if (config.clusterProvider === "existing") {
        const survey = await preflightExisting(stack, config, options, machine);
        return { ...survey, warnings: [...unread, ...survey.warnings] };
    }
    const names = config.clusters.map(({ name }) => name);
    const observing = names.map((name) => observe(kindClusterName(stack, name), machine.run));
    const [facts, observed, chart] = await Promise.all([
        gatherFacts(machine.run),
        Promise.allSettled(observing),
        provideChart(config.cilium, machine),
    ]);
    // What cannot be observed counts as missing: `gatherFacts` reports an engine that does not answer.
    const missing = observed.filter(
        (result) => result.status === "rejected" || !result.value.found,
    ).length;
    const { problems: found, warnings } = checkMachine(facts, config, missing);
    const problems = [otherProvider(stack, config), ...found, chart].filter(
        (one) => one !== undefined,
    );
    if (problems.length > 0) {
        throw new ProblemsError(problems);
    }
    const wakened = await Promise.allSettled(
        names.map(async (name, index) =>
            wakeCluster(stack, name, await observing[index]!, options, machine),
        ),
    );
    const failed = wakened.filter((result) => result.status === "rejected");
    if (failed.length > 0) {
        throw new ProblemsError(
            failed.map(({ reason }) => ({ message: (reason as Error).message })),
        );
    }
    const tokens = Object.fromEntries(
        names.map((name, index) => [name, (wakened[index] as { value: string }).value]),
    ) as Preflight["tokens"];
    for (const { name, podCidr, serviceCidr } of config.clusters) {
        const record = readRecord(recordPath(stack, name));
        const wanted = { nodeImage: config.nodeImage, podCidr, serviceCidr };
        const text = record?.made && replacementText(name, record.made, wanted);
        // A cluster that is made anew in any case has been told of.
        if (text !== undefined && tokens[name] === record?.token) {
            machine.say(text);
        }
    }
    return { tokens, warnings: [...unread, ...warnings] };
}

/** The same where the clusters are there already: the machine does not matter, the clusters do. */
async function preflightExisting(
    stack: string,
    config: LabConfig,
    options: { readonly preview: boolean },
    machine: Machine,
): Promise<Preflight> {
    const [{ targets, problems, warnings }, chart] = await Promise.all([
        surveyExisting(stack, config, options),
        provideChart(config.cilium, machine),
    ]);
    const all = [otherProvider(stack, config), ...problems, chart].filter(
        (one) => one !== undefined,
    );
    if (all.length > 0) {
        throw new ProblemsError(all);
    }
    return { tokens: {}, existing: targets, warnings };
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

/** Fetches a chart that is only a name, in a preview too: what is fetched is kept. */
async function provideChart(cilium: CiliumConfig, machine: Machine): Promise<Problem | undefined> {
    return isNamed(cilium.chart)
        ? ensureChart(cilium, machine.say, machine.download)
        : chartProblem(cilium);
}
