import { UsageError } from "../../config/errors";
import { Change } from "../../lab/exercise";
import { told } from "../told";

/** How a change of the lab goes on. */
export interface WorkView {
    readonly state: "running" | "done" | "failed" | "cancelled";
    /** The commands that do the same. */
    readonly commands: readonly string[];
    /** What Pulumi said, the last lines. */
    readonly lines: readonly string[];
    /** Milliseconds since the epoch. */
    readonly startedAt: number;
    readonly endedAt?: number;
    /** What a guess was worth, and what the step teaches; known at the end. */
    readonly told: readonly string[];
}

/** Changes a stack's config and reconciles the lab with it; returns Pulumi's exit code. */
export type Apply = (
    changes: readonly Change[],
    watched: {
        readonly onLine: (line: string) => void;
        readonly signal: AbortSignal;
        /** Called once nobody else can work on the stack, before anything is changed; what it throws ends the change. */
        readonly onLocked: () => void;
    },
) => Promise<number>;

/** What is done at the turns of a change. */
export interface Turns {
    /** Called before anything is changed, once nobody else can change it. */
    readonly whenBegun: () => void;
    /** Called after a change that went well; what it returns is told at the page. */
    readonly whenDone: () => string[];
}

/** Lines of Pulumi's that are kept. */
const mostLines = 400;

/** One change of the lab at a time. */
export class Work {
    private current: WorkView | undefined;
    private control: AbortController | undefined;
    private ended: Promise<void> = Promise.resolve();

    constructor(
        private readonly apply: Apply,
        private readonly now: () => number,
    ) {}

    /** The change that runs, or the last one; undefined before the first. */
    get view(): WorkView | undefined {
        return this.current;
    }

    get isRunning(): boolean {
        return this.current?.state === "running";
    }

    /** Whether a change has run since then (milliseconds since the epoch), or does. */
    hasRunSince(time: number): boolean {
        return this.isRunning || (this.current?.endedAt ?? -Infinity) >= time;
    }

    /**
     * Begins a change.
     *
     * @param turns What is done at its turns.
     * @throws UsageError while another one runs.
     */
    start(changes: readonly Change[], commands: readonly string[], turns: Turns): void {
        if (this.isRunning) {
            throw new UsageError("another change is on its way; wait for its end, or cancel it");
        }
        const control = new AbortController();
        this.control = control;
        this.current = { state: "running", commands, lines: [], startedAt: this.now(), told: [] };
        this.ended = this.apply(changes, {
            onLine: (line) => this.say(line),
            signal: control.signal,
            onLocked: turns.whenBegun,
        })
            .then((code) => ({
                state: code === 0 ? ("done" as const) : ("failed" as const),
                told: code === 0 ? turns.whenDone() : [],
            }))
            .catch((error: Error) => {
                // What a cancelled change throws between two of its steps says nothing more.
                if (error.name !== "AbortError") {
                    told(error)
                        .split("\n")
                        .forEach((line) => this.say(line));
                }
                return { state: "failed" as const, told: [] };
            })
            .then((end) => {
                const isCancelled = end.state === "failed" && control.signal.aborted;
                const endedAt = this.now();
                this.change({ ...end, ...(isCancelled ? { state: "cancelled" } : {}), endedAt });
            });
    }

    /** Has Pulumi end in order, as Ctrl-C does. Resolves when it has. */
    async cancel(): Promise<void> {
        this.control?.abort();
        await this.ended;
    }

    private say(line: string): void {
        this.change({ lines: [...(this.current?.lines ?? []), line].slice(-mostLines) });
    }

    private change(more: Partial<WorkView>): void {
        this.current = this.current && { ...this.current, ...more };
    }
}
