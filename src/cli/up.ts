import { relative } from "node:path";
import { projectRoot, readProject } from "../config/declaration";
import { requireLabConfig } from "../config/parseLabConfig";
import { readStackConfig, readStackValues } from "../config/stackFile";
import { changeArgs, changed, exerciseChanges, exercises } from "../lab/exercise";
import { localMachine } from "../machine";
import { kindClusterName, kubeconfigVariable, stackFolder } from "../names";
import { sidesOf } from "../rule/settings";
import { whoAnswers } from "../rule/whoAnswers";
import { expectationLines } from "../rule/wording";
import { exitCodes, parseOptions, runCommand, shellQuote, stackName, stackOption } from "./command";
import { PulumiCli, openPulumi } from "./pulumiCli";
import { clearDeadLock, selectStack, setConfig, upArgs } from "./stack";
import { verifyAndReport } from "./verifyAndReport";

const usage = `npm run up -- [--stack NAME] [--exercise NAME]

Brings up the lab, or brings it in line with its config, and proves who answers.
  --stack NAME     the stack (default: PULUMI_STACK, else dev)
  --exercise NAME  first sets the lab's settings as an exercise has them: ${exercises.join(", ")}`;

const { say } = localMachine;

runCommand(usage, async (args) => {
    const { values } = parseOptions({
        args,
        options: { ...stackOption, exercise: { type: "string" } },
    });
    const stack = stackName(values.stack);
    const own = readStackValues(stack);
    const changes = values.exercise === undefined ? [] : exerciseChanges(values.exercise, own);
    requireLabConfig(changed(own, changes), readProject());
    await localMachine.kind();
    const pulumi = await openPulumi();
    await selectStack(pulumi, stack);
    for (const change of changes) {
        say(`pulumi ${changeArgs(change).join(" ")}`);
        await setConfig(pulumi, stack, change);
    }
    const code = await update(pulumi, stack);
    if (code !== 0) {
        return code;
    }
    process.stdout.write(`\n${summary(stack)}\n\n`);
    return verifyAndReport(stack);
});

async function update(pulumi: PulumiCli, stack: string): Promise<number> {
    await clearDeadLock(pulumi, stack, say);
    const code = await pulumi.show(upArgs(stack));
    if (code !== 0) {
        say("\nThe lab is not up. Run the same command again after mending what is named above;");
        say("what was made so far is kept and used. npm run down takes it all away.");
        say('For kubectl and plain pulumi on this stack: eval "$(npm run -s env)"');
    }
    return code === 0 ? exitCodes.ok : exitCodes.failed;
}

/** What a student needs next. */
function summary(stack: string): string {
    const config = readStackConfig(stack);
    const names = config.clusters.map(({ name }) => name);
    const settings = config.clusters.map(
        ({ name, globalService, sharedService, serviceAffinity, rebelBaseReplicas }) =>
            `  ${name}: globalService ${globalService}, sharedService ${sharedService}, serviceAffinity ${serviceAffinity}, rebelBaseReplicas ${rebelBaseReplicas}`,
    );
    const option = stack === stackName(undefined) ? "" : ` --stack ${stack}`;
    const expected = expectationLines(whoAnswers(sidesOf(config), config.cilium.version));
    return [
        `Stack ${stack}: ${names.map((name) => `${name} is kind cluster ${kindClusterName(stack, name)}`).join(", ")}`,
        "",
        "Try it:",
        `  export KUBECONFIG=${shellQuote(kubeconfigVariable(stack))}   # contexts ${names.join(", ")}`,
        "  kubectl --context cluster1 exec deploy/x-wing -- curl -s rebel-base",
        "",
        "Set:",
        ...settings,
        "",
        "Must answer:",
        ...expected.map((line) => `  ${line}`),
        "",
        `Next: npm run pulumi -- config set sharedService false${option}, then npm run up${option === "" ? "" : ` --${option}`}`,
        `All files of the stack: ${relative(projectRoot, stackFolder(stack))}`,
    ].join("\n");
}
