import { existsSync, rmSync } from "node:fs";
import { ClusterName } from "../../config/labConfig";
import { askEngine } from "../../machine/engine";
import { Machine } from "../../machine/machine";
import { kindClusterName, kubeconfigPath, nodeName } from "../../machine/names";
import { lastLine } from "../../machine/run";
import { ClusterPlace, ClusterOrder } from "./kindConfig";
import { stopLeftoverKind } from "./leftover";
import { Observation, isOrdered, isOurs, observe } from "./observation";
import { removeRecord, recordFor, recordPath, readRecord } from "./record";

/**
 * Deletes the cluster with its record and kubeconfig. One that is gone already is fine; one of the same name
 * that this checkout did not make stays.
 *
 * @throws Error if the engine or kind fails.
 */
export async function deleteCluster(order: ClusterOrder, machine: Machine): Promise<void> {
    await stopLeftoverKind(order, machine);
    const came = await deleteOwn(order, (there) => isOrdered(there, order), machine);
    if (came !== "foreign" && recordFor(order) !== undefined) {
        removeRecord(recordPath(order.stack, order.cluster));
    }
}

/**
 * Deletes a cluster that this checkout made without asking a state, e.g. because none knows it after an `up` that was
 * killed.
 *
 * @returns Whether there was one.
 * @throws Error if the engine or kind fails, or the record cannot be read; nothing is deleted then.
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
    const record = readRecord(path);
    const came = await deleteOwn(place, (there) => isOurs(there, record), machine, "deleting");
    removeRecord(path);
    return came === "deleted";
}

/**
 * The only place where a kind cluster is deleted: after a look that tells that it is ours.
 *
 * @param isOwn Whether what is there is ours.
 * @param verb What the user is told to happen; nothing by default.
 * @returns What was there. A foreign one is left alone, and said.
 * @throws Error if the engine or kind fails.
 */
export async function deleteOwn(
    { stack, cluster, spec: { name } }: ClusterPlace,
    isOwn: (there: Observation) => boolean,
    machine: Machine,
    verb?: string,
): Promise<"nothing" | "deleted" | "foreign"> {
    const there = await observe(name, machine.run);
    if (there.found && !isOwn(there)) {
        machine.say(`${name}: left alone, it was not made by this stack`);
        return "foreign";
    }
    const kubeconfig = kubeconfigPath(stack, cluster);
    if (there.found) {
        if (verb !== undefined) {
            machine.say(`${verb} ${name}`);
        }
        if (there.state === "paused") {
            // Some engines do not remove what is paused. If this one cannot wake it either, kind says why.
            await askEngine(machine.run, ["unpause", nodeName(name)]);
        }
        const { code, stderr } = await machine.run(await machine.kind(), [
            ...["delete", "cluster", "--name", name, "--kubeconfig", kubeconfig],
        ]);
        if (code !== 0) {
            throw new Error(`kind could not delete ${name}: ${lastLine(stderr)}`);
        }
    }
    rmSync(kubeconfig, { force: true });
    return there.found ? "deleted" : "nothing";
}
