import { Manifest } from "../../lab/manifests";
import { settingAnnotations } from "../../lab/variant";
import { LiveObject } from "../../mesh/kube/clusterApi";

/**
 * Where a cluster's live objects are not what the stack made of its manifests, a sentence each: objects that are
 * gone, and fields that a manifest sets and the object has otherwise. What only the object has is Kubernetes' or
 * the student's. The lab's settings are left out; `differences` compares them, as Cilium understands them.
 */
export function objectDrift(wanted: readonly Manifest[], live: readonly LiveObject[]): string[] {
    return wanted.flatMap((manifest) => {
        const { kind, metadata } = manifest;
        const title = `${kind} ${metadata.name}`;
        const found = live.find((one) => one.kind === kind && one.metadata?.name === metadata.name);
        return found === undefined
            ? [`${title} is not there`]
            : differing(comparedPart(manifest), found).map(
                  ({ path, text }) => `${title}: ${path} ${text}`,
              );
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

function comparedPart({ metadata, ...content }: Manifest): object {
    const { annotations = {}, ...names } = metadata;
    const others = Object.entries(annotations).filter(([key]) => !settingAnnotations.includes(key));
    const compared = {
        ...content,
        // A list of the API server leaves it out.
        apiVersion: {},
        metadata: { ...names, annotations: Object.fromEntries(others) },
    };
    if (`${content.kind}/${metadata.name}` !== "Deployment/rebel-base") {
        return compared;
    }
    const spec = Object.entries(content.spec as object).filter(([key]) => key !== "replicas");
    return { ...compared, spec: Object.fromEntries(spec) };
}

interface Differing {
    readonly path: string;
    readonly text: string;
}

/** The places where `live` does not have what `wanted` has. Lists have to be of the same length. */
function differing(wanted: unknown, live: unknown, path = ""): Differing[] {
    if (isContainer(wanted) && isContainer(live)) {
        const keys = Object.keys(wanted);
        if (!Array.isArray(wanted) || keys.length === Object.keys(live).length) {
            return keys.flatMap((key) =>
                differing(wanted[key], live[key], path === "" ? key : `${path}.${key}`),
            );
        }
    } else if (wanted === live || (isContainer(wanted) && Object.keys(wanted).length === 0)) {
        return [];
    }
    const text = live === undefined ? "is gone" : "was changed";
    return [{ path, text }];
}

function isContainer(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null;
}
