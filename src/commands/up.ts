import { resolve } from "node:path";
import { readProject } from "../config/declaration";
import { requireLabConfig } from "../config/parseLabConfig";
import { readStackConfig, readStackValues } from "../config/stackFile";
import { changed, exerciseChanges, exercises } from "../lab/exercise";
import { requireEngine } from "../machine/checks";
import { localMachine } from "../machine/machine";
import { readTimeline, timed, recordStep, startTimeline } from "../machine/timeline";
import { client } from "../mesh/kube/client";
import { timelineSummary } from "../proof/timeline/text";
import { lockStack } from "../stack/lock";
import { bringInLine } from "../stack/mend";
import { PulumiCli, openPulumi } from "../stack/pulumi";
import { changeArgs, UpdateOptions, selectStack, setConfig, upArgs } from "../stack/stack";
import { useBundle } from "./bundle/useBundle";
import { exitCodes, parseOptions, runCommand, stackName, stackOption } from "./command";
import { summary } from "./upSummary";
import { verifyAndReport } from "./verifyAndReport";

const usage = `npm run up -- [--stack NAME] [--exercise NAME] [--bundle FILE] [--renew-certificates]

Brings up the lab, or brings it in line with its config, and proves who answers.
  --stack NAME     the stack (default: PULUMI_STACK, else dev)
  --exercise NAME  first sets the lab's settings as an exercise has them: ${exercises.join(", ")}
  --bundle FILE    takes what is needed from a bundle of npm run bundle, not from the internet
  --renew-certificates  gives the mesh a new CA and every certificate anew`;

const { say } = localMachine;

/** Longest wait for requests and rule to agree, in seconds: nodes that were started again took up to 142. */
const withinSeconds = 300;

/** Seconds after which a wait is explained. */
const patienceSeconds = 10;

runCommand(usage, async (args) => {
    const { values } = parseOptions({
        args,
        options: {
            ...stackOption,
            exercise: { type: "string" },
            bundle: { type: "string" },
            "renew-certificates": { type: "boolean", default: false },
        },
    });
    const stack = stackName(values.stack);
    if (values.bundle !== undefined) {
        await requireEngine();
        await useBundle(resolve(values.bundle), stack, localMachine);
    }
    const own = readStackValues(stack);
    const changes = values.exercise === undefined ? [] : exerciseChanges(values.exercise, own);
    const { clusterProvider } = requireLabConfig(changed(own, changes), readProject());
    await lockStack(stack, "up");
    startTimeline(stack);
    recordStep({ name: "command", start: Math.round(performance.timeOrigin), end: Date.now() });
    const pulumi = await timed({ name: "tools" }, async () => {
        if (clusterProvider === "kind") {
            await requireEngine();
            await localMachine.kind();
        }
        return openPulumi();
    });
    await timed({ name: "stack" }, async () => {
        await selectStack(pulumi, stack);
        for (const change of changes) {
            say(`pulumi ${changeArgs(change).join(" ")}`);
            await setConfig(pulumi, stack, change);
        }
    });
    const code = await update(pulumi, stack, values["renew-certificates"] ? renewal : {});
    if (code !== 0) {
        return code;
    }
    process.stdout.write(`\n${summary(stack, readStackConfig(stack))}\n\n`);
    const explain = () =>
        say("waiting for the mesh; after a restart it takes one to three minutes");
    setTimeout(explain, patienceSeconds * 1000);
    const verdict = await verifyAndReport(stack, { withinSeconds });
    process.stdout.write(timelineSummary(readTimeline(stack)));
    return verdict;
});

/** Makes Pulumi replace the key of the mesh's CA, and with it the CA and all that it has signed. */
const renewal = { replace: ["**::mesh-ca-key"] };

async function update(pulumi: PulumiCli, stack: string, options: UpdateOptions): Promise<number> {
    const show = (more?: UpdateOptions) => {
        const shown = pulumi.show(upArgs(stack, more));
        // The proof needs it, and Pulumi takes long enough to load it meanwhile.
        void client();
        return shown;
    };
    const code = await bringInLine(stack, { pulumi, update: show, say }, options);
    if (code !== 0) {
        say("\nThe lab is not up. Run the same command again after mending what is named above;");
        say("what was made so far is kept and used. npm run down takes it all away.");
        say('For kubectl and plain pulumi on this stack: eval "$(npm run -s env)"');
    }
    return code === 0 ? exitCodes.ok : exitCodes.failed;
}
