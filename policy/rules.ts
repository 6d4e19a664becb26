import { NamedRange, isRange, overlappingPairs } from "../src/config/cidr";
import { Resource, Violation, at, isObject } from "./resource";

/** A rule over everything in a stack, in whatever order. */
export type Rule = (resources: readonly Resource[]) => Violation[];

/** A rule that looks at one resource at a time, as a rule over all. */
const each =
    (messages: (resource: Resource) => string[]): Rule =>
    (resources) =>
        resources.flatMap((resource) =>
            messages(resource).map((message) => ({ urn: resource.urn, message })),
        );

/** Images of kind's nodes and of pods are pinned by digest. */
export const imagesPinned: Rule = (resources) =>
    unpinned(resources.flatMap((resource) => [...nodeImages(resource), ...podImages(resource)]));

/** So are those that Helm values put in the place of the chart's. */
export const helmImagesPinned: Rule = (resources) =>
    unpinned(releases(resources).flatMap(valueImages));

/** Nothing in Kubernetes goes to a default provider, which is whatever cluster the user's kube context names. */
export const noDefaultProvider = each(({ type, name, provider }) =>
    type.startsWith("kubernetes:") && /^default(_|$)/.test(provider ?? "")
        ? [
              `${name}: a default provider would put it into your own kube context; give it the provider of its cluster.`,
          ]
        : [],
);

/** Every container asks for CPU and memory, so that the scheduler can refuse what does not fit. */
export const requestsSet = each((resource) =>
    containers(resource).flatMap((container) =>
        ["cpu", "memory"]
            .filter((what) => at(container, "resources", "requests", what) === undefined)
            .map(
                (what) =>
                    `${resource.name}: container ${String(at(container, "name"))} does not say how much ${what} it needs; set resources.requests.${what}.`,
            ),
    ),
);

/** Every Cilium of the mesh has a cluster.id of its own. */
export const clusterIdsUnique: Rule = (resources) => {
    const ids = releases(resources).flatMap(({ urn, name, values }) => {
        const id = textOf(at(values, "cluster", "id"));
        return id === undefined ? [] : [{ urn, name, id }];
    });
    return ids.flatMap(({ urn, name, id }, index) => {
        const first = ids.findIndex((other) => other.id === id);
        const message = `${name}: cluster.id is ${id}, as in ${ids[first]!.name}; every cluster of a mesh needs its own.`;
        return first === index ? [] : [{ urn, message }];
    });
};

/** No range of pods or Services overlaps another one, in any cluster. */
export const rangesDisjoint: Rule = (resources) => {
    const ranges = resources.flatMap((resource) =>
        ["podCidr", "serviceCidr"].flatMap((key) => {
            const cidr = at(kindSpec(resource), key);
            return typeof cidr === "string" && isRange(cidr)
                ? [{ owner: `${resource.name}: ${key}`, cidr, urn: resource.urn }]
                : [];
        }),
    );
    return overlappingPairs(ranges).map(([one, other]) => ({
        urn: (other as NamedRange & { urn: string }).urn,
        message: `${other.owner} ${other.cidr} overlaps ${one.cidr} (${one.owner}); every range must be its own.`,
    }));
};

interface Image {
    readonly urn: string;
    /** Whose image it is. */
    readonly where: string;
    readonly image: string;
}

function unpinned(images: readonly Image[]): Violation[] {
    return images
        .filter(({ image }) => !/@sha256:[a-f0-9]{64}$/.test(image))
        .map(({ urn, where, image }) => ({
            urn,
            message: `${where} is ${image} without a digest; pin it (name:tag@sha256:…).`,
        }));
}

interface Release {
    readonly urn: string;
    readonly name: string;
    readonly values: unknown;
}

const mesh = "cilium-global-services:index:CiliumMesh";

/**
 * The Helm releases with their values. Those of a `CiliumMesh` are taken from the component, which knows them in
 * every preview; their own have the mesh's certificate authority in them, which does not exist before an update.
 */
function releases(resources: readonly Resource[]): Release[] {
    return resources.flatMap(({ urn, type, name, props }): Release[] => {
        if (type === mesh) {
            const ofClusters = Array.isArray(props.values) ? (props.values as unknown[]) : [];
            return ofClusters.map((values) => ({
                urn,
                name: `${name} in ${String(at(values, "cluster", "name"))}`,
                values,
            }));
        }
        return type === "kubernetes:helm.sh/v3:Release" && !urn.includes(`${mesh}$`)
            ? [{ urn, name, values: props.values }]
            : [];
    });
}

/** What a `KindCluster` tells kind to make; undefined for all other resources. */
function kindSpec({ type, props }: Resource): unknown {
    if (type !== "command:local:Command" || typeof props.stdin !== "string") {
        return undefined;
    }
    try {
        return at(JSON.parse(props.stdin), "spec");
    } catch {
        return undefined;
    }
}

function nodeImages(resource: Resource): Image[] {
    const { urn, name } = resource;
    const image = at(kindSpec(resource), "nodeImage");
    return typeof image === "string" ? [{ urn, where: `${name}: the node image`, image }] : [];
}

function podImages(resource: Resource): Image[] {
    return containers(resource).flatMap((container) => {
        const { urn, name } = resource;
        const image = at(container, "image");
        const where = `${name}: the image of container ${String(at(container, "name"))}`;
        return typeof image === "string" ? [{ urn, where, image }] : [];
    });
}

/** The containers of a Pod, or of whatever makes pods. */
function containers({ type, props }: Resource): unknown[] {
    if (!/^kubernetes:(core|apps|batch)\//.test(type)) {
        return [];
    }
    const templates = [
        ["spec"],
        ["spec", "template", "spec"],
        ["spec", "jobTemplate", "spec", "template", "spec"],
    ];
    return templates
        .flatMap((path) => [at(props, ...path, "containers"), at(props, ...path, "initContainers")])
        .flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
}

/**
 * The images that Helm values set. A chart's own are its business, and those of Cilium's released charts are
 * pinned; what the values put in their place has to be as well.
 */
function valueImages({ urn, name, values }: Release): Image[] {
    const search = (value: unknown, path: readonly string[]): Image[] => {
        if (path.at(-1) === "image") {
            const image = imageText(value);
            const where = `${name}: the Helm value ${path.join(".")}`;
            return image === undefined ? [] : [{ urn, where, image }];
        }
        return isObject(value)
            ? Object.entries(value).flatMap(([key, inner]) => search(inner, [...path, key]))
            : [];
    };
    return search(values, []);
}

/** The image that a Helm value `image` names; undefined where it leaves the chart's. */
function imageText(value: unknown): string | undefined {
    if (!isObject(value)) {
        return typeof value === "string" && value !== "" ? value : undefined;
    }
    const { override, repository, tag, digest, useDigest } = value;
    if (typeof override === "string" && override !== "") {
        return override;
    }
    if (repository === undefined && tag === undefined && useDigest !== false) {
        return undefined;
    }
    const name = [textOf(repository) ?? "the chart's image", textOf(tag) ?? []].flat().join(":");
    const isPinned = typeof digest === "string" && digest !== "" && useDigest !== false;
    return isPinned ? `${name}@${digest}` : name;
}

/** A text or number as text; undefined of anything else. */
function textOf(value: unknown): string | undefined {
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}
