import { requireEngine } from "../../machine/checks";
import { localMachine } from "../../machine/machine";
import { openFollowedPulumi } from "../../stack/follow";
import { LabStack } from "../../stack/home";
import { lockStack } from "../../stack/lock";
import { reconcile } from "../../stack/reconcile";
import { changeArgs, openStack, setConfig, upArgs } from "../../stack/stack";
import { Apply } from "./work";

/** Does what `pulumi config set` and `npm run up` do, but for the proof, which the board is itself. */
export function applyingTo(name: string): Apply {
    return async (changes, { onLine, signal }) => {
        const release = await lockStack(name, "board");
        try {
            const stack = new LabStack(name).with(changes);
            const { clusterProvider } = stack.config;
            if (clusterProvider === "kind") {
                await requireEngine();
                await localMachine.kind();
            }
            const { pulumi, follow } = await openFollowedPulumi();
            await openStack(pulumi, name);
            for (const change of changes) {
                signal.throwIfAborted();
                onLine(`pulumi ${changeArgs(change).join(" ")}`);
                await setConfig(pulumi, name, change);
            }
            signal.throwIfAborted();
            return await reconcile(stack, {
                pulumi,
                update: (options) =>
                    follow([...upArgs(name, options), "--diff"], { onLine, signal }),
                say: onLine,
            });
        } finally {
            release();
        }
    };
}
