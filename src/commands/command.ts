import { Command, CommanderError } from "commander";
import { CannotAskError, UsageError } from "../config/errors";
import { wholeNumber } from "../config/limits";
import { ProblemsError, printable, quote, visible, withoutPassword } from "../config/problem";
import { requireStackName } from "../config/stackName";
import { useBundledTools } from "../machine/bundledTools";
import { ForeignOption, swallowedByNpm } from "./npm";
import { placeProblems, told } from "./told";

/** Exit codes of the lab's commands. */
export const exitCodes = {
    /** All is well; for verify: requests and rule agree. */
    ok: 0,
    /** The work failed; for verify: requests and rule disagree. */
    failed: 1,
    /** The command line or the config is wrong; nothing was created or changed. */
    usage: 2,
    /** verify: no requests could be sent. */
    cannotAsk: 3,
    /** Ctrl-C. */
    interrupted: 130,
} as const;

/** Commands whose output is for other programs, or alone on the screen: npm must not print its own lines before it. */
const silent: readonly string[] = ["expected", "env"];

/** A command of the lab, or of one that has commands of its own. */
export class LabCommand extends Command {
    /** Options that it hands on to another program, for {@link swallowedByNpm}. */
    foreignOptions: readonly ForeignOption[] = [];

    constructor(name?: string) {
        super(name);
        this.exitOverride()
            .allowExcessArguments()
            .helpOption("-h, --help", "show this help")
            .helpCommand(false)
            .configureOutput({ outputError: () => undefined, writeErr: () => undefined })
            .configureHelp({ commandUsage: (command) => `${lineOf(command)} ${command.usage()}` });
    }

    override createCommand(name?: string): LabCommand {
        return new LabCommand(name);
    }

    /** Adds `--stack`, which every command that works on one stack has. */
    ofStack(
        description = "the stack (default: PULUMI_STACK, else the selected one, else dev)",
    ): this {
        return this.option("--stack <name>", description, (name, before?: string) => {
            const stack = requireStackName(name, "--stack");
            if (before !== undefined && before !== stack) {
                throw new UsageError(
                    `--stack is both ${before} and ${stack}; it must be one of them`,
                );
            }
            return stack;
        });
    }

    /** What the command does with its options and arguments; it returns the exit code. */
    does<Options>(
        work: (options: Options, given: readonly string[]) => number | Promise<number>,
    ): this {
        return this.action(async () => {
            const most = this.registeredArguments.some(({ variadic }) => variadic)
                ? Infinity
                : this.registeredArguments.length;
            if (this.args.length > most) {
                throw new UsageError(`${this.name()} does not take ${quote(this.args[most]!)}`);
            }
            process.exitCode = await work(
                this.opts<Record<string, unknown>>() as Options,
                this.args,
            );
        });
    }
}

/** What one types to run a command, up to its options. */
function lineOf(command: Command): string {
    const { parent } = command;
    return parent === null
        ? `npm run ${silent.includes(command.name()) ? "-s " : ""}${command.name()} --`
        : `${lineOf(parent)} ${command.name()}`;
}

/** Gives a command its description, options and work. */
export type Declare = (command: LabCommand) => LabCommand;

/**
 * Runs a command and ends the process with its exit code. The user's own mistakes are told in one sentence, without a
 * stack trace.
 *
 * @param args What follows the command's name.
 */
export async function runCommand(
    name: string,
    declare: Declare,
    args: readonly string[],
): Promise<never> {
    const command = declare(new LabCommand(name));
    try {
        const refusal = swallowedByNpm(command, args);
        if (refusal !== undefined) {
            throw new UsageError(refusal);
        }
        const problems = placeProblems(name);
        if (problems.length > 0 && !args.some((arg) => arg === "--help" || arg === "-h")) {
            throw new ProblemsError(problems);
        }
        useBundledTools();
        await command.parseAsync(args, { from: "user" });
    } catch (error) {
        process.exitCode = tell(error as Error, command, args);
    }
    process.exit();
}

/** Says what is wrong on standard error and returns the exit code. */
function tell(error: Error, command: Command, args: readonly string[]): number {
    const say = (text: string) => void process.stderr.write(`${visible(withoutPassword(text))}\n`);
    if (error instanceof CannotAskError) {
        const { stack } = command.opts<{ stack?: string }>();
        const up = `npm run up${stack === undefined ? "" : ` -- --stack ${stack}`}`;
        say(`Could not ask: ${error.message}\nIs the lab up? ${up}`);
        return exitCodes.cannotAsk;
    }
    if (error instanceof CommanderError && error.exitCode === 0) {
        return exitCodes.ok;
    }
    if (error instanceof UsageError || error instanceof CommanderError) {
        say(usageText(error, command, args));
        return exitCodes.usage;
    }
    say(told(error));
    return error instanceof ProblemsError ? exitCodes.usage : exitCodes.failed;
}

/** What is wrong with a command line, in one line, and where it says what is right. */
export function usageText(error: Error, command: Command, args: readonly string[]): string {
    const called = command.commands.find((one) => one.name() === args[0]) ?? command;
    const message = error instanceof CommanderError ? wrongLine(error, command) : error.message;
    return `${message} (help: ${lineOf(called)} --help)`;
}

/** What is wrong with a command line, from commander's own words. */
function wrongLine({ code, message }: CommanderError, command: Command): string {
    const names = command.commands.map((one) => one.name()).join(", ");
    if (code === "commander.help") {
        return `no command is given; it must be one of ${names}`;
    }
    const text = printable(message.replace(/^error: /, "").replace("\n(Did", " (Did"));
    return code === "commander.unknownCommand" ? `${text}; it must be one of ${names}` : text;
}

/** What takes the value of an option for a whole number, both ends included. */
export function numberOption(option: string, min: number, max: number): (text: string) => number {
    const { allows, legal, parse } = wholeNumber(min, max);
    return (text) => {
        if (!allows(text)) {
            throw new UsageError(`${option} is ${quote(text)}; it must be ${legal}`);
        }
        return parse(text);
    };
}

/** The value of `--within`. */
export function seconds(text: string): number {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value < 0 || value > 3600) {
        throw new UsageError(`--within is ${quote(text)}; it must be 0 to 3600 seconds`);
    }
    return value;
}

/**
 * Key and value of `key=value`.
 *
 * @param project Name of the project, which may stand before the key, as `pulumi config --json` shows it.
 * @param what What the text is, before it in the message, e.g. `--set is `.
 */
export function assignment(text: string, project: string, what = ""): [string, string] {
    const split = text.indexOf("=");
    if (split < 1) {
        const verdict = what === "" ? " is not key=value" : "; it must be key=value";
        throw new UsageError(`${what}${quote(text)}${verdict}, e.g. sharedService=false`);
    }
    const key = text.slice(0, split);
    const prefix = `${project}:`;
    return [key.startsWith(prefix) ? key.slice(prefix.length) : key, text.slice(split + 1)];
}

/**
 * Keys and values of many `key=value`.
 *
 * @throws UsageError as {@link assignment} does, and where a key has two values.
 */
export function assignments(
    texts: readonly string[],
    project: string,
    what = "",
): Record<string, string> {
    const values = new Map<string, string>();
    for (const text of texts) {
        const [key, value] = assignment(text, project, what);
        const before = values.get(key) ?? value;
        if (before !== value) {
            throw new UsageError(
                `${printable(key)} is both ${quote(before)} and ${quote(value)}; it must be one of them`,
            );
        }
        values.set(key, value);
    }
    return Object.fromEntries(values);
}
