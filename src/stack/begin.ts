import { Change } from "../lab/exercise";
import { localMachine } from "../machine/machine";
import { recordStep, startTimeline, timed } from "../machine/timeline";
import { LabStack } from "./home";
import { PulumiCli } from "./pulumi";
import { changeArgs, openStack, setConfig } from "./stack";

/** What a run on a stack is begun with. */
export interface Beginning<P> {
    /** When its command began, milliseconds since the epoch. */
    readonly since: number;
    /** Finds Pulumi. */
    readonly open: () => Promise<P>;
    /** Gets what is done, a line each. */
    readonly say: (line: string) => void;
    /** Aborted: no further change is made, and this throws. */
    readonly signal?: AbortSignal;
}

/**
 * Begins a run of Pulumi on a stack, up to its update: a new timeline, tools, the stack itself, and its settings. What a
 * user could be refused for comes before it: it would be no run, and the last one's timeline stays.
 *
 * @param changes Settings to be changed.
 * @returns What `open` has.
 * @throws Error if kind or Pulumi cannot be had, or Pulumi refuses the stack or a setting.
 */
export async function beginRun<P extends { readonly pulumi: PulumiCli }>(
    { name, config }: LabStack,
    changes: readonly Change[],
    { since, open, say, signal }: Beginning<P>,
): Promise<P> {
    startTimeline(name);
    recordStep({ name: "command", start: since, end: Date.now() });
    const opened = await timed({ name: "tools" }, async () => {
        if (config.clusterProvider === "kind") {
            await localMachine.kind();
        }
        return open();
    });
    await timed({ name: "stack" }, async () => {
        await openStack(opened.pulumi, name);
        for (const change of changes) {
            signal?.throwIfAborted();
            say(`pulumi ${changeArgs(change).join(" ")}`);
            await setConfig(opened.pulumi, name, change);
        }
    });
    return opened;
}
