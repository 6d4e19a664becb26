import { readProject } from "../../config/declaration";
import { requireLabConfig } from "../../config/parseLabConfig";
import { readStackValues } from "../../config/stackFile";
import { changed } from "../../lab/exercise";
import { requireEngine } from "../../machine/checks";
import { localMachine } from "../../machine/machine";
import { openFollowedPulumi } from "../../stack/follow";
import { lockStack } from "../../stack/lock";
import { bringInLine } from "../../stack/mend";
import { changeArgs, openStack, setConfig, upArgs } from "../../stack/stack";
import { Apply } from "./work";

/** Does what `pulumi config set` and `npm run up` do, but for the proof, which the board is itself. */
export function applyingTo(stack: string): Apply {
    return async (changes, { onLine, signal }) => {
        const own = changed(readStackValues(stack), changes);
        const { clusterProvider } = requireLabConfig(own, readProject());
        const release = await lockStack(stack, "board");
        try {
            if (clusterProvider === "kind") {
                await requireEngine();
                await localMachine.kind();
            }
            const { pulumi, follow } = await openFollowedPulumi();
            await openStack(pulumi, stack);
            for (const change of changes) {
                signal.throwIfAborted();
                onLine(`pulumi ${changeArgs(change).join(" ")}`);
                await setConfig(pulumi, stack, change);
            }
            signal.throwIfAborted();
            return await bringInLine(stack, {
                pulumi,
                update: (options) =>
                    follow([...upArgs(stack, options), "--diff"], { onLine, signal }),
                say: onLine,
            });
        } finally {
            release();
        }
    };
}
