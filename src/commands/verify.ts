import { setTimeout as sleep } from "node:timers/promises";
import { onSignals } from "../machine/signals";
import { verificationText } from "../proof/verify/text";
import { defaultWithinSeconds, verifyStack } from "../stack/prove";
import { exitCodes, parseOptions, runCommand, seconds, stackName, stackOption } from "./command";
import { verifyAndReport } from "./verifyAndReport";

const usage = `npm run verify -- [--stack NAME] [--within SECONDS] [--json] [--watch] [--report FILE]

Sends real requests from an x-wing pod of each cluster and compares who answers with the rule.
  --within SECONDS  longest wait for a change to arrive, 0 to 3600 (default ${defaultWithinSeconds})
  --json            the result as JSON on standard output
  --watch           asks again every second and redraws, until Ctrl-C
  --report FILE     where the report goes (default .lab/stacks/NAME/report.html)
Exit codes: 0 agrees, 1 disagrees, 2 wrong usage or config, 3 a cluster could not be asked.`;

runCommand(usage, async (args) => {
    const { values } = parseOptions({
        args,
        options: {
            ...stackOption,
            within: { type: "string", default: String(defaultWithinSeconds) },
            json: { type: "boolean", default: false },
            watch: { type: "boolean", default: false },
            report: { type: "string" },
        },
    });
    const stack = stackName(values.stack);
    if (values.watch) {
        return watch(stack);
    }
    return verifyAndReport(stack, {
        withinSeconds: seconds(values.within),
        report: values.report,
        json: values.json,
    });
});

/** Redraws once a second what one round of requests gets; the user changes things meanwhile. */
async function watch(stack: string): Promise<number> {
    onSignals(["SIGINT"], () => process.exit(exitCodes.interrupted));
    for (;;) {
        const text = await verifyStack(stack, 0).then(
            verificationText,
            (error: Error) => error.message,
        );
        const clear = process.stdout.isTTY ? "\x1b[H\x1b[2J" : "";
        const time = new Date().toLocaleTimeString();
        process.stdout.write(`${clear}${time}, stack ${stack} (Ctrl-C ends)\n\n${text}\n`);
        await sleep(1000);
    }
}
