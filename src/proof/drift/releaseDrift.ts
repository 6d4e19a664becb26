import * as yaml from "js-yaml";
import { LiveObject, objectKinds } from "../../mesh/kube/clusterApi";
import { releaseOf, revisionOf } from "../../mesh/kube/helmRelease";

const namespace = "kube-system";

/**
 * What is wrong with Cilium's Helm release, a sentence each: it is gone, an operation on it was cut off, Pulumi was
 * cut off before it knew of it, somebody else than the stack has changed it, or objects of it are gone, such as the
 * mesh's certificates.
 *
 * @param live The objects in kube-system, where Helm keeps each revision of a release as a Secret.
 * @param isKnown Whether Pulumi's state has the release.
 * @see https://helm.sh/docs/topics/advanced/#storage-backends
 */
export function releaseDrift(live: readonly LiveObject[], isKnown: boolean): string[] {
    const revisions = live
        .filter(({ kind, metadata }) => {
            const { owner, name } = metadata?.labels ?? {};
            return kind === "Secret" && owner === "helm" && name === "cilium";
        })
        .sort((a, b) => revisionOf(a) - revisionOf(b));
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
    return manifestObjects(last)
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

interface HelmObject {
    readonly kind?: string;
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/** The release's own objects, as far as they are among those that are read. */
function manifestObjects(revision: LiveObject): { kind: string; name: string }[] {
    return (yaml.loadAll(releaseOf(revision).manifest) as (HelmObject | null)[]).flatMap(
        (object) => {
            const { kind = "", metadata = {} } = object ?? {};
            const isRead =
                objectKinds.includes(kind) && (metadata.namespace ?? namespace) === namespace;
            return isRead ? [{ kind, name: metadata.name ?? "" }] : [];
        },
    );
}
