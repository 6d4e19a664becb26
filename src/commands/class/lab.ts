import { projectRoot } from "../../config/declaration";
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
import { stackFiles } from "../../stack/environment";
import { LabStack } from "../../stack/home";
import { lockStack } from "../../stack/lock";
import { saveReport, reportPath, verifyStack, withinSecondsOf } from "../../stack/prove";
import { PulumiCli } from "../../stack/pulumi";
import { reconcile } from "../../stack/reconcile";
import { createStack, findStack, listStacks } from "../../stack/stack";
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
    /** Whether no update and no destroy is to be begun any more: Ctrl-C reaches only a Pulumi that runs. Never by default. */
    readonly isStopping?: () => boolean;
}

/** Longest wait for requests and rule to agree after an update, in seconds; as `npm run up` has it. */
const withinSeconds = 300;

/**
 * Brings one student's lab up, or reconciles it with its config, proves it, and writes the student's files.
 *
 * @returns What it came to.
 * @throws Error with the one reason why it failed.
 */
export async function bringUp(
    { name, stack, config }: Student,
    automation: Automation,
    { say, signal, isStopping = () => false }: LabWork,
): Promise<string> {
    const letGo = await lockStack(stack, "class -- up");
    try {
        if (!(await isThere(automation.pulumi, stack))) {
            await createStack(automation.pulumi, stack);
        }
        const opened = await automation.stack(stack, emptyTimeline(stack));
        await setValues(opened, config, new LabStack(stack).values);
        const home = new LabStack(stack);
        const watched = watchedBy(home, { say, signal });
        const tools = {
            pulumi: automation.pulumi,
            say,
            update: throwing(watched, opened, isStopping),
        };
        await reconcile(home, tools);
        say("asking who answers");
        const verification = await proof(home, withinSecondsOf(home.config, withinSeconds));
        await writeStudentFiles(name, home);
        return verification;
    } finally {
        letGo();
    }
}

/** Whether the backend has a stack, asked under its lock: a `down` or an `up` in another shell may have ended just now. */
async function isThere(pulumi: PulumiCli, stack: string): Promise<boolean> {
    // To have Pulumi list its own folder takes a second for each lab.
    return pulumi.isOwnBackend
        ? stackFiles().includes(stack)
        : findStack(await listStacks(pulumi), stack) !== undefined;
}

/** An update whose failure is thrown with its reason; none is begun after Ctrl-C. */
function throwing(
    watched: Watched,
    opened: Parameters<typeof updateStack>[0],
    isStopping: () => boolean,
) {
    return async (options = {}) => {
        requireGoingOn(isStopping, "update");
        await updateStack(opened, options, watched);
        return 0;
    };
}

/** @throws Error where Ctrl-C has come before something is begun that would not hear of it. */
function requireGoingOn(isStopping: LabWork["isStopping"], what: string): void {
    if (isStopping?.() === true) {
        throw new Error(`it was stopped before its ${what} had begun`);
    }
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
    const letGo = await lockStack(stack, "class -- down");
    try {
        requireGoingOn(work.isStopping, "end");
        const reason = await whyNot();
        if (reason !== undefined) {
            throw new Error(reason);
        }
        const machine = { ...localMachine, say: work.say };
        const home = new LabStack(stack);
        const { left } = await takeDown(home, automation.pulumi, machine, async () => {
            requireGoingOn(work.isStopping, "destroy");
            work.say("deleting its clusters");
            await destroyStack(await automation.stack(stack), watchedBy(home, work));
            return 0;
        });
        return left.length > 0
            ? left.join(" ")
            : "no cluster, no state, no kubeconfig of it is left";
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
export async function proof(stack: LabStack, seconds: number): Promise<string> {
    const verification = await verifyStack(stack, seconds);
    saveReport(reportPath(stack.name), [{ verification }], {
        timeline: readTimeline(stack.name),
    });
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

async function writeStudentFiles(name: string, { name: stack, config }: LabStack): Promise<void> {
    const { clusters, ttlHours } = config;
    const kubeconfigs = await Promise.all(
        clusters.map(({ name: cluster }) => ensureKubeconfig(stack, cluster, localMachine)),
    );
    writeWhole(studentKubeconfigPath(stack), joinKubeconfigs(kubeconfigs));
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

function watchedBy({ name: stack, clusters }: LabStack, { say, signal }: LabWork): Watched {
    const kindNames = Object.fromEntries(
        clusters.map((cluster) => [cluster, kindClusterName(stack, cluster)]),
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
