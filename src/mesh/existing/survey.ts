import { ClusterConfig, ClusterName, LabConfig, configKey } from "../../config/labConfig";
import { Problem, printable, quote } from "../../config/problem";
import { shellQuote } from "../../config/shell";
import { trustFix } from "../../machine/download";
import { writeWhole } from "../../machine/files";
import { kubeconfigPath } from "../../machine/names";
import { Values } from "../cilium/values";
import { Surveyed, existingProblems, existingWarnings } from "./checks";
import { ClusterFacts, readClusterFacts } from "./facts";
import {
    ExistingRecord,
    markOf,
    newExistingRecord,
    readExistingRecord,
    stackLabel,
    writeExistingRecord,
} from "./record";
import { kubeconfigFiles, minifiedKubeconfig } from "./userKubeconfig";
import { existingValues } from "./values";

/** An existing cluster that may be filled, with what the components need of it. */
export interface ExistingTarget {
    readonly kubeconfig: string;
    readonly identity: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly values: Values;
}

/** What was found out of the existing clusters. */
export interface ExistingSurvey {
    /** By cluster; complete if there is no problem. */
    readonly targets: Readonly<Partial<Record<ClusterName, ExistingTarget>>>;
    readonly problems: readonly Problem[];
    readonly warnings: readonly Problem[];
}

/** Asks a cluster what it is like; tests hand in their own. */
export type AskCluster = (kubeconfig: string) => Promise<ClusterFacts>;

/**
 * Looks at the existing clusters before anything is put into them. The user's kubeconfig is only read; the stack
 * keeps a copy with the one context, and a record of the cluster, unless it is a preview.
 */
export async function surveyExisting(
    stack: string,
    config: LabConfig,
    { preview }: { readonly preview: boolean },
    ask: AskCluster = readClusterFacts,
): Promise<ExistingSurvey> {
    const surveys = await Promise.all(
        config.clusters.map((cluster) => survey(stack, cluster, config.kubeconfig, ask)),
    );
    const found = surveys.flatMap((one) => (one.found === undefined ? [] : [one.found]));
    const problems = [
        ...surveys.flatMap((one) => (one.problem === undefined ? [] : [one.problem])),
        ...existingProblems(found),
    ];
    if (problems.length === 0 && !preview) {
        for (const { config: cluster, kubeconfig, record } of found) {
            writeExistingRecord(stack, cluster.name, record);
            writeWhole(kubeconfigPath(stack, cluster.name), kubeconfig);
        }
    }
    const targets = found.map(({ config: cluster, kubeconfig, facts, mark }) => {
        const labels = { [stackLabel]: mark };
        const values = existingValues(facts, cluster.podCidr, labels);
        return [cluster.name, { kubeconfig, identity: facts.uid, labels, values }];
    });
    return {
        targets: Object.fromEntries(targets) as ExistingSurvey["targets"],
        problems,
        warnings: existingWarnings(found),
    };
}

interface Found extends Surveyed {
    readonly kubeconfig: string;
    readonly record: ExistingRecord;
}

async function survey(
    stack: string,
    config: ClusterConfig,
    setting: string,
    ask: AskCluster,
): Promise<{ readonly found?: Found; readonly problem?: Problem }> {
    const key = configKey(config.name, "kubeconfigContext");
    try {
        const kubeconfig = minifiedKubeconfig(
            kubeconfigFiles(setting),
            config.kubeconfigContext,
            config.name,
        );
        const facts = await ask(kubeconfig);
        const known = readExistingRecord(stack, config.name);
        if (known !== undefined && known.uid !== facts.uid) {
            return { problem: otherCluster(config) };
        }
        const record = known ?? newExistingRecord(facts.uid);
        return { found: { config, facts, mark: markOf(record), kubeconfig, record } };
    } catch (error) {
        const { message } = error as Error;
        const trust = trustFix(message);
        return {
            problem: {
                message: `${config.name} cannot be used: ${printable(message)}.`,
                fix: `${trust === undefined ? "" : `${trust}, or `}make "kubectl --context ${shellQuote(config.kubeconfigContext)} get nodes" work, or pulumi config set ${key} <another context>`,
            },
        };
    }
}

function otherCluster({ name, kubeconfigContext }: ClusterConfig): Problem {
    return {
        message: `${name} is another cluster now: context ${quote(kubeconfigContext)} leads to one that this stack has not filled.`,
        fix: "let the context lead back and npm run down first, or use another --stack",
    };
}
