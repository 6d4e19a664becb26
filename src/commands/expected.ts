import { readProject } from "../config/declaration";
import { parseLabConfig } from "../config/parseLabConfig";
import { phaseLines, phasesByClient, phasesOf } from "../lab/outage";
import { sidesOf } from "../lab/sides";
import { Answer, whoAnswers } from "../lab/whoAnswers";
import { answeringByClient, expectedText, reasonsText } from "../lab/wording";
import { textTable } from "../machine/terminal";
import { Declare, assignments, exitCodes } from "./command";

export const declare: Declare = (command) =>
    command
        .description(
            "Says which clusters must answer a client in each cluster, by the rule alone: no clusters, no Docker, no Pulumi.",
        )
        .argument(
            "[key=value...]",
            "any config key of the stack, e.g. sharedService=false cluster2RebelBaseReplicas=0",
        )
        .option("--json", 'print {"cluster1":["cluster1","cluster2"],"cluster2":["cluster2"]}')
        .does(expected);

function expected({ json }: { readonly json?: boolean }, given: readonly string[]): number {
    const project = readProject();
    const values = assignments(given, project.name);
    const { config, problems } = parseLabConfig(values, project);
    if (config === undefined) {
        const sentences = problems.map(({ message }) => message);
        process.stderr.write(`${sentences.join(" ")}\n`);
        return exitCodes.usage;
    }
    const sides = sidesOf(config);
    const answers = whoAnswers(sides);
    if (config.outage !== "none") {
        const phases = phasesOf(sides, config);
        const both = json ? JSON.stringify(phasesByClient(phases)) : phaseLines(phases).join("\n");
        process.stdout.write(`${both}\n`);
        return exitCodes.ok;
    }
    const text = json ? JSON.stringify(answeringByClient(answers)) : table(answers);
    process.stdout.write(`${text}\n`);
    return exitCodes.ok;
}

function table(answers: readonly Answer[]): string {
    const rows = answers.map((answer) => [
        answer.client,
        expectedText(answer),
        reasonsText(answer).join("; "),
    ]);
    return textTable([["asked from", "must answer", "why not the others"], ...rows]).join("\n");
}
