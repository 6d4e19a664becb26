import { isMapping } from "./mapping";
import { Problem, quote } from "./problem";

/** A Helm value that the mesh stands on. */
interface Pillar {
    /** Its keys from the outside in. */
    readonly path: string;
    /** What it may be set to all the same: what the lab sets it to; undefined where that is another in each cluster. */
    readonly legal?: boolean | string | number | readonly string[];
    /** Whose it is, as a message goes on. */
    readonly why: string;
    /** Only with this `clusterProvider`. */
    readonly of?: "kind" | "existing";
}

const ofTheMesh = "without it there is no mesh";
const oneAuthority =
    "the lab has every certificate signed by one authority, with the name that peers call";

/**
 * What would break the mesh, or the proof, without a word: the values that the lab sets for it itself
 * (`mesh/cilium/values`), and those that switch a part of it off.
 */
const pillars: readonly Pillar[] = [
    { path: "agent", legal: true, why: "without it there is no network" },
    { path: "operator.enabled", legal: true, why: "without it no agent becomes ready" },
    { path: "ipv4.enabled", legal: true, why: "all ranges of the lab are IPv4" },
    { path: "identityAllocationMode", legal: "crd", why: "the lab has no key-value store" },
    { path: "cluster.name", why: "the lab gives each cluster its own" },
    { path: "cluster.id", why: "the lab gives each cluster its own, and two with one do not mesh" },
    {
        path: "ipam.mode",
        legal: "kubernetes",
        why: "with any other, podCidr is not the pods' range",
        of: "kind",
    },
    { path: "ipam.mode", why: "the lab sets it by what the cluster is like", of: "existing" },
    {
        path: "ipam.operator.clusterPoolIPv4PodCIDRList",
        why: "it would be the same range in every cluster; podCidr and cluster2PodCidr are the keys for it",
    },
    { path: "k8sServiceHost", legal: "127.0.0.1", why: "it is the node's own", of: "kind" },
    { path: "k8sServicePort", legal: 6443, why: "it is the node's own", of: "kind" },
    { path: "tls.ca", why: "the mesh has one authority, which the lab makes" },
    { path: "clustermesh.useAPIServer", legal: true, why: ofTheMesh },
    { path: "clustermesh.config.enabled", legal: true, why: ofTheMesh },
    { path: "clustermesh.config.clusters", why: "the lab sets every cluster's peers" },
    { path: "clustermesh.config.domain", why: "the peers' certificates have the lab's names" },
    { path: "clustermesh.apiserver.service.type", why: "the peers are told the lab's" },
    { path: "clustermesh.apiserver.service.nodePort", why: "the peers are told the lab's" },
    { path: "clustermesh.apiserver.tls.auto.enabled", legal: true, why: oneAuthority },
    {
        path: "clustermesh.apiserver.tls.auto.method",
        legal: ["helm", "cronJob"],
        why: oneAuthority,
    },
    { path: "clustermesh.apiserver.tls.auto.server", why: oneAuthority },
    { path: "clustermesh.apiserver.tls.server", why: oneAuthority },
];

/**
 * What in the user's Helm values would take away what the mesh stands on. A value that stands above such a one and is
 * no object takes it away, too: Helm reads null as "without it".
 */
export function ciliumValuesProblems(
    values: Readonly<Record<string, unknown>>,
    provider: string,
): Problem[] {
    return pillars
        .filter(({ of }) => of === undefined || of === provider)
        .flatMap((pillar) => {
            const found = lookUp(values, pillar.path.split("."));
            return found === undefined || isAllowed(found, pillar) ? [] : [problem(found, pillar)];
        })
        .filter(({ message }, at, all) => all.findIndex((one) => one.message === message) === at);
}

/** A value that somebody has set, and where. */
interface Found {
    readonly path: string;
    readonly value: unknown;
}

/** The value at a path, or the one above it that has no keys; undefined if nothing is said there. */
function lookUp(
    values: Readonly<Record<string, unknown>>,
    path: readonly string[],
): Found | undefined {
    let at: unknown = values;
    for (const [depth, key] of path.entries()) {
        if (!isMapping(at)) {
            return { path: path.slice(0, depth).join("."), value: at };
        }
        if (!Object.hasOwn(at, key)) {
            return undefined;
        }
        at = at[key];
    }
    return { path: path.join("."), value: at };
}

function isAllowed({ path, value }: Found, pillar: Pillar): boolean {
    const isLegal = legalOf(pillar).includes(String(value));
    // An object without a key in it says nothing.
    return (
        (path === pillar.path && isLegal) || (isMapping(value) && Object.keys(value).length === 0)
    );
}

function legalOf({ legal = [] }: Pillar): string[] {
    return typeof legal === "object" ? [...legal] : [String(legal)];
}

function problem({ path, value }: Found, pillar: Pillar): Problem {
    const given = `ciliumValues sets ${path} to ${quote(typeof value === "string" ? value : JSON.stringify(value))}`;
    const legal =
        path !== pillar.path
            ? "it must be an object"
            : pillar.legal === undefined
              ? "it must be left out"
              : `it must be ${legalOf(pillar).join(", ")} or left out`;
    const reason = path === pillar.path ? `: ${pillar.why}` : "";
    return {
        message: `${given}; ${legal}${reason}.`,
        fix: `pulumi config rm --path ciliumValues.${path}`,
    };
}
