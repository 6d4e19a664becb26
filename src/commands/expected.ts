import { readProject } from "../config/declaration";
import { parseLabConfig } from "../config/parseLabConfig";
import { sidesOf } from "../lab/sides";
import { Answer, whoAnswers } from "../lab/whoAnswers";
import { answeringByClient, expectedText, reasonsText } from "../lab/wording";
import { textTable } from "../machine/terminal";
import { assignment, exitCodes, parseOptions, runCommand } from "./command";

const usage = `npm run -s expected -- [--json] [key=value…]

Says which clusters must answer a client in each cluster, by the rule alone: no clusters, no Docker, no Pulumi.
  key=value  any config key of the stack, e.g. sharedService=false cluster2RebelBaseReplicas=0
  --json     {"cluster1":["cluster1","cluster2"],"cluster2":["cluster2"]}`;

runCommand(usage, (args) => {
    const { values, positionals } = parseOptions({
        args,
        options: { json: { type: "boolean", default: false } },
        allowPositionals: true,
    });
    const { config, problems } = parseLabConfig(
        Object.fromEntries(positionals.map(assignment)),
        readProject(),
    );
    if (config === undefined) {
        const sentences = problems.map(({ message }) => message);
        process.stderr.write(`${sentences.join(" ")}\n`);
        return Promise.resolve(exitCodes.usage);
    }
    const answers = whoAnswers(sidesOf(config), config.cilium.version);
    const text = values.json ? JSON.stringify(answeringByClient(answers)) : table(answers);
    process.stdout.write(`${text}\n`);
    return Promise.resolve(exitCodes.ok);
});

function table(answers: readonly Answer[]): string {
    const rows = answers.map((answer) => [
        answer.client,
        expectedText(answer),
        reasonsText(answer).join("; "),
    ]);
    return textTable([["asked from", "must answer", "why not the others"], ...rows]).join("\n");
}
