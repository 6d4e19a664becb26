import { policyName } from "../../lab/networkPolicy";
import { stackLabel } from "../../mesh/existing/record";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { ObjectPlace, PatchOperation } from "../../mesh/kube/objects";
import { Drift } from "./drift";

const namespace = "default";

/** A cluster in which something is put back. */
export interface RepairedCluster {
    readonly api: ClusterApi;
    /** What the stack's own objects carry, in a cluster that is not the stack's own. */
    readonly mark?: string;
}

/**
 * Does by hand what a refresh cannot: takes out of the lab's objects what Pulumi does not see in them, deletes those
 * that cannot be changed back, and a policy that is not the stack's any more, and lets Helm forget a release that is
 * not as it was made. Helm refuses to work on one whose operation was cut off, and neither Helm nor Pulumi misses an
 * object of one that it takes for deployed. A forgotten release is installed again over its own objects, so Cilium
 * runs on meanwhile (https://helm.sh/docs/faq/changes_since_helm2/#adopting-existing-resources).
 *
 * @param drifts Those of this cluster.
 */
export async function prepareRepair(
    drifts: readonly Drift[],
    cluster: RepairedCluster,
): Promise<void> {
    for (const { place, isDeleted, operations } of changesOf(drifts)) {
        if (isDeleted || !(await isPatched(place, operations, cluster.api))) {
            await removeOwn(place, cluster);
        }
    }
    if (drifts.some(({ about }) => about === "policy")) {
        await removeOwn({ kind: "CiliumNetworkPolicy", namespace, name: policyName }, cluster);
    }
    if (drifts.some(({ about }) => about === "release")) {
        await cluster.api.deleteSecrets("kube-system", "owner=helm,name=cilium");
    }
}

/** All that is to be done to one object. */
interface ObjectChange {
    readonly place: ObjectPlace;
    readonly isDeleted: boolean;
    readonly operations: readonly PatchOperation[];
}

/** The changes by object, each object once. */
function changesOf(drifts: readonly Drift[]): ObjectChange[] {
    const byObject = new Map<string, ObjectChange>();
    for (const { object, repair } of drifts) {
        if (object !== undefined && repair !== undefined) {
            const key = `${object.kind}/${object.name}`;
            const { isDeleted = false, operations = [] } = byObject.get(key) ?? {};
            byObject.set(key, {
                place: { ...object, namespace },
                isDeleted: isDeleted || repair.how === "delete",
                operations: [...operations, ...(repair.how === "patch" ? [repair.operation] : [])],
            });
        }
    }
    return [...byObject.values()];
}

/** Whether the API server took the changes; false if it calls the object that would come of them illegal. */
async function isPatched(
    place: ObjectPlace,
    operations: readonly PatchOperation[],
    api: ClusterApi,
): Promise<boolean> {
    try {
        await api.patch(place, operations);
        return true;
    } catch (error) {
        if ((error as { readonly code?: number }).code === 422) {
            return false;
        }
        throw error;
    }
}

/** Deletes an object, which the update then recreates; in a cluster that is not the stack's own only one that carries its mark. */
async function removeOwn(place: ObjectPlace, { api, mark }: RepairedCluster): Promise<void> {
    const found = (await api.objects(place.namespace)).find(
        ({ kind, metadata }) => kind === place.kind && metadata?.name === place.name,
    );
    const isOwn = mark === undefined || found?.metadata?.labels?.[stackLabel] === mark;
    if (found !== undefined && isOwn) {
        await api.remove(place);
    }
}

/** What an update that repairs does beyond the usual: it compares the state with the clusters and waits for everything. */
export const repairing = { refresh: true, replace: ["**::readiness-wait"] } as const;
