import { requireEngine } from "../../machine/checks";
import { localMachine } from "../../machine/machine";
import { recordEnd, recordStep, startTimeline, timed } from "../../machine/timeline";
import { openFollowedPulumi } from "../../stack/follow";
import { LabStack } from "../../stack/home";
import { lockStack } from "../../stack/lock";
import { reconcile } from "../../stack/reconcile";
import { changeArgs, openStack, setConfig, upArgs } from "../../stack/stack";
import { Apply } from "./work";

/**
 * Does what `pulumi config set` and `npm run up` do, but for the proof, which the board is itself. Keeps the run's
 * timeline as `npm run up` does, so that a class's wall and `npm run timeline` tell of it.
 */
export function applyingTo(name: string): Apply {
    return async (changes, { onLine, signal, onLocked }) => {
        const release = await lockStack(name, "board");
        try {
            onLocked();
            const stack = new LabStack(name).with(changes);
            const { clusterProvider } = stack.config;
            if (clusterProvider === "kind") {
                await requireEngine();
            }
            startTimeline(name);
            const now = Date.now();
            recordStep({ name: "command", start: now, end: now });
            const { pulumi, follow } = await timed({ name: "tools" }, async () => {
                if (clusterProvider === "kind") {
                    await localMachine.kind();
                }
                return openFollowedPulumi();
            });
            await timed({ name: "stack" }, async () => {
                await openStack(pulumi, name);
                for (const change of changes) {
                    signal.throwIfAborted();
                    onLine(`pulumi ${changeArgs(change).join(" ")}`);
                    await setConfig(pulumi, name, change);
                }
            });
            signal.throwIfAborted();
            const code = await reconcile(stack, {
                pulumi,
                update: (options) =>
                    follow([...upArgs(name, options), "--diff"], { onLine, signal }),
                say: onLine,
            });
            if (code !== 0) {
                recordEnd(name, whyNot(signal.aborted));
            }
            return code;
        } finally {
            release();
        }
    };
}

function whyNot(isCancelled: boolean): string {
    return isCancelled
        ? "the change on the board was cancelled; the next one continues from there"
        : "the change on the board failed; the board says why";
}
