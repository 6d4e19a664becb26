import { settingAnnotations } from "../../lab/annotations";
import { Manifest } from "../../lab/manifests";
import { LiveObject } from "../../mesh/kube/objects";
import { Differing, Fields, ObjectRepair, compare } from "./compare";
import { withDefaults } from "./defaults";
import { ownersOf } from "./owners";

/** Where an object is not what the stack made of its manifest. */
export interface ObjectDrift {
    readonly kind: string;
    readonly name: string;
    readonly sentence: string;
    /** Left out where a refresh and an update put it back. */
    readonly repair?: ObjectRepair;
}

/**
 * Where a cluster's live objects are not what the stack made of its manifests: objects that are gone, fields that a
 * manifest sets and the object has otherwise, and fields that somebody else has set and that are not what Kubernetes
 * sets by itself. The lab's settings are left out; `differences` compares them, as Cilium understands them.
 */
export function objectDrift(
    wanted: readonly Manifest[],
    live: readonly LiveObject[],
): ObjectDrift[] {
    return wanted.flatMap((manifest) => {
        const { kind, metadata } = manifest;
        const { name } = metadata;
        const title = `${kind} ${name}`;
        const found = live.find((one) => one.kind === kind && one.metadata?.name === name);
        if (found === undefined) {
            return [{ kind, name, sentence: `${title} is not there` }];
        }
        return differing(manifest, found).map(({ text, repair }) => ({
            kind,
            name,
            sentence: `${title}: ${text}`,
            ...(repair === undefined ? {} : { repair }),
        }));
    });
}

/** Annotations of the live Service that are settings of the lab and that the stack does not set. */
export function strayAnnotations(
    wanted: readonly Manifest[],
    live: readonly LiveObject[],
): string[] {
    const isService = ({ kind, metadata }: Pick<LiveObject, "kind" | "metadata">) =>
        kind === "Service" && metadata?.name === "rebel-base";
    const set = wanted.find(isService)?.metadata.annotations ?? {};
    const there = live.find(isService)?.metadata?.annotations ?? {};
    return settingAnnotations.filter((key) => key in there && !(key in set));
}

function differing(manifest: Manifest, live: LiveObject): Differing[] {
    const comparison = { kind: manifest.kind, owners: ownersOf(live) };
    const wanted = comparedPart(manifest, manifest);
    const whole = comparedPart(manifest, withDefaults(manifest));
    return compare(wanted, whole, comparedLive(manifest, live), [], comparison);
}

/** Of a manifest, what is compared: not the lab's settings. */
function comparedPart({ kind, metadata }: Manifest, content: Fields): Fields {
    const { annotations = {}, ...names } = metadata;
    const spec = withoutReplicas(kind, metadata.name, content.spec as Fields | undefined);
    return {
        ...content,
        // A list of the API server leaves it out.
        apiVersion: undefined,
        metadata: { ...names, annotations: withoutSettings(annotations) },
        ...(spec === undefined ? {} : { spec }),
    };
}

/** The same of a live object: of its metadata, labels and annotations that somebody might heed. */
function comparedLive({ kind }: Manifest, live: LiveObject): Fields {
    const { metadata = {} } = live;
    const spec = withoutReplicas(kind, metadata.name, live.spec as Fields | undefined);
    return {
        ...live,
        apiVersion: undefined,
        status: undefined,
        metadata: {
            name: metadata.name,
            labels: metadata.labels,
            annotations: withoutSettings(metadata.annotations ?? {}),
        },
        ...(spec === undefined ? {} : { spec }),
    };
}

function withoutReplicas(
    kind: string,
    name: string | undefined,
    spec: Fields | undefined,
): Fields | undefined {
    return spec !== undefined && `${kind}/${name}` === "Deployment/rebel-base"
        ? { ...spec, replicas: undefined }
        : spec;
}

function withoutSettings(annotations: Readonly<Record<string, string>>): Fields {
    const others = Object.entries(annotations).filter(([key]) => !settingAnnotations.includes(key));
    return Object.fromEntries(others);
}
