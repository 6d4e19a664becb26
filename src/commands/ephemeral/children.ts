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

/** How long is waited, in milliseconds. */
interface Patience {
    /** Between the first signal and the end of a child that does not listen; 30 s by default. */
    readonly graceMs?: number;
    /** Between two signals that count as two, 0.5 s by default: a Ctrl-C comes from the terminal, and from npm again. */
    readonly apartMs?: number;
}

/** The third signal while nothing more may be cut off interrupts that, the fourth ends everything. */
const interrupting = 2;
const endingAll = 3;

/**
 * Runs programs on this terminal, one after the other. Each is a process group of its own, so that a Ctrl-C reaches
 * it through this process alone, and only once: at a second one Pulumi would drop what it is doing.
 */
export class Children {
    private signal: NodeJS.Signals | undefined;
    private running: { readonly child: ChildProcess; readonly options: ChildOptions } | undefined;

    private lastAt = -Infinity;
    /** Signals after the first one that came while what must not be cut off, or nothing, ran. */
    private insistence = 0;

    /**
     * @param told Called with the first signal that this process is given, and 0; then with each that insists on an end
     *   where nothing may be cut off, and which one it is: the second interrupts what runs, the third ends this process.
     */
    constructor(
        private readonly told: (signal: NodeJS.Signals, insistence: number) => void,
        private readonly patience: Patience = {},
    ) {
        onSignals(endings, (signal) => this.hear(signal));
    }

    /** Exit code of a process that is ended by the signal this one was given; undefined without one. */
    interrupted(): number | undefined {
        return this.signal && signalCode(this.signal);
    }

    /**
     * Runs a program to its end; 127 if it cannot be started, 128 and more if a signal ended it. After a signal to this
     * process nothing is begun but what must not be cut off, and that only until somebody insists.
     */
    run(program: string, args: readonly string[], options: ChildOptions): Promise<number> {
        const { cwd, env, interactive = false } = options;
        const isLast = options.hears === "nothing" && this.insistence < interrupting;
        const interrupted = this.interrupted();
        if (interrupted !== undefined && !isLast) {
            return Promise.resolve(interrupted);
        }
        return new Promise((resolve) => {
            const end = (code: number) => {
                this.running = undefined;
                resolve(code);
            };
            const fail = ({ message }: Error) => {
                process.stderr.write(`${program} cannot be started: ${message}\n`);
                end(127);
            };
            try {
                const child = spawn(program, args, {
                    stdio: "inherit",
                    detached: !interactive,
                    cwd,
                    env,
                });
                this.running = { child, options };
                child.on("error", fail);
                child.on("exit", (code, signal) => end(code ?? signalCode(signal!)));
            } catch (error) {
                // Of what Node.js does not expect, a link to itself e.g.
                fail(error as Error);
            }
        });
    }

    private hear(signal: NodeJS.Signals): void {
        const now = performance.now();
        if (now - this.lastAt < (this.patience.apartMs ?? 500)) {
            return;
        }
        this.lastAt = now;
        if (this.signal === undefined) {
            this.signal = signal;
            this.told(signal, 0);
            this.end(signal);
        } else if (this.running === undefined || this.running.options.hears === "nothing") {
            this.insist(signal);
        }
    }

    /** Ends what runs, if it may be cut off. */
    private end(signal: NodeJS.Signals): void {
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
        }, this.patience.graceMs ?? 30_000).unref();
    }

    /** Else a hung engine would hold whoever waits here for minutes. */
    private insist(signal: NodeJS.Signals): void {
        this.insistence += 1;
        this.told(signal, this.insistence);
        if (this.insistence >= interrupting && this.running !== undefined) {
            send(this.running, this.insistence >= endingAll ? "SIGKILL" : "SIGINT");
        }
        if (this.insistence >= endingAll) {
            process.exit(this.interrupted());
        }
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
