import { RunOptions, RunResult, Runner } from "../../src/machine/run";

// The answers of these tests are docker's, whatever engine kind is told to use outside.
delete process.env.KIND_EXPERIMENTAL_PROVIDER;

/** One program that was run, as it was asked for. */
export interface Call {
    /** Program and arguments. */
    readonly argv: readonly string[];
    /** The same as one line, for prefixes and messages. */
    readonly line: string;
    readonly options: RunOptions;
}

/** What a program leaves behind; exit code 0 and no output where nothing is said. */
export type Answer = Partial<RunResult> | ((call: Call) => Partial<RunResult>);

export interface FakeRunner {
    readonly run: Runner;
    /** Every call, in order. */
    readonly calls: readonly Call[];
    /** The calls whose line starts so. */
    readonly callsOf: (prefix: string) => Call[];
}

/** Answers by the beginning of the command line. */
export type Answers = Readonly<Record<string, Answer>>;

/**
 * A Runner that runs nothing. The first of the given answers whose key the command line starts with is taken; a
 * program nobody expected is an error that names it.
 */
export function fakeRunner(...answers: readonly Answers[]): FakeRunner {
    const known = answers.flatMap((some) => Object.entries(some));
    const calls: Call[] = [];
    const run: Runner = (program, args, options = {}) => {
        const argv = [program, ...args];
        const call = { argv, line: argv.join(" "), options };
        calls.push(call);
        const found = known.find(([prefix]) => call.line.startsWith(prefix));
        if (found === undefined) {
            return Promise.reject(new Error(`nobody expected: ${call.line}`));
        }
        const [, answer] = found;
        const result = typeof answer === "function" ? answer(call) : answer;
        return Promise.resolve({ code: 0, stdout: "", stderr: "", ...result });
    };
    return {
        run,
        calls,
        callsOf: (prefix) => calls.filter(({ line }) => line.startsWith(prefix)),
    };
}
