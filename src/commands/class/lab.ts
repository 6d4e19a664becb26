import { projectRoot } from "../../config/declaration";
import { readStackClusters, readStackConfig, readStackValues } from "../../config/stackFile";
import { listText } from "../../lab/wording";
import { writeWhole } from "../../machine/files";
import { localMachine } from "../../machine/machine";
import { kindClusterName } from "../../machine/names";
import { shellQuote } from "../../machine/terminal";
import { readTimeline, emptyTimeline } from "../../machine/timeline";
import { ensureKubeconfig } from "../../mesh/kind/kubeconfigs";
import { apiServerOf, joinKubeconfigs } from "../../mesh/kube/kubeconfig";
import { Verification } from "../../proof/verify/result";
import { missingClients } from "../../proof/verify/verdict";
import { Automation, Watched, destroyStack, updateStack } from "../../stack/automation";
import { lockStack } from "../../stack/lock";
import { bringInLine } from "../../stack/mend";
import { saveReport, reportPath, verifyStack } from "../../stack/prove";
import { ListedStack, createStack, findStack } from "../../stack/stack";
import { takeDown } from "../../stack/takeDown";
import { setValues, sheetPath, studentKubeconfigPath } from "./files";
import { newsOf } from "./progress";
import { sheetHtml } from "./sheet";
import { Student } from "./studentsFile";

/** How the work on one lab is watched and ended. */
export interface LabWork {
    /** Told what happens, one line at a time. */
    readonly say: (line: string) => void;
    /** Aborted: Pulumi is told to stop. */
    readonly signal: AbortSignal;
}

/** Longest wait for requests and rule to agree after an update, in seconds; as `npm run up` has it. */
const withinSeconds = 300;

/**
 * Brings one student's lab up or in line with its config, proves it, and writes the student's files.
 *
 * @returns What it came to.
 * @throws Error with the one reason why it failed.
 */
export async function bringUp(
    { name, stack, config }: Student,
    automation: Automation,
    stacks: readonly ListedStack[],
    { say, signal }: LabWork,
): Promise<string> {
    const letGo = await lockStack(stack, "class");
    try {
        if (findStack(stacks, stack) === undefined) {
            await createStack(automation.pulumi, stack);
        }
        const opened = await automation.stack(stack, emptyTimeline(stack));
        await setValues(opened, config, readStackValues(stack));
        const watched = watchedBy(stack, { say, signal });
        const tools = { pulumi: automation.pulumi, say, update: throwing(watched, opened) };
        await bringInLine(stack, tools);
        say("asking who answers");
        const verification = await proof(stack, withinSeconds);
        await writeStudentFiles(name, stack);
        return verification;
    } finally {
        letGo();
    }
}

/** An update whose failure is thrown with its reason. */
function throwing(watched: Watched, opened: Parameters<typeof updateStack>[0]) {
    return async (options = {}) => {
        await updateStack(opened, options, watched);
        return 0;
    };
}

/**
 * Takes one lab down; the stack's config file stays.
 *
 * @param whyNot Asked once nobody else can work on the stack: a reason to leave it as it is.
 * @throws Error with the one reason why it failed.
 */
export async function bringDown(
    stack: string,
    automation: Automation,
    work: LabWork,
    whyNot: () => Promise<string | undefined> = () => Promise.resolve(undefined),
): Promise<string> {
    const letGo = await lockStack(stack, "class");
    try {
        const reason = await whyNot();
        if (reason !== undefined) {
            throw new Error(reason);
        }
        const machine = { ...localMachine, say: work.say };
        await takeDown(stack, automation.pulumi, machine, async () => {
            work.say("deleting its clusters");
            await destroyStack(await automation.stack(stack), watchedBy(stack, work));
            return 0;
        });
        return "no cluster, no state, no kubeconfig of it is left";
    } finally {
        letGo();
    }
}

/**
 * Asks who answers and writes the stack's report.
 *
 * @returns What it came to.
 * @throws Error if requests and rule disagree, or nobody could ask.
 */
export async function proof(stack: string, seconds: number): Promise<string> {
    const verification = await verifyStack(stack, seconds);
    saveReport(reportPath(stack), [{ verification }], { timeline: readTimeline(stack) });
    if (!verification.agrees) {
        throw new Error(disagreement(verification));
    }
    return `requests and rule agree after ${verification.seconds.toFixed(1)} s`;
}

function disagreement(verification: Verification): string {
    const { clients, stack } = verification;
    const missing = missingClients(verification);
    const wrong = clients.filter(({ agrees }) => !agrees).map(({ client }) => client);
    const reason =
        missing.length > 0
            ? `${listText(missing)} could not be asked`
            : `requests and rule disagree where ${listText([...new Set(wrong)])} asked`;
    return `${reason}; see ${reportPath(stack)}`;
}

async function writeStudentFiles(name: string, stack: string): Promise<void> {
    const kubeconfigs = await Promise.all(
        readStackClusters(stack).map((cluster) => ensureKubeconfig(stack, cluster, localMachine)),
    );
    writeWhole(studentKubeconfigPath(stack), joinKubeconfigs(kubeconfigs));
    const { clusters, ttlHours } = readStackConfig(stack);
    const sheet = sheetHtml({
        name,
        stack,
        clusters,
        ttlHours,
        project: shellQuote(projectRoot),
        kubeconfig: shellQuote(studentKubeconfigPath(stack)),
        ports: kubeconfigs.map((text) => Number(new URL(apiServerOf(text)!.url).port)),
    });
    writeWhole(sheetPath(stack), sheet);
}

function watchedBy(stack: string, { say, signal }: LabWork): Watched {
    const kindNames = Object.fromEntries(
        readStackClusters(stack).map((cluster) => [cluster, kindClusterName(stack, cluster)]),
    );
    return {
        signal,
        onDiagnostic: (diagnostic) => {
            const news = newsOf(diagnostic, kindNames);
            if (news !== undefined) {
                say(news);
            }
        },
    };
}
