import { isMapping } from "./mapping";
import { Problem, quote } from "./problem";
import { shellQuote } from "./shell";

/** A Helm value that the mesh, or the proof, stands on. */
interface Pillar {
    /** Its keys from the outside in. */
    readonly path: string;
    /**
     * What it may be set to all the same: what the lab sets it to, or at least so many; undefined where the lab sets
     * another in each cluster.
     */
    readonly legal?: Scalar | readonly Scalar[] | { readonly least: number };
    /** Of one with keys: the object that is legal, with any keys of the user's or with none, which says nothing. */
    readonly keys?: "any" | "none";
    /** Whose it is, as a message goes on. */
    readonly why: string;
    /** Only with this `clusterProvider`. */
    readonly of?: "kind" | "existing";
}

type Scalar = boolean | string | number;

const ofTheMesh = "without it there is no mesh";
const oneAuthority =
    "the lab has every certificate signed by one authority, with the name that peers call";
const ownIdentity = "the lab gives each cluster its own";
const noOperator = "without it no agent becomes ready";
const noNetwork = "without it no pod gets a network";
const noStore = "the lab has no key-value store";
const onlyIpv4 = "the lab's clusters have no IPv6";
const toThePeers = "the peers are told the lab's";
const ofTheRule = "the rule of who answers, and networkPolicy, count on it";

/**
 * What would break the mesh, or the proof, without a word: the values that the lab sets for it itself
 * (`mesh/cilium/values`), those that switch a part of it off, and those that move it to where nobody looks.
 */
const pillars: readonly Pillar[] = [
    { path: "agent", legal: true, why: "without it there is no network" },
    { path: "name", legal: "cilium", why: "the lab looks for the agents by it" },
    { path: "namespaceOverride", legal: "", why: "the lab looks for Cilium in kube-system" },
    { path: "operator.enabled", legal: true, why: noOperator },
    { path: "operator.replicas", legal: { least: 1 }, why: noOperator },
    { path: "ipv4.enabled", legal: true, why: "all ranges of the lab are IPv4" },
    { path: "ipv6.enabled", legal: false, why: onlyIpv4, of: "kind" },
    { path: "k8s.requireIPv6PodCIDR", legal: false, why: onlyIpv4, of: "kind" },
    { path: "cni.install", legal: true, why: noNetwork, of: "kind" },
    { path: "cni.customConf", legal: false, why: noNetwork, of: "kind" },
    { path: "cni.chainingMode", legal: ["none", ""], why: noNetwork, of: "kind" },
    { path: "identityAllocationMode", legal: "crd", why: noStore },
    { path: "etcd.enabled", legal: false, why: noStore },
    { path: "policyEnforcementMode", legal: "default", why: ofTheRule },
    { path: "cluster.name", why: ownIdentity },
    { path: "cluster.id", why: `${ownIdentity}, and two with one do not mesh` },
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
    ...["gke.enabled", "eni.enabled", "azure.enabled", "alibabacloud.enabled"].map(
        (path): Pillar => ({ path, legal: false, why: "kind's nodes are in no cloud", of: "kind" }),
    ),
    { path: "k8sServiceHost", legal: "127.0.0.1", why: "it is the node's own", of: "kind" },
    { path: "k8sServicePort", legal: 6443, why: "it is the node's own", of: "kind" },
    { path: "k8s.apiServerURLs", why: "it would be the same one in every cluster", of: "kind" },
    { path: "hubble", keys: "any", why: "the lab sets some of its keys" },
    { path: "podAnnotations", keys: "any", why: "the lab sets some of its keys" },
    { path: "commonLabels", keys: "any", why: "the lab sets some of its keys", of: "existing" },
    {
        path: "commonLabels.cilium-global-services/stack",
        why: "it tells what is this stack's",
        of: "existing",
    },
    { path: "tls.ca", keys: "none", why: "the mesh has one authority, which the lab makes" },
    { path: "clustermesh.useAPIServer", legal: true, why: ofTheMesh },
    { path: "clustermesh.config.enabled", legal: true, why: ofTheMesh },
    { path: "clustermesh.config.clusters", why: "the lab sets every cluster's peers" },
    { path: "clustermesh.config.domain", why: "the peers' certificates have the lab's names" },
    { path: "clustermesh.apiserver.replicas", legal: { least: 1 }, why: ofTheMesh },
    { path: "clustermesh.apiserver.kvstoremesh.kvstoreMode", legal: "internal", why: noStore },
    { path: "clustermesh.apiserver.service.externallyCreated", legal: false, why: toThePeers },
    { path: "clustermesh.apiserver.service.type", why: toThePeers },
    { path: "clustermesh.apiserver.service.nodePort", why: toThePeers },
    { path: "clustermesh.apiserver.tls.auto.enabled", legal: true, why: oneAuthority },
    {
        path: "clustermesh.apiserver.tls.auto.method",
        legal: ["helm", "cronJob"],
        why: oneAuthority,
    },
    { path: "clustermesh.apiserver.tls.auto.server", keys: "none", why: oneAuthority },
    { path: "clustermesh.apiserver.tls.server", keys: "none", why: oneAuthority },
];

/** The agent's own names of such values, for which `extraConfig` and `extraArgs` are a back door. */
const flags: Readonly<Record<string, string>> = {
    "cluster-name": ownIdentity,
    "cluster-id": ownIdentity,
    "clustermesh-config": "the lab sets every cluster's peers",
    "enable-ipv4": "all ranges of the lab are IPv4",
    "enable-policy": ofTheRule,
    "identity-allocation-mode": noStore,
    ipam: "the lab sets it by what the cluster is like",
    kvstore: noStore,
};

/** The lists of arguments of the chart's own containers. */
const argumentLists = [
    "extraArgs",
    "operator.extraArgs",
    "clustermesh.apiserver.extraArgs",
    "clustermesh.apiserver.kvstoremesh.extraArgs",
];

const behindFlags = Object.entries(flags).map(([flag, why]): Pillar => ({
    path: `extraConfig.${flag}`,
    why,
}));

/**
 * What in the user's Helm values would take away what the mesh stands on. A value that stands above such a one and is
 * no object takes it away, too: Helm reads null as "without it".
 */
export function ciliumValuesProblems(
    values: Readonly<Record<string, unknown>>,
    provider: string,
): Problem[] {
    const fallen = [...pillars, ...behindFlags]
        .filter(({ of }) => of === undefined || of === provider)
        .flatMap((pillar) => {
            const found = lookUp(values, pillar.path.split("."));
            return found === undefined || isAllowed(found, pillar) ? [] : [problem(found, pillar)];
        })
        .filter(({ fix }, at, all) => all.findIndex((one) => one.fix === fix) === at);
    return [
        ...Object.keys(values).flatMap((key) => (key.includes(".") ? [dotted(key)] : [])),
        ...fallen,
        ...argumentLists.flatMap((path) => argumentProblems(values, path)),
        ...(provider === "kind" ? routeProblems(values) : []),
    ];
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

function isAllowed({ path, value }: Found, { legal, keys, ...pillar }: Pillar): boolean {
    if (path !== pillar.path) {
        return false;
    }
    if (isMapping(value)) {
        return keys === "any" || (keys === "none" && Object.keys(value).length === 0);
    }
    const text = ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
    return typeof legal === "object" && "least" in legal
        ? /^\d+$/.test(text ?? "") && Number(text) >= legal.least
        : text !== undefined && scalarsOf(legal).includes(text);
}

function scalarsOf(legal: Scalar | readonly Scalar[] | undefined): string[] {
    return legal === undefined ? [] : [legal].flat().map(String);
}

function problem({ path, value }: Found, pillar: Pillar): Problem {
    const given = `ciliumValues sets ${path} to ${quote(typeof value === "string" ? value : JSON.stringify(value))}`;
    const legal = path === pillar.path ? legalText(pillar) : "it must be an object";
    const reason = path === pillar.path ? `: ${pillar.why}` : "";
    return {
        message: `${given}; ${legal}${reason}.`,
        fix: `pulumi config rm --path ciliumValues.${path}`,
    };
}

function legalText({ legal, keys }: Pillar): string {
    if (keys === "any") {
        return "it must be an object";
    }
    if (legal === undefined) {
        return "it must be left out";
    }
    if (typeof legal === "object" && "least" in legal) {
        return `it must be ${legal.least} or more, or left out`;
    }
    const words = scalarsOf(legal).map((word) => word || "empty");
    return `it must be ${words.join(", ")} or left out`;
}

/** A key as one writes it for `helm --set`, which in an object is one that no chart has. */
function dotted(key: string): Problem {
    const isPlain = /^[\w.-]{1,100}$/.test(key);
    const isPillar = pillars.some(({ path }) => `${path}.`.startsWith(`${key}.`));
    const meant = `; what is meant is set with pulumi config set --path ciliumValues.${key} <value>`;
    return {
        message: `ciliumValues has the key ${quote(key)}, whose dots are a part of its name here, so that no chart reads it.`,
        fix: isPlain
            ? `pulumi config rm --path ${shellQuote(`ciliumValues["${key}"]`)}${isPillar ? "" : meant}`
            : "take it out of the stack's config file",
    };
}

/** What a list of arguments says of what the mesh stands on. */
function argumentProblems(
    values: Readonly<Record<string, unknown>>,
    path: string,
): readonly Problem[] {
    const found = lookUp(values, path.split("."));
    const list = Array.isArray(found?.value) ? (found.value as unknown[]) : [];
    return list.flatMap((argument, at) => {
        const flag = /^--?([a-z0-9-]+)(=|\s|$)/.exec(String(argument))?.[1] ?? "";
        return Object.hasOwn(flags, flag)
            ? [
                  {
                      message: `ciliumValues has --${flag} in ${path}; it must be left out: ${flags[flag]}.`,
                      fix: `pulumi config rm --path ${shellQuote(`ciliumValues.${path}[${at}]`)}`,
                  },
              ]
            : [];
    });
}

/** Pods of one cluster that do not reach those of another: kind's network knows the way to nodes, and to no pod. */
function routeProblems(values: Readonly<Record<string, unknown>>): readonly Problem[] {
    const hasRoutes = String(values.autoDirectNodeRoutes) === "true";
    return values.routingMode === "native" && !hasRoutes
        ? [
              {
                  message: `ciliumValues sets routingMode to "native" without autoDirectNodeRoutes, so that no pod reaches one of another cluster.`,
                  fix: "pulumi config set --path ciliumValues.autoDirectNodeRoutes true, or pulumi config rm --path ciliumValues.routingMode",
              },
          ]
        : [];
}
