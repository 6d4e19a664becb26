import { possibleClusters } from "../config/labConfig";
import { requireNone } from "../config/problem";
import { Machine } from "../machine/machine";
import { kindClusterName, nodeName } from "../machine/names";
import { lastLine } from "../machine/run";
import { teardownProblems } from "../mesh/existing/ownership";
import { pruneCluster } from "../mesh/existing/prune";
import { existingClusters, stackLabel } from "../mesh/existing/record";
import { foreignCluster, kindNodes } from "../mesh/kind/observation";
import { readRecord, recordPath } from "../mesh/kind/record";
import { deleteLeftover } from "../mesh/kind/remove";
import { forgetStack, existingInState } from "./backend";
import { clearDeadLock } from "./backendLock";
import { LabStack } from "./home";
import { hasKindClusters, readOrigin } from "./origin";
import { PulumiCli, isInterruption } from "./pulumi";
import { dropSalt } from "./salt";
import { requireStateInSight, stackExists } from "./stack";
import { removeStackFolder, restoreSettings, settingsBefore } from "./tourSettings";

/** What a {@link takeDown} came to. */
export interface TakenDown {
    /**
     * 0, or the exit code of a `destroy` that was interrupted, after which the rest is not done. One that fails by
     * itself, e.g. on a state of an earlier version of this project, is done without.
     */
    readonly code: number;
    /** What of the stack's names is still there, or may be, in sentences; it is none of this checkout's, or out of sight. */
    readonly left: readonly string[];
}

/** Whether a stack is in existing clusters, by its records, else by its config. */
export function isInExisting(stack: LabStack): boolean {
    return (
        existingClusters(stack.name).length > 0 ||
        (!hasKindClusters(stack.name) && wantsExisting(stack))
    );
}

function wantsExisting(stack: LabStack): boolean {
    try {
        return stack.values.clusterProvider === "existing";
    } catch {
        // What is wrong with its file keeps nobody from taking it down.
        return false;
    }
}

/**
 * Deletes a stack's clusters, its state and its files; a cluster that this checkout did not make stays. The stack
 * must be locked.
 *
 * All that a stack has is in its clusters. So where they are kind's and the state is this checkout's own, they are
 * deleted first and Pulumi forgets the rest, without its `destroy`, which would take as long again. It is run where
 * that is not all: for existing clusters, for a state that others may look at, and if a cluster is left that only the
 * state knows.
 *
 * @param destroy Runs Pulumi's destroy of the stack and returns its exit code.
 * @throws ProblemsError if what the stack made cannot be taken out of clusters that are not its own, or its state is
 *   in another backend; nothing is changed then.
 * @throws Error if Pulumi, kind or the engine fails, or if another Pulumi works on the stack.
 */
export async function takeDown(
    stack: LabStack,
    pulumi: PulumiCli,
    machine: Machine,
    destroy: () => Promise<number>,
): Promise<TakenDown> {
    const { name } = stack;
    requireNone(await teardownProblems(name));
    await requireStateInSight(pulumi, name);
    await clearDeadLock(pulumi, name, machine.say);
    // By the state, too: where the records are lost, it alone knows what is in the user's clusters.
    const inState = existingInState(pulumi, name);
    const isExisting = isInExisting(stack) || inState.length > 0;
    const recorded: readonly string[] = existingClusters(name);
    const [exists, kindLeft] = await Promise.all([
        stackExists(pulumi, name),
        pulumi.isOwnBackend && !isExisting ? deleteKindClusters(name, machine) : undefined,
    ]);
    const isGone = kindLeft?.nodes.length === 0;
    const ways: Ways = {
        isOfKind: !isExisting,
        destroy: isGone ? undefined : destroy,
        isEnough: pulumi.isOwnBackend && inState.every((cluster) => recorded.includes(cluster)),
    };
    const given = exists ? await giveUp(name, pulumi, machine, ways) : {};
    const { code = 0, isRestored = settingsBefore(name) === "nothing" } = given;
    if (code !== 0) {
        return { code, left: [] };
    }
    if (pulumi.isOwnBackend) {
        dropSalt(name);
        forgetStack(name);
    }
    if (!isGone) {
        await deleteLeftovers(name, machine);
    }
    const left = isExisting
        ? unknownLines(name, exists || recorded.length > 0)
        : [
              ...(kindLeft?.unseen ?? []),
              ...(isGone ? [] : (await kindLeftOf(name, machine)).map(foreignLine)),
          ];
    removeStackFolder(name, { keepTour: !isRestored }, machine);
    return { code, left };
}

/** How a stack is given up. */
interface Ways {
    /** Undefined where all that the state has is gone. */
    readonly destroy: (() => Promise<number>) | undefined;
    /** Whether the records tell all that is to be deleted in existing clusters, so that `destroy` may fail. */
    readonly isEnough: boolean;
    /** Whether its clusters are kind's. */
    readonly isOfKind: boolean;
}

/**
 * Gives up a stack that the backend has.
 *
 * @returns The exit code of a destroy after which nothing more may be done, or whether the tour's settings are restored.
 */
async function giveUp(
    stack: string,
    pulumi: PulumiCli,
    machine: Machine,
    { destroy, isEnough, isOfKind }: Ways,
): Promise<{ readonly code?: number; readonly isRestored?: boolean }> {
    const code = (await destroy?.()) ?? 0;
    if (isInterruption(code) || (code !== 0 && !isEnough)) {
        return { code };
    }
    const left = code !== 0 && isOfKind ? await kindLeftOf(stack, machine) : [];
    if (left.length > 0) {
        left.map(orphanLine).forEach(machine.say);
        return { code };
    }
    if (code !== 0) {
        machine.say("\nPulumi cannot delete the lab; what it created is deleted without Pulumi.");
        await deleteLeftovers(stack, machine);
    }
    const isRestored = await restoreSettings(pulumi, stack, machine);
    const force = destroy === undefined || code !== 0 ? ["--force"] : [];
    const removed = await pulumi.ask([
        ...["stack", "rm", "--yes", "--preserve-config", ...force, stack],
    ]);
    if (removed.code !== 0) {
        throw new Error(
            `the clusters are gone, but Pulumi keeps the stack: ${lastLine(removed.stderr)}`,
        );
    }
    return { isRestored };
}

/** Deletes the kind clusters that a stack's records tell of, all at the same time, and tells what is not gone with them. */
async function deleteKindClusters(stack: string, machine: Machine) {
    const finished = possibleClusters.filter(
        (cluster) => readRecord(recordPath(stack, cluster))?.phase === "ready",
    );
    const deleted = await Promise.all(
        possibleClusters.map((cluster) => deleteLeftover(stack, cluster, machine)),
    );
    const nodes = await kindLeftOf(stack, machine);
    // One that is not there on an engine that may be another one need not be gone.
    const isSameEngine = readOrigin(stack)?.engine?.id !== undefined;
    const unseen = finished
        .filter((cluster) => !isSameEngine && !deleted[possibleClusters.indexOf(cluster)])
        .map((cluster) => kindClusterName(stack, cluster))
        .filter((name) => !nodes.includes(name))
        .map(
            (name) =>
                `${name} is not on this engine and counts as deleted; if another one has it (docker context ls): kind delete cluster --name ${name} there.`,
        );
    return { nodes, unseen };
}

/** Names of a stack's kind clusters that are there. */
async function kindLeftOf(stack: string, machine: Machine): Promise<string[]> {
    const nodes = await kindNodes(machine.run);
    return possibleClusters
        .map((cluster) => kindClusterName(stack, cluster))
        .filter((name) => nodes.includes(nodeName(name)));
}

function foreignLine(name: string): string {
    return `${foreignCluster(name)}.`;
}

function orphanLine(name: string): string {
    return `\n${name} still exists, and only the state can tell whom it belongs to, so the stack is kept. If nobody needs it: kind delete cluster --name ${name}`;
}

/** What to say of a stack that is meant for existing clusters, where neither record nor state tells what is in them. */
function unknownLines(stack: string, isKnown: boolean): string[] {
    return isKnown
        ? []
        : [
              `Neither record nor state of stack ${stack} is here. Whatever it has in your clusters stays there, and carries a label: kubectl get all -A -l ${stackLabel}`,
          ];
}

/** Clusters that are not the stack's own lose what carries its mark. */
async function deleteLeftovers(stack: string, machine: Machine): Promise<void> {
    for (const cluster of existingClusters(stack)) {
        await pruneCluster(stack, cluster);
    }
    for (const cluster of possibleClusters) {
        await deleteLeftover(stack, cluster, machine);
    }
}
