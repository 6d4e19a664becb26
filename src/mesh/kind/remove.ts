import { existsSync, rmSync } from "node:fs";
import { ClusterName } from "../../config/labConfig";
import { Machine } from "../../machine/machine";
import { kindClusterName, kubeconfigPath } from "../../machine/names";
import { lastLine } from "../../machine/run";
import { ClusterPlace, ClusterOrder } from "./kindConfig";
import { stopLeftoverKind } from "./leftover";
import { isOrdered, isOurs, observe } from "./observation";
import { removeRecord, recordPath, readRecord } from "./record";

/**
 * Deletes the cluster with its record and kubeconfig. One that is gone already is fine; one of the same name
 * that this checkout did not make stays.
 *
 * @throws Error if the engine or kind fails.
 */
export async function deleteCluster(order: ClusterOrder, machine: Machine): Promise<void> {
    await stopLeftoverKind(order, machine);
    const observation = await observe(order.spec.name, machine.run);
    if (observation.found && !isOrdered(observation, order)) {
        machine.say(`${order.spec.name}: left alone, it was not made by this stack`);
        return;
    }
    await removeCluster(order, machine);
    removeRecord(recordPath(order.stack, order.cluster));
}

/**
 * Deletes a cluster that this checkout made without asking a state, e.g. because none knows it after an `up` that was
 * killed.
 *
 * @returns Whether there was one.
 * @throws Error if the engine or kind fails.
 */
export async function deleteLeftover(
    stack: string,
    cluster: ClusterName,
    machine: Machine,
): Promise<boolean> {
    const path = recordPath(stack, cluster);
    if (!existsSync(path)) {
        return false;
    }
    const place = { stack, cluster, spec: { name: kindClusterName(stack, cluster) } };
    await stopLeftoverKind(place, machine);
    const isLeftover = isOurs(await observe(place.spec.name, machine.run), readRecord(path));
    if (isLeftover) {
        machine.say(`deleting ${place.spec.name}`);
        await removeCluster(place, machine);
    }
    removeRecord(path);
    return isLeftover;
}

export async function removeCluster(order: ClusterPlace, machine: Machine): Promise<void> {
    const path = kubeconfigPath(order.stack, order.cluster);
    const { code, stderr } = await machine.run(await machine.kind(), [
        "delete",
        "cluster",
        "--name",
        order.spec.name,
        "--kubeconfig",
        path,
    ]);
    if (code !== 0) {
        throw new Error(`kind could not delete ${order.spec.name}: ${lastLine(stderr)}`);
    }
    rmSync(path, { force: true });
}
