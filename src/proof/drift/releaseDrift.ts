import {
    HelmObject,
    isCiliumRelease,
    releaseObjects,
    revisionOf,
} from "../../mesh/kube/helmRelease";
import { LiveObject, objectKinds } from "../../mesh/kube/objects";

const namespace = "kube-system";

/**
 * What is wrong with Cilium's Helm release, a sentence each: it is gone or damaged, an operation on it was cut off, Pulumi was
 * cut off before it knew of it, somebody else than the stack has changed it, or objects of it are gone, such as the
 * mesh's certificates.
 *
 * @param live The objects in kube-system, where Helm keeps each revision of a release as a Secret.
 * @param isKnown Whether Pulumi's state has the release.
 * @see https://helm.sh/docs/topics/advanced/#storage-backends
 */
export function releaseDrift(live: readonly LiveObject[], isKnown: boolean): string[] {
    const revisions = live.filter(isCiliumRelease).sort((a, b) => revisionOf(a) - revisionOf(b));
    const last = revisions.pop();
    if (last === undefined) {
        return isKnown ? ["Cilium's Helm release is not there"] : [];
    }
    const status = last.metadata?.labels?.status ?? "in no state";
    if (status !== "deployed") {
        return [`Cilium's Helm release is ${status} (revision ${revisionOf(last)})`];
    }
    if (!isKnown) {
        return ["Cilium's Helm release is there, and Pulumi's state does not have it"];
    }
    if (!isMadeByPulumi(last)) {
        return [`Cilium's Helm release was changed by hand (revision ${revisionOf(last)})`];
    }
    const objects = releaseObjects(last);
    if (objects === undefined) {
        return [`Cilium's Helm release is damaged (revision ${revisionOf(last)})`];
    }
    return objects
        .filter(isRead)
        .filter(({ kind, name }) => !live.some((one) => isNamed(one, kind, name)))
        .map(({ kind, name }) => `Cilium's ${kind} ${name} is not there`);
}

/** Kubernetes notes which program wrote an object; Pulumi brings a Helm of its own. */
function isMadeByPulumi({ metadata }: LiveObject): boolean {
    return (metadata?.managedFields ?? []).some(({ manager }) => manager?.includes("pulumi"));
}

function isNamed({ kind, metadata }: LiveObject, wantedKind: string, name: string): boolean {
    return kind === wantedKind && metadata?.name === name;
}

/** Whether an object of the release is among those that are read. */
function isRead(object: HelmObject): boolean {
    return objectKinds.includes(object.kind) && (object.namespace ?? namespace) === namespace;
}
