import { ParseArgsConfig, parseArgs } from "node:util";
import { CannotAskError, UsageError } from "../config/errors";
import { ProblemsError, printable, quote } from "../config/problem";
import { useBundledTools } from "../machine/bundledTools";

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

/** The options every command that works on a stack has. */
export const stackOption = { stack: { type: "string" } } as const;

/** The stack a command works on: `--stack`, else PULUMI_STACK, else `dev`. */
export function stackName(option: string | undefined): string {
    const stack = option ?? (process.env.PULUMI_STACK || "dev");
    const source = option === undefined ? "PULUMI_STACK" : "--stack";
    // Pulumi would take a leading "-" for an option.
    if (!/^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$/.test(stack)) {
        throw new UsageError(
            `${source} is ${quote(stack)}; it must be 1 to 100 letters, digits, "-", "_" or ".", and not begin with "-"`,
        );
    }
    return stack;
}

/** The value of `--within`. */
export function seconds(text: string): number {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value < 0 || value > 3600) {
        throw new UsageError(`--within is ${quote(text)}; it must be 0 to 3600 seconds`);
    }
    return value;
}

/** Key and value of `key=value`. */
export function assignment(text: string): [string, string] {
    const split = text.indexOf("=");
    if (split < 1) {
        throw new UsageError(`${quote(text)} is not key=value`);
    }
    return [text.slice(0, split), text.slice(split + 1)];
}

/** Node's own parser with its complaint as a {@link UsageError}. */
export function parseOptions<T extends ParseArgsConfig>(config: T) {
    try {
        return parseArgs(config);
    } catch (error) {
        const [reason = ""] = (error as Error).message.split("\n");
        throw new UsageError(printable(reason));
    }
}

/**
 * Runs a command's main function and ends the process with what it returns. The user's own mistakes are told
 * in their own words, without a stack trace.
 */
export function runCommand(usage: string, main: (args: string[]) => Promise<number>): void {
    const args = process.argv.slice(2);
    if (args.includes("--help") || args.includes("-h")) {
        process.stdout.write(`${usage}\n`);
        process.exit(exitCodes.ok);
    }
    useBundledTools();
    // Called in `then`, so that what a main throws before it returns its promise is told like the rest.
    Promise.resolve(args)
        .then(main)
        .then(
            (code) => process.exit(code),
            (error: Error) => {
                if (error instanceof CannotAskError) {
                    process.stderr.write(
                        `Could not ask: ${error.message}\nIs the lab up? npm run up\n`,
                    );
                    process.exit(exitCodes.cannotAsk);
                }
                const isUsage = error instanceof UsageError;
                const hint = isUsage ? ` (usage: ${usage.split("\n")[0]})` : "";
                process.stderr.write(`${error.message}${hint}\n`);
                process.exit(
                    isUsage || error instanceof ProblemsError ? exitCodes.usage : exitCodes.failed,
                );
            },
        );
}
