import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot, readProject } from "../../config/declaration";
import { UsageError } from "../../config/errors";
import { parseLabConfig } from "../../config/parseLabConfig";
import { ProblemsError, quote } from "../../config/problem";
import { exerciseChanges } from "../../lab/exercise";
import { requireEngine } from "../../machine/checks";
import { commandArgs } from "../../machine/interpreter";
import { localMachine } from "../../machine/machine";
import { kubeconfigVariable } from "../../machine/names";
import { LabStack } from "../../stack/home";
import { endHolder, ephemeralVariable, lockStack } from "../../stack/lock";
import { reportPath } from "../../stack/prove";
import { openPulumi } from "../../stack/pulumi";
import { stackExists } from "../../stack/stack";
import { chosenStack } from "../chosenStack";
import { Declare, exitCodes } from "../command";
import { callersFolder, callersPath } from "../npm";
import { Children } from "./children";
import { handOver } from "./github";
import { live } from "./life";
import { exportLogs } from "./logs";
import { ephemeralStackFile, isKnown, markEphemeral, readMark, unmark, usualOutput } from "./mark";

const stages = ["up", "proof", "down"] as const;

type Stage = (typeof stages)[number];

export const declare: Declare = (command) =>
    command
        .description(
            `For CI: brings up a lab of its own, runs the command with KUBECONFIG set, proves who answers and takes the lab down, also after a failure, Ctrl-C or a kill.
Its exit code is the first of up, command and proof that is not 0.`,
        )
        .usage("[options] [-- command...]")
        .argument("[command...]", "the command to run while the lab is up")
        .ofStack("the stack, which must be new (default: ci-, then random digits)")
        .option("--exercise <name>", "an exercise of the lab, as with npm run up")
        .option("--stack-config <file>", "a stack file to start from")
        .option("--set <key=value>", "a config key of Pulumi.yaml; may be repeated", collect)
        .option(
            "--output <folder>",
            "where to write the report, and logs after a failure (default: .lab/ephemeral/NAME)",
        )
        .option(
            "--stage <stage>",
            `one part alone, for CI systems with steps of their own: ${stages.join(", then ")}`,
            stageOf,
        )
        .option("--failed", "with --stage proof: keep the logs even if the proof succeeds")
        .does(ephemeral);

interface Options {
    readonly stack?: string;
    readonly exercise?: string;
    readonly stackConfig?: string;
    readonly set?: readonly string[];
    readonly output?: string;
    readonly stage?: Stage;
    readonly failed?: boolean;
}

const collect = (text: string, before: readonly string[] = []) => [...before, text];

function stageOf(text: string): Stage {
    const stage = stages.find((known) => known === text);
    if (stage === undefined) {
        throw new UsageError(`--stage is ${quote(text)}; it must be ${stages.join(", ")}`);
    }
    return stage;
}

const { say } = localMachine;

async function ephemeral(options: Options, positionals: readonly string[]): Promise<number> {
    const { stage } = options;
    if (stage !== undefined && positionals.length > 0) {
        throw new UsageError("--stage runs one part alone, and takes no command");
    }
    const isNew = stage === undefined || stage === "up";
    const random = () => `ci-${randomBytes(3).toString("hex")}`;
    const stack = isNew && options.stack === undefined ? random() : chosenStack(options.stack).name;
    const children = new Children((signal, insistence) =>
        say(`${signal}: ${signalText(stack, insistence)}`),
    );
    const lab = new EphemeralLab(stack, children, options.exercise);
    if (!isNew) {
        return stage === "down" ? lab.down() : lab.prove(options.failed === true);
    }
    const output = callersPath(options.output ?? usualOutput(stack));
    const isBegun = await lab.begin(output, options.set ?? [], options.stackConfig);
    if (!isBegun) {
        return children.interrupted() ?? exitCodes.interrupted;
    }
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
}

/** What is said of a signal, the first one (0) or one that insists. */
function signalText(stack: string, insistence: number): string {
    const texts = [
        "nothing more is started; what is running is ended, then the lab is taken down",
        "the lab is being taken down; the next signal interrupts that, the one after it ends everything",
        "taking the lab down is interrupted",
    ];
    return (
        texts[insistence] ??
        `everything is ended; what is left of the lab: npm run ephemeral -- --stage down --stack ${stack}`
    );
}

/** The parts of one lab's life, each in a process of its own. */
class EphemeralLab {
    constructor(
        private readonly stack: string,
        private readonly children: Children,
        private readonly exercise: string | undefined,
    ) {}

    /**
     * Takes a name for the lab. Nobody else can be about to make a stack of that name meanwhile.
     *
     * @returns Whether it did: nothing is begun after a signal.
     * @throws UsageError if there is such a stack: it would be taken away in the end.
     * @throws ProblemsError if its config is not legal or the container engine cannot be used; nothing is kept then.
     */
    async begin(output: string, settings: readonly string[], base?: string): Promise<boolean> {
        const file = stackFile(settings, base);
        const { stack } = this;
        const release = await lockStack(stack, "ephemeral");
        try {
            if (isKnown(stack) || (await stackExists(await openPulumi(), stack))) {
                throw new UsageError(
                    `stack ${stack} exists; an ephemeral lab needs a name of its own, because it is taken down at the end`,
                );
            }
            if (this.children.interrupted() !== undefined) {
                return false;
            }
            markEphemeral(stack, { output }, file);
            await this.requireUsable().catch((error: Error) => {
                unmark(stack);
                throw error;
            });
        } finally {
            release();
        }
        say(
            `Ephemeral lab ${stack}; if this is killed: npm run ephemeral -- --stage down --stack ${stack}`,
        );
        return true;
    }

    /** @throws ProblemsError if the config is not legal, or the container engine cannot be used. */
    private async requireUsable(): Promise<void> {
        const own = new LabStack(this.stack);
        const changes =
            this.exercise === undefined ? [] : exerciseChanges(this.exercise, own.values);
        const { config, problems } = parseLabConfig(own.with(changes).values, readProject());
        if (config === undefined) {
            const fix = "correct it in --set or --stack-config";
            throw new ProblemsError(problems.map(({ message }) => ({ message, fix })));
        }
        if (config.clusterProvider === "kind") {
            await requireEngine();
        }
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
            [ephemeralVariable]: this.stack,
        };
        mkdirSync(this.output(), { recursive: true });
        const interactive = process.stdin.isTTY;
        return this.children.run(program, args, {
            hears: "same",
            cwd: callersFolder(),
            env,
            interactive,
        });
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
            new LabStack(this.stack).clusters,
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
        return kubeconfigVariable(this.stack, new LabStack(this.stack).clusters);
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
        const { stack } = this;
        // With PULUMI_STACK `up` selects nothing: the user's own selection stays what it is.
        const env = { ...process.env, PULUMI_STACK: stack, [ephemeralVariable]: stack };
        return this.children.run(
            process.execPath,
            [...commandArgs(name), "--stack", stack, ...args],
            { hears, cwd: projectRoot, env },
        );
    }
}

/** @throws UsageError with what is wrong with the settings or their file. */
function stackFile(settings: readonly string[], base: string | undefined): string {
    const path = base && callersPath(base);
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
