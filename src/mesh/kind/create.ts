import { ProblemsError } from "../../config/problem";
import { engineProgram } from "../../machine/engine";
import { Machine } from "../../machine/machine";
import { nodeName } from "../../machine/names";
import { timed } from "../../machine/timeline";
import { imageReferences } from "../cilium/images";
import { ClusterOrder, clusterIdentity, fixedPart } from "./kindConfig";
import { exportKubeconfig } from "./kubeconfigs";
import { Stage, forgetHelmReleases, hasHelmRelease, stageOf, stopLeftoverKind } from "./leftover";
import { loadImages } from "./loadImages";
import { Observation, isOrdered, observeOwn } from "./observation";
import { recordFor, recordPath, writeRecord } from "./record";
import { deleteOwn } from "./remove";
import { runKindCreate } from "./runKind";

/**
 * Makes the cluster that is ordered and returns its kubeconfig. A leftover of an interrupted run is adopted; one that
 * kind did not finish is replaced.
 *
 * @throws Error if kind fails, if the name is taken by a cluster this checkout did not make, or if a finished one
 *   cannot be asked what there is of it; then nothing is changed.
 */
export async function createCluster(order: ClusterOrder, machine: Machine): Promise<string> {
    await stopLeftoverKind(order, machine);
    const found = await observeOwn(order, machine);
    const next = found.found ? leftoverPlan(await leftoverOf(found, order, machine)) : "make";
    switch (next) {
        case "refuse":
            throw cannotAsk(order);
        case "adopt":
            await adopt(order, machine);
            break;
        case "replace":
            machine.say(`${order.spec.name}: replacing what is left of an interrupted run`);
            await deleteOwn(order, (there) => isOrdered(there, order), machine);
            await make(order, machine);
            break;
        case "make":
            await make(order, machine);
    }
    return finish(order, machine);
}

/** A cluster of ours that is there before it is made. */
export interface Leftover {
    /** Whether it is the very one that is ordered, not one of an earlier order. */
    readonly isOrdered: boolean;
    /** Whether the record says that kind was still at work on it. */
    readonly isBeingMade: boolean;
    readonly stage: Stage;
}

async function leftoverOf(
    observation: Observation,
    order: ClusterOrder,
    machine: Machine,
): Promise<Leftover> {
    return {
        isOrdered: observation.found && observation.identity === clusterIdentity(order.spec),
        isBeingMade: recordFor(order)?.phase === "creating",
        stage: await stageOf(order, machine),
    };
}

/**
 * What becomes of it. Only one of an earlier order, which is to be replaced anyway, or one that kind was still making
 * may go: what was finished once may have something of the user's in it.
 */
function leftoverPlan(leftover: Leftover): "adopt" | "replace" | "refuse" {
    if (!leftover.isOrdered) {
        return "replace";
    }
    if (leftover.stage === "finished") {
        return "adopt";
    }
    if (leftover.isBeingMade) {
        return "replace";
    }
    return leftover.stage === "unknown" ? "refuse" : "adopt";
}

function cannotAsk({ spec }: ClusterOrder): ProblemsError {
    const node = nodeName(spec.name);
    const giveUp = `${engineProgram()} rm --force --volumes ${node}`;
    return new ProblemsError([
        {
            message: `${spec.name} is there already, and its API server does not say what is in it.`,
            fix: `run the same command again; ${engineProgram()} logs ${node} tells more. To give the cluster up, so that the next up recreates it: ${giveUp}`,
        },
    ]);
}

/** Takes over a cluster that no state knows. What Helm installed in it is installed again, over its own objects. */
async function adopt(order: ClusterOrder, machine: Machine): Promise<void> {
    machine.say(`${order.spec.name}: adopting the cluster that is already there`);
    if (await hasHelmRelease(order, machine)) {
        await forgetHelmReleases(order, machine);
    }
    await provideImages(order, machine);
}

/** Has kind make the cluster, and loads the images that its node lacks as soon as there is a node. */
async function make(order: ClusterOrder, machine: Machine): Promise<void> {
    let loading: Promise<void> | undefined;
    const load = () => (loading ??= provideImages(order, machine));
    await runKindCreate(order, machine, () => {
        // Awaited below, unless kind fails.
        load().catch(() => undefined);
    });
    await load();
}

/**
 * Repairs the images, the record and the kubeconfig of a cluster that exists; makes it if it does not.
 *
 * @throws Error as {@link createCluster}.
 */
export async function updateCluster(order: ClusterOrder, machine: Machine): Promise<string> {
    const { found } = await observeOwn(order, machine);
    if (!found) {
        return createCluster(order, machine);
    }
    await provideImages(order, machine);
    return finish(order, machine);
}

/** Loads the images that the node lacks. */
function provideImages({ cluster, spec, images }: ClusterOrder, machine: Machine): Promise<void> {
    return images === undefined
        ? Promise.resolve()
        : loadImages({ cluster, name: spec.name }, imageReferences(images), machine);
}

async function finish(order: ClusterOrder, machine: Machine): Promise<string> {
    const kubeconfig = await timed({ name: "kubeconfig", cluster: order.cluster }, () =>
        exportKubeconfig(order, machine),
    );
    writeRecord(recordPath(order.stack, order.cluster), {
        token: order.spec.token,
        identity: clusterIdentity(order.spec),
        made: fixedPart(order.spec),
        phase: "ready",
    });
    return kubeconfig;
}
