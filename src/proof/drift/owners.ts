import { LiveObject } from "../../mesh/kube/objects";
import { Segment } from "./fieldPath";

/** Whoever has set a field of an object beside the stack and Kubernetes itself. */
export interface Owners {
    /** Whether Kubernetes keeps a record of who sets what; some tools throw it away. */
    readonly areKnown: boolean;
    /** Name of the program that last set a field, e.g. `kubectl-patch`; undefined if nobody else did. */
    readonly of: (path: readonly Segment[]) => string | undefined;
}

/** Programs that set fields on nobody's behalf: the control plane's, and Pulumi, which is the stack. */
const ours = /pulumi|^kube-|^kubelet$|^cilium|^cloud-controller|^k3s$|^rke2$/;

/**
 * Who has set what in an object.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function ownersOf({ metadata }: LiveObject): Owners {
    const managed = metadata?.managedFields ?? [];
    const others = managed
        // What `kubectl scale` sets is a subresource's, but the object's own.
        .filter(({ subresource }) => !subresource || subresource === "scale")
        .filter(({ manager = "" }) => !ours.test(manager))
        .sort((a, b) => Number(b.time ?? 0) - Number(a.time ?? 0));
    return {
        areKnown: managed.length > 0,
        of: (path) => others.find(({ fieldsV1 }) => owns(fieldsV1, path))?.manager,
    };
}

/** Whether a set of fields (`fieldsV1`) has one, itself, in part, or with all that is around it. */
export function owns(set: unknown, path: readonly Segment[]): boolean {
    const [segment, ...rest] = path;
    if (segment === undefined) {
        return true;
    }
    const fields = (set ?? {}) as Readonly<Record<string, unknown>>;
    const key = Object.keys(fields).find((one) => isKeyOf(one, segment));
    if (key !== undefined) {
        const within = Object.keys(fields[key] ?? {}).filter((one) => one !== ".");
        // A field without fields of its own is set as a whole.
        return within.length === 0 || owns(fields[key], rest);
    }
    return false;
}

/** In a set of fields, a key is `f:name`, and an element of a list is named by its own keys or its value. */
function isKeyOf(key: string, segment: Segment): boolean {
    if (typeof segment === "string") {
        return key === `f:${segment}`;
    }
    const value = key.slice(2);
    if (key.startsWith("k:")) {
        const element = segment.element as Readonly<Record<string, unknown>> | undefined;
        return Object.entries(parsed(value)).every(([name, one]) => element?.[name] === one);
    }
    return key.startsWith("v:")
        ? value === JSON.stringify(segment.element)
        : key === `i:${segment.index}`;
}

function parsed(json: string): object {
    try {
        return JSON.parse(json) as object;
    } catch {
        return {};
    }
}
