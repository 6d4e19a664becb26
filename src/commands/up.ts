import { LabConfig } from "../config/labConfig";
import { ProblemsError } from "../config/problem";
import { exerciseChanges, exercises } from "../lab/exercise";
import { outageSeconds } from "../lab/outage";
import { requireEngine } from "../machine/checks";
import { localMachine } from "../machine/machine";
import { readTimeline, recordEnd } from "../machine/timeline";
import { pausedCluster } from "../mesh/kind/outage";
import { client } from "../mesh/kube/client";
import { timelineSummary } from "../proof/timeline/text";
import { beginRun } from "../stack/begin";
import { LabStack } from "../stack/home";
import { lockStack } from "../stack/lock";
import { withinSecondsOf } from "../stack/prove";
import { PulumiCli, isInterruption, openPulumi } from "../stack/pulumi";
import { reconcile } from "../stack/reconcile";
import { UpdateOptions, upArgs } from "../stack/stack";
import { useBundle } from "./bundle/useBundle";
import { chosenStack } from "./chosenStack";
import { Declare, exitCodes } from "./command";
import { callersPath } from "./npm";
import { summary } from "./upSummary";
import { verifyAndReport } from "./verifyAndReport";

export const declare: Declare = (command) =>
    command
        .description("Brings up the lab, or reconciles it with its config, and proves who answers.")
        .ofStack()
        .option("--exercise <name>", `first set up an exercise of the lab: ${exercises.join(", ")}`)
        .option(
            "--bundle <file>",
            "take everything from a file of npm run bundle instead of the internet",
        )
        .option(
            "--keep-clusters",
            "end with an error instead of replacing a cluster whose API server is silent",
        )
        .option("--renew-certificates", "replace the CA of the mesh and every certificate")
        .does(up);

interface Options {
    readonly stack?: string;
    readonly exercise?: string;
    readonly bundle?: string;
    readonly renewCertificates?: boolean;
    readonly keepClusters?: boolean;
}

const { say } = localMachine;

/** Longest wait for requests and rule to agree, in seconds: nodes that were started again took up to 142. */
const withinSeconds = 300;

/** Seconds after which a wait is explained. */
const patienceSeconds = 10;

async function up(options: Options): Promise<number> {
    if (options.keepClusters) {
        // The program that Pulumi runs reads it.
        process.env.LAB_KEEP_CLUSTERS = "1";
    }
    const chosen = chosenStack(options.stack);
    // Before it is looked at: another command may be about to change it.
    await lockStack(chosen.name, "up");
    if (options.bundle !== undefined) {
        await requireEngine();
        await useBundle(callersPath(options.bundle), chosen, localMachine);
    }
    const { exercise } = options;
    const changes = exercise === undefined ? [] : exerciseChanges(exercise, chosen.values);
    const stack = chosen.with(changes);
    if (options.renewCertificates) {
        requireAwake(stack.config);
    }
    if (stack.config.clusterProvider === "kind") {
        await requireEngine();
    }
    const { pulumi } = await beginRun(stack, changes, {
        since: Math.round(performance.timeOrigin),
        open: async () => ({ pulumi: await openPulumi() }),
        say,
    });
    const code = await update(pulumi, stack, options.renewCertificates ? renewal : {});
    if (code !== 0) {
        return code;
    }
    process.stdout.write(`\n${summary(stack)}\n\n`);
    const explain = () => say(waitText(stack.config));
    setTimeout(explain, patienceSeconds * 1000);
    const verdict = await verifyAndReport(stack, {
        withinSeconds: withinSecondsOf(stack.config, withinSeconds),
    });
    process.stdout.write(timelineSummary(readTimeline(stack.name)));
    return verdict;
}

/** What the proof may be waiting for. */
export function waitText(config: LabConfig): string {
    const seconds = outageSeconds(config);
    return seconds === 0
        ? "waiting for the mesh; after a restart it takes one to three minutes"
        : `waiting until the others have dropped the backends of ${config.outage}: they notice after 60 to 150 s, and then the TTL runs; at most ${seconds} s`;
}

/** @throws ProblemsError where a cluster is dead: its own certificates would be left out without a word. */
export function requireAwake(config: LabConfig): void {
    const paused = pausedCluster(config);
    if (paused !== undefined) {
        throw new ProblemsError([
            {
                message: `outage is ${paused}, so that nothing in it can be changed, and --renew-certificates replaces those of all clusters.`,
                fix: "pulumi config set outage none, then run the same command again",
            },
        ]);
    }
}

/** Makes Pulumi replace the key of the mesh's CA, and with it the CA and all that it has signed. */
const renewal = { replace: ["**::mesh-ca-key"] };

async function update(pulumi: PulumiCli, stack: LabStack, options: UpdateOptions): Promise<number> {
    const show = (more?: UpdateOptions) => {
        const shown = pulumi.show(upArgs(stack.name, more));
        // The proof needs it, and Pulumi takes long enough to load it meanwhile.
        void client();
        return shown;
    };
    const code = await reconcile(stack, { pulumi, update: show, say }, options);
    if (code !== 0) {
        notUpLines(isInterruption(code)).forEach(say);
        const why = isInterruption(code)
            ? "npm run up was interrupted; run it again to continue"
            : "npm run up failed; its terminal says why";
        recordEnd(stack.name, why);
    }
    return code === 0 ? exitCodes.ok : exitCodes.failed;
}

/** What to do after an update that did not come to its end. */
export function notUpLines(isInterrupted: boolean): string[] {
    return [
        isInterrupted
            ? "\nThe lab is not up: this was interrupted. Run the same command again to continue from here;"
            : "\nThe lab is not up. Repair what is named above and run the same command again;",
        "what has been created so far is kept and used. npm run down removes all of it.",
        'For kubectl and plain pulumi on this stack: eval "$(npm run -s env)"',
    ];
}
