import { setTimeout as sleep } from "node:timers/promises";
import { Runner } from "../src/machine/run";

/** Thrown where the user has ended the bench. */
export class InterruptedError extends Error {
    constructor() {
        super("interrupted");
        this.name = "InterruptedError";
    }
}

/**
 * A runner that starts nothing more once the signal is given. A program that runs then is told to end, unless
 * it heard it from the terminal itself.
 */
export function interruptible(run: Runner, signal: AbortSignal): Runner {
    return async (program, args, options = {}) => {
        throwIfInterrupted(signal);
        let pid: number | undefined;
        const hear = () => {
            if (pid !== undefined && signal.reason !== "SIGINT") {
                process.kill(pid, "SIGTERM");
            }
        };
        const onStart = (started: number) => {
            pid = started;
            options.onStart?.(started);
        };
        signal.addEventListener("abort", hear);
        const result = await run(program, args, { ...options, onStart });
        signal.removeEventListener("abort", hear);
        throwIfInterrupted(signal);
        return result;
    };
}

/** A sleep that the signal ends. @throws InterruptedError when it does. */
export function interruptibleSleep(signal: AbortSignal): (ms: number) => Promise<void> {
    return (ms) =>
        sleep(ms, undefined, { signal }).catch(() => {
            throw new InterruptedError();
        });
}

/** @throws InterruptedError if the signal was given. */
function throwIfInterrupted(signal: AbortSignal): void {
    if (signal.aborted) {
        throw new InterruptedError();
    }
}
