import { ChildProcess, ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Readable } from "node:stream";
import { printable } from "../config/problem";
import { followGroup, signalGroup } from "./signals";

/** What a program left behind. */
export interface RunResult {
    /** Exit code; 127 if the program could not be started, 128 and more if a signal ended it. */
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

export interface RunOptions {
    /** Text for the program's standard input. */
    readonly input?: string;
    /** The same as it comes; where it fails, the program is killed before it takes that for the end. */
    readonly inputStream?: Readable;
    /** A program and its arguments whose standard output is the program's input; if it fails, so does the program. */
    readonly pipedFrom?: readonly string[];
    /** Called for every line of standard error as it comes. */
    readonly onStderrLine?: (line: string) => void;
    /** Called with the process id once the program runs. */
    readonly onStart?: (pid: number) => void;
    /**
     * Milliseconds after which the program is killed, with all that it has started; the exit code is then 137. No limit
     * by default.
     */
    readonly timeoutMs?: number;
    readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program with an argument list, never through a shell. Tests hand in their own. */
export type Runner = (
    program: string,
    args: readonly string[],
    options?: RunOptions,
) => Promise<RunResult>;

/** Runs real programs. Never rejects: a program that is missing has exit code 127 and a reason in stderr. */
export const run: Runner = async (program, args, options = {}) => {
    const [source, ...sourceArgs] = options.pipedFrom ?? [];
    if (source === undefined) {
        return start(program, args, options).ended;
    }
    const { env, timeoutMs } = options;
    const from = start(source, sourceArgs, { env, timeoutMs }, true);
    const to = start(program, args, options);
    if (to.child !== undefined) {
        from.child?.stdout.pipe(to.child.stdin);
    }
    void from.ended.then(() => to.child?.stdin.end());
    // Else a source whose reader is gone would wait for it.
    void to.ended.then(() => from.child?.stdout.destroy());
    const [sent, received] = await Promise.all([from.ended, to.ended]);
    // A reader that ends early takes its source along, so what it says counts first.
    return received.code === 0 && sent.code !== 0 ? { ...received, ...sent } : received;
};

/** Starts a program whose standard output is wanted as it comes. Its end tells nothing of that output. */
export function runAsSource(
    program: string,
    args: readonly string[],
    options: Pick<RunOptions, "timeoutMs"> = {},
): { readonly output: Readable; readonly ended: Promise<RunResult> } {
    const { child, ended } = start(program, args, options, true);
    return { output: child?.stdout ?? Readable.from([]), ended };
}

function start(
    program: string,
    args: readonly string[],
    options: RunOptions,
    isSource = false,
): { readonly child?: ChildProcessWithoutNullStreams; readonly ended: Promise<RunResult> } {
    const { timeoutMs } = options;
    let child: ChildProcessWithoutNullStreams;
    try {
        child = spawn(program, args, {
            stdio: ["pipe", "pipe", "pipe"],
            env: options.env ?? process.env,
            // A group of its own can be killed as a whole.
            detached: timeoutMs !== undefined,
        });
    } catch (error) {
        // Node.js throws what it does not expect of a program: a link to itself, a format, too many arguments.
        return {
            ended: Promise.resolve({ code: 127, stdout: "", stderr: (error as Error).message }),
        };
    }
    const ended = endOf(child, program, options, isSource);
    // A program that ends before it has read its input closes the pipe; its exit code tells the story.
    child.stdin.on("error", () => undefined);
    if (options.inputStream !== undefined) {
        options.inputStream.on("error", () => child.kill("SIGKILL")).pipe(child.stdin);
    } else if (options.pipedFrom === undefined) {
        child.stdin.end(options.input ?? "");
    }
    return { child, ended };
}

/** What a program that was started comes to, within its time limit. */
function endOf(
    child: ChildProcessWithoutNullStreams,
    program: string,
    { timeoutMs, ...options }: RunOptions,
    isSource: boolean,
): Promise<RunResult> {
    return new Promise((resolve) => {
        let stdout = "";
        let stderr = "";
        let partial = "";
        if (!isSource) {
            child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
        }
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
            stderr += chunk;
            const lines = (partial + chunk).split(/\r?\n|\r/);
            partial = lines.pop() ?? "";
            lines.filter((line) => line !== "").forEach((line) => options.onStderrLine?.(line));
        });
        child.on("error", (error) => resolve({ code: 127, stdout, stderr: error.message }));
        child.on("spawn", () => options.onStart?.(child.pid!));
        child.on("close", (code, signal) => {
            if (partial !== "") {
                options.onStderrLine?.(partial);
            }
            const byNoCode = signal === "SIGKILL" ? 137 : 128;
            resolve({ code: code ?? byNoCode, stdout, stderr });
        });
        if (!isSource) {
            closeWhenQuiet(child);
        }
        limit(child, timeoutMs, () => {
            const reason = `${program} did not answer within ${timeoutMs! / 1000} s and was stopped`;
            // One that has ended and left its output to another program is no slow one.
            resolve(
                child.exitCode === null
                    ? { code: 137, stdout, stderr: `${stderr}\n${reason}\n`.trimStart() }
                    : { code: child.exitCode, stdout, stderr },
            );
        });
    });
}

/** How long the output of a program that has ended may say nothing before it is given up, in milliseconds. */
const quietMs = 2_000;

/**
 * Closes the output of a program that has ended and left it to another one, which may hold it for ever: a daemon that it
 * has started, a master connection of SSH. What still comes is heard.
 */
export function closeWhenQuiet(
    child: ChildProcess & { readonly stdout: Readable; readonly stderr: Readable },
): void {
    let quiet: NodeJS.Timeout | undefined;
    const outputs = [child.stdout, child.stderr];
    outputs.forEach((output) => output.on("data", () => quiet?.refresh()));
    child.on("exit", () => {
        quiet = setTimeout(() => outputs.forEach((output) => output.destroy()), quietMs);
    });
    child.on("close", () => clearTimeout(quiet));
}

/** Kills a program and all of its group when its time is over, and waits for none of them: they may not even die. */
function limit(
    child: ChildProcessWithoutNullStreams,
    timeoutMs: number | undefined,
    onEnd: () => void,
): void {
    if (timeoutMs === undefined || child.pid === undefined) {
        return;
    }
    const pid = child.pid;
    const unfollow = followGroup(pid);
    const timer = setTimeout(() => {
        signalGroup(pid, "SIGKILL");
        [child.stdin, child.stdout, child.stderr].forEach((stream) => stream.destroy());
        child.unref();
        onEnd();
    }, timeoutMs);
    child.on("exit", unfollow);
    child.on("close", () => clearTimeout(timer));
}

/** Whether a program could not be started, and it is the system that says so: `spawn docker ENOENT`. */
export function isSpawnError(code: number, stderr: string): boolean {
    return code === 127 && /^(spawn\b.*\bE[A-Z0-9]+)?$/.test(stderr.trim());
}

/** Whether an exit code says that a signal ended the program. */
export function isSignal(code: number): boolean {
    return code >= 128;
}

/** Last line of a program's output that says something, for one-sentence messages, as it can be printed. */
export function lastLine(text: string): string {
    return printable(text.trim().split(/\r?\n/).pop() ?? "", 500);
}
