import { constants } from "node:os";

/** Signals that tell a program to end: Ctrl-C, a CI system's cancel, a closed terminal. */
export const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export type Ending = (typeof endings)[number];

/**
 * Calls back at every such signal that this process is given, which then does not end it.
 *
 * @returns What gives the signals back.
 */
export function onSignals(signals: readonly Ending[], react: (signal: Ending) => void): () => void {
    const listeners = signals.map((signal) => [signal, () => react(signal)] as const);
    listeners.forEach(([signal, listener]) => process.on(signal, listener));
    return () => listeners.forEach(([signal, listener]) => void process.off(signal, listener));
}

/** Aborts, with the signal's name as the reason, when this process is told to end; for good. */
export function abortedBy(signals: readonly Ending[]): AbortSignal {
    const interruption = new AbortController();
    onSignals(signals, (signal) => interruption.abort(signal));
    return interruption.signal;
}

/** Exit code of a program that was ended by a signal, e.g. 130 for Ctrl-C. */
export function signalCode(signal: NodeJS.Signals): number {
    return 128 + constants.signals[signal];
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

/** Process groups of programs that run now, apart from the terminal's. */
const groups = new Set<number>();
let stopListening: (() => void) | undefined;

/**
 * Treats a process group as the terminal would if it were in its foreground: Ctrl-C and the terminal's end reach it,
 * and it does not outlive this process when nobody else listens to the signal.
 *
 * @returns What is called when it has ended.
 */
export function followGroup(pid: number): () => void {
    stopListening ??= onSignals(endings, hear);
    groups.add(pid);
    return () => {
        groups.delete(pid);
        if (groups.size === 0) {
            stopListening?.();
            stopListening = undefined;
        }
    };
}

function hear(signal: Ending): void {
    const isLast = process.listenerCount(signal) === 1;
    if (isLast || signal !== "SIGTERM") {
        groups.forEach((pid) => signalGroup(pid, signal));
    }
    if (isLast) {
        stopListening?.();
        stopListening = undefined;
        process.kill(process.pid, signal);
    }
}
