import { ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Readable } from "node:stream";

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
    /** A program and its arguments whose standard output is the program's input; if it fails, so does the program. */
    readonly pipedFrom?: readonly string[];
    /** Called for every line of standard error as it comes. */
    readonly onStderrLine?: (line: string) => void;
    /** Called with the process id once the program runs. */
    readonly onStart?: (pid: number) => void;
    /** Milliseconds after which the program is killed; the exit code is then 137. No limit by default. */
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
    const from = start(source, sourceArgs, { env: options.env }, true);
    const to = start(program, args, options);
    from.child.stdout.pipe(to.child.stdin);
    void from.ended.then(() => to.child.stdin.end());
    // Else a source whose reader is gone would wait for it.
    void to.ended.then(() => from.child.stdout.destroy());
    const [sent, received] = await Promise.all([from.ended, to.ended]);
    // A reader that ends early takes its source along, so what it says counts first.
    return received.code === 0 && sent.code !== 0 ? { ...received, ...sent } : received;
};

/** Starts a program whose standard output is wanted as it comes. Its end tells nothing of that output. */
export function runAsSource(
    program: string,
    args: readonly string[],
): { readonly output: Readable; readonly ended: Promise<RunResult> } {
    const { child, ended } = start(program, args, {}, true);
    return { output: child.stdout, ended };
}

function start(
    program: string,
    args: readonly string[],
    options: RunOptions,
    isSource = false,
): { readonly child: ChildProcessWithoutNullStreams; readonly ended: Promise<RunResult> } {
    const child = spawn(program, args, {
        stdio: ["pipe", "pipe", "pipe"],
        env: options.env ?? process.env,
        timeout: options.timeoutMs,
        killSignal: "SIGKILL",
    });
    const ended = new Promise<RunResult>((resolve) => {
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
    });
    // A program that ends before it has read its input closes the pipe; its exit code tells the story.
    child.stdin.on("error", () => undefined);
    if (options.pipedFrom === undefined) {
        child.stdin.end(options.input ?? "");
    }
    return { child, ended };
}

/** Whether an exit code says that a signal ended the program. */
export function isSignal(code: number): boolean {
    return code >= 128;
}

/** Last line of a program's output that says something, for one-sentence messages. */
export function lastLine(text: string): string {
    return text.trim().split(/\r?\n/).pop()?.trim() ?? "";
}

/** Sends a signal to a process group, or to the process alone where it leads none. One that is gone is fine. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
    for (const target of [-pid, pid]) {
        try {
            process.kill(target, signal);
            return;
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
                throw error;
            }
        }
    }
}
