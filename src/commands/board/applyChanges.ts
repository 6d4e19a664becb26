import { requireEngine } from "../../machine/checks";
import { recordEnd } from "../../machine/timeline";
import { beginRun } from "../../stack/begin";
import { openFollowedPulumi } from "../../stack/follow";
import { LabStack } from "../../stack/home";
import { lockStack } from "../../stack/lock";
import { reconcile } from "../../stack/reconcile";
import { upArgs } from "../../stack/stack";
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
            if (stack.config.clusterProvider === "kind") {
                await requireEngine();
            }
            const { pulumi, follow } = await beginRun(stack, changes, {
                since: Date.now(),
                open: openFollowedPulumi,
                say: onLine,
                signal,
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
