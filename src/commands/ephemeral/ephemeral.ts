import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { projectRoot, readProject } from "../../config/declaration";
import { UsageError } from "../../config/errors";
import { quote } from "../../config/problem";
import { readStackClusters } from "../../config/stackFile";
import { typescriptLoader } from "../../machine/interpreter";
import { localMachine } from "../../machine/machine";
import { kubeconfigVariable, labFolder } from "../../machine/names";
import { endHolder } from "../../stack/lock";
import { reportPath } from "../../stack/prove";
import { openPulumi } from "../../stack/pulumi";
import { stackExists } from "../../stack/stack";
import { exitCodes, parseOptions, runCommand, stackName, stackOption } from "../command";
import { Children } from "./children";
import { handOver } from "./github";
import { live } from "./life";
import { exportLogs } from "./logs";
import { ephemeralStackFile, isKnown, markEphemeral, readMark, unmark } from "./mark";

const usage = `npm run ephemeral -- [OPTIONS] [-- COMMAND…]

For CI: brings up a lab of its own, runs the command with KUBECONFIG set, proves who answers and takes the lab away,
also after a failure, Ctrl-C or a kill. Its exit code is the first of up, command and proof that is not 0.
  --stack NAME         the stack, which must be new (default: ci-, then random digits)
  --exercise NAME      an exercise of the lab, as with npm run up
  --stack-config FILE  a stack file to begin with
  --set KEY=VALUE      a config key of Pulumi.yaml; as often as needed
  --output FOLDER      where the report goes, and logs after a failure (default .lab/ephemeral/NAME)
  --stage STAGE        one part alone, for CI systems with steps of their own: up, then proof, then down
  --failed             with --stage proof: keeps the logs also if the proof succeeds`;

const stages = ["up", "proof", "down"] as const;

/** Where npm was called: paths and the command are meant from there. */
const here = process.env.INIT_CWD ?? process.cwd();

const { say } = localMachine;

runCommand(usage, async (args) => {
    const { values, positionals } = parseOptions({
        args,
        allowPositionals: true,
        options: {
            ...stackOption,
            exercise: { type: "string" },
            "stack-config": { type: "string" },
            set: { type: "string", multiple: true, default: [] },
            output: { type: "string" },
            stage: { type: "string" },
            failed: { type: "boolean", default: false },
        },
    });
    const stage = stages.find((known) => known === values.stage);
    if (values.stage !== undefined && stage === undefined) {
        throw new UsageError(`--stage is ${quote(values.stage)}; it must be ${stages.join(", ")}`);
    }
    if (stage !== undefined && positionals.length > 0) {
        throw new UsageError("--stage runs a part alone, and no command");
    }
    const children = new Children((signal) =>
        say(`${signal}: no more is begun; what runs is ended, then the lab is taken away`),
    );
    const isNew = stage === undefined || stage === "up";
    const random = () => `ci-${randomBytes(3).toString("hex")}`;
    const stack = isNew && values.stack === undefined ? random() : stackName(values.stack);
    const lab = new EphemeralLab(stack, children, values.exercise);
    if (!isNew) {
        return stage === "down" ? lab.down() : lab.prove(values.failed);
    }
    const output = resolve(here, values.output ?? join(labFolder, "ephemeral", stack));
    await lab.begin(output, values.set, values["stack-config"]);
    if (stage === "up") {
        const kubeconfig = lab.kubeconfig();
        handOver({ stack, kubeconfig, output, project: projectRoot }, process.env);
        return lab.up();
    }
    return live({
        up: () => lab.up(),
        command: () => lab.command(positionals),
        proof: () => lab.proof(),
        logs: () => lab.logs(),
        down: () => lab.down(),
        interrupted: () => children.interrupted(),
    });
});

/** The parts of one lab's life, each in a process of its own. */
class EphemeralLab {
    constructor(
        private readonly stack: string,
        private readonly children: Children,
        private readonly exercise: string | undefined,
    ) {}

    /** @throws UsageError if there is such a stack: it would be taken away in the end. */
    async begin(output: string, settings: readonly string[], base?: string): Promise<void> {
        const file = stackFile(settings, base);
        const { stack } = this;
        if (isKnown(stack) || (await stackExists(await openPulumi(), stack))) {
            throw new UsageError(
                `stack ${stack} exists; an ephemeral lab needs a name of its own, as it is taken away in the end`,
            );
        }
        markEphemeral(stack, { output }, file);
        say(
            `Ephemeral lab ${stack}; if this is killed: npm run ephemeral -- --stage down --stack ${stack}`,
        );
    }

    up(): Promise<number> {
        const exercise = this.exercise === undefined ? [] : ["--exercise", this.exercise];
        return this.lab("up", exercise, "interrupt");
    }

    /** Runs the caller's command, if there is one. */
    command([program, ...args]: readonly string[]): Promise<number> {
        if (program === undefined) {
            return Promise.resolve(exitCodes.ok);
        }
        const env = {
            ...process.env,
            KUBECONFIG: this.kubeconfig(),
            LAB_STACK: this.stack,
            LAB_OUTPUT: this.output(),
        };
        mkdirSync(this.output(), { recursive: true });
        const interactive = process.stdin.isTTY;
        return this.children.run(program, args, { hears: "same", cwd: here, env, interactive });
    }

    proof(): Promise<number> {
        return this.lab("verify", ["--report", join(this.output(), "report.html")], "interrupt");
    }

    /** Keeps the logs, and the report of an `up` that disagreed. */
    async logs(): Promise<void> {
        const output = this.output();
        mkdirSync(output, { recursive: true });
        const report = join(output, "report.html");
        if (existsSync(reportPath(this.stack)) && !existsSync(report)) {
            copyFileSync(reportPath(this.stack), report);
        }
        await exportLogs(
            this.stack,
            readStackClusters(this.stack),
            join(output, "logs"),
            localMachine,
        );
        say(`Logs: ${join(output, "logs")}`);
    }

    /** The part between use and end, on its own. */
    async prove(failed: boolean): Promise<number> {
        const code = await this.proof();
        if (failed || code !== 0) {
            await this.logs();
        }
        return code;
    }

    /** Takes the lab away, once more if that fails. */
    async down(): Promise<number> {
        const { stack } = this;
        if (readMark(stack) === undefined) {
            say(`There is no ephemeral lab ${stack} here.`);
            return exitCodes.ok;
        }
        await endHolder(stack, say);
        const code =
            (await this.lab("down", [], "nothing")) && (await this.lab("down", [], "nothing"));
        if (code === 0) {
            unmark(stack);
        }
        return code;
    }

    /** All clusters' kubeconfig files, as KUBECONFIG has them. */
    kubeconfig(): string {
        return kubeconfigVariable(this.stack, readStackClusters(this.stack));
    }

    private output(): string {
        const mark = readMark(this.stack);
        if (mark === undefined) {
            throw new UsageError(`there is no ephemeral lab ${this.stack} here`);
        }
        return mark.output;
    }

    /** Runs one of the lab's own commands on the stack. */
    private lab(name: string, args: readonly string[], hears: "interrupt" | "nothing") {
        const script = join("src", "commands", `${name}.ts`);
        return this.children.run(
            process.execPath,
            [...typescriptLoader, script, "--stack", this.stack, ...args],
            { hears, cwd: projectRoot },
        );
    }
}

/** @throws UsageError with what is wrong with the settings or their file. */
function stackFile(settings: readonly string[], base: string | undefined): string {
    const path = base && resolve(here, base);
    if (path && !existsSync(path)) {
        throw new UsageError(`--stack-config is ${path}, but there is no such file`);
    }
    try {
        const text = path && readFileSync(path, "utf8");
        return ephemeralStackFile(settings, readProject(), text);
    } catch (error) {
        throw new UsageError((error as Error).message);
    }
}
