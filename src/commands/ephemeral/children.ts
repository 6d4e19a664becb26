import { ChildProcess, spawn } from "node:child_process";
import { endings, onSignals, signalCode, signalGroup } from "../../machine/signals";

/**
 * What a child is sent when this process is told to end: `interrupt` is Ctrl-C, on which the lab's own commands
 * end in order; `same` the signal that was given; `nothing` is for what must not be cut off.
 */
export type Hearing = "interrupt" | "same" | "nothing";

/** How a child is run. */
export interface ChildOptions {
    readonly hears: Hearing;
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    /** Stays in the terminal's foreground, for a command that talks with the user. */
    readonly interactive?: boolean;
}

/** Milliseconds after which a child that was told to end is killed. */
const graceMs = 30_000;

/**
 * Runs programs on this terminal, one after the other. Each is a process group of its own, so that a Ctrl-C reaches
 * it through this process alone, and only once: at a second one Pulumi would drop what it is doing.
 */
export class Children {
    private signal: NodeJS.Signals | undefined;
    private running: { readonly child: ChildProcess; readonly options: ChildOptions } | undefined;

    /**
     * @param told Called with the first signal that this process is given.
     * @param grace Milliseconds between that and the end of a child that does not listen.
     */
    constructor(
        private readonly told: (signal: NodeJS.Signals) => void,
        private readonly grace = graceMs,
    ) {
        onSignals(endings, (signal) => this.hear(signal));
    }

    /** Exit code of a process that is ended by the signal this one was given; undefined without one. */
    interrupted(): number | undefined {
        return this.signal && signalCode(this.signal);
    }

    /** Runs a program to its end; 127 if it cannot be started, 128 and more if a signal ended it. */
    run(program: string, args: readonly string[], options: ChildOptions): Promise<number> {
        const { cwd, env, interactive = false } = options;
        return new Promise((resolve) => {
            const child = spawn(program, args, {
                stdio: "inherit",
                detached: !interactive,
                cwd,
                env,
            });
            this.running = { child, options };
            const end = (code: number) => {
                this.running = undefined;
                resolve(code);
            };
            child.on("error", ({ message }) => {
                process.stderr.write(`${program} cannot be started: ${message}\n`);
                end(127);
            });
            child.on("exit", (code, signal) => end(code ?? signalCode(signal!)));
        });
    }

    private hear(signal: NodeJS.Signals): void {
        if (this.signal !== undefined) {
            return;
        }
        this.signal = signal;
        this.told(signal);
        const running = this.running;
        if (running === undefined || running.options.hears === "nothing") {
            return;
        }
        // From a terminal, Ctrl-C has reached what is in its foreground already.
        if (!(running.options.interactive && signal === "SIGINT")) {
            send(running, running.options.hears === "interrupt" ? "SIGINT" : signal);
        }
        setTimeout(() => {
            if (this.running === running) {
                send(running, "SIGKILL");
            }
        }, this.grace).unref();
    }
}

function send(
    { child, options }: { readonly child: ChildProcess; readonly options: ChildOptions },
    signal: NodeJS.Signals,
): void {
    if (child.pid === undefined) {
        return;
    }
    if (options.interactive) {
        child.kill(signal);
    } else {
        signalGroup(child.pid, signal);
    }
}
