import { printable } from "../config/problem";

/**
 * Whose requests a CiliumNetworkPolicy lets in, read as Cilium reads it, also where somebody changed it by hand.
 *
 * @see https://docs.cilium.io/en/stable/security/policy/layer3/
 * @see https://docs.cilium.io/en/stable/network/clustermesh/policy/
 */

/** Where a policy is, and how its Cilium reads selectors. */
export interface PolicyPlace {
    /** The cluster that the policy is in. */
    readonly cluster: string;
    /** Every cluster of the mesh, in its order. */
    readonly clusters: readonly string[];
    /** A selector that names no cluster means the own one alone, the chart's default from Cilium 1.19 on; else all. */
    readonly isLocalByDefault: boolean;
}

/** What a policy does to the requests of the mesh's x-wings; neither key: it lets all of them in. */
export interface Admission {
    /** The clusters whose x-wings rebel-base lets in, in the order of the mesh; left out where it lets in all. */
    readonly admits?: readonly string[];
    /** What in the policy cannot be judged, as the end of "the policy cannot be judged: …". */
    readonly unclear?: string;
}

interface Selector {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly {
        readonly key: string;
        readonly operator: string;
        readonly values?: readonly string[];
    }[];
}

interface PortRule {
    readonly ports?: readonly {
        readonly port?: string;
        readonly endPort?: number;
        readonly protocol?: string;
    }[];
    readonly [other: string]: unknown;
}

interface IngressRule {
    readonly fromEndpoints?: readonly Selector[];
    readonly fromEntities?: readonly string[];
    readonly toPorts?: readonly PortRule[];
    readonly [other: string]: unknown;
}

interface PolicyRule {
    readonly endpointSelector?: Selector;
    readonly ingress?: readonly IngressRule[];
    readonly ingressDeny?: readonly unknown[];
    readonly enableDefaultDeny?: { readonly ingress?: boolean };
    readonly [other: string]: unknown;
}

interface PolicyObject {
    readonly spec?: PolicyRule;
    readonly specs?: readonly PolicyRule[];
}

/** Whether something matches; a text says why that cannot be told. */
type Match = boolean | { readonly unclear: string };

const policyCluster = "io.cilium.k8s.policy.cluster";
const policyNamespace = "io.kubernetes.pod.namespace";
const rebelBasePort = 80;

/** The labels that Cilium gives a pod of the lab, as far as a policy is likely to use them. */
function podLabels(name: string, cluster: string): Readonly<Record<string, string>> {
    return {
        name,
        [policyNamespace]: "default",
        [policyCluster]: cluster,
        "io.cilium.k8s.policy.serviceaccount": "default",
        "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name": "default",
    };
}

/** Whom rebel-base lets in, by a CiliumNetworkPolicy of its namespace and by nothing else. */
export function admission(policy: object, place: PolicyPlace): Admission {
    const { spec, specs = [] } = policy as PolicyObject;
    const rules = [...(spec === undefined ? [] : [spec]), ...specs];
    const selected = rules.map((rule) =>
        matches(rule.endpointSelector, podLabels("rebel-base", place.cluster)),
    );
    const unclear = selected.map(unclearOf).find((reason) => reason !== undefined);
    if (unclear !== undefined) {
        return { unclear };
    }
    const ruling = rules.filter((_, index) => selected[index] === true);
    if (ruling.some(({ ingressDeny = [] }) => ingressDeny.length > 0)) {
        return { unclear: "it has ingressDeny" };
    }
    if (!ruling.some(deniesByDefault)) {
        return {};
    }
    const ingress = ruling.flatMap((rule) => rule.ingress ?? []);
    const verdicts = place.clusters.map((client) =>
        anyOf(ingress.map((rule) => letsIn(rule, client, place))),
    );
    const reason = verdicts.map(unclearOf).find((text) => text !== undefined);
    return reason === undefined
        ? { admits: place.clusters.filter((_, index) => verdicts[index] === true) }
        : { unclear: reason };
}

/** Whether what no rule lets in is dropped. */
function deniesByDefault({ ingress = [], enableDefaultDeny }: PolicyRule): boolean {
    return enableDefaultDeny?.ingress ?? ingress.length > 0;
}

/** Whether a rule lets in the x-wings of a cluster. One that names nobody lets in nobody, unless it names ports. */
function letsIn(rule: IngressRule, client: string, place: PolicyPlace): Match {
    const { fromEndpoints, fromEntities, toPorts, ...others } = rule;
    const lists = [fromEndpoints, fromEntities].filter((list) => list !== undefined);
    if (lists.some(({ length }) => length === 0)) {
        return false;
    }
    const [other] = Object.keys(others);
    if (other !== undefined) {
        return { unclear: `its ingress has ${printable(other)}` };
    }
    const isAnybody = lists.length === 0 && toPorts !== undefined;
    return allOf([
        anyOf([
            isAnybody,
            ...(fromEndpoints ?? []).map((selector) => selectsClient(selector, client, place)),
            ...(fromEntities ?? []).map(
                (entity): Match =>
                    entity === "all" || {
                        unclear: `its ingress has the entity ${printable(entity)}`,
                    },
            ),
        ]),
        toPorts === undefined || anyOf(toPorts.map(opensPort)),
    ]);
}

function selectsClient(selector: Selector, client: string, place: PolicyPlace): Match {
    const keys = [
        ...Object.keys(selector.matchLabels ?? {}),
        ...(selector.matchExpressions ?? []).map(({ key }) => key),
    ].map(plainKey);
    const isNamed = keys.includes(policyCluster) || !place.isLocalByDefault;
    return allOf([
        isNamed || client === place.cluster,
        matches(selector, podLabels("x-wing", client)),
    ]);
}

function opensPort({ ports, ...others }: PortRule): Match {
    const [other] = Object.keys(others);
    const isOpen =
        ports === undefined ||
        ports.some(({ port, endPort, protocol = "ANY" }) => {
            const first = Number(port);
            const last = endPort ?? first;
            const isAny = first === 0 || (first <= rebelBasePort && rebelBasePort <= last);
            return isAny && ["ANY", "TCP"].includes(protocol);
        });
    return isOpen && other !== undefined
        ? { unclear: `its toPorts has ${printable(other)}` }
        : isOpen;
}

/** Whether a selector matches labels; one without any condition matches all. */
function matches(selector: Selector | undefined, labels: Readonly<Record<string, string>>): Match {
    if (selector === undefined) {
        return { unclear: "it selects no pods" };
    }
    const { matchLabels = {}, matchExpressions = [] } = selector;
    return allOf([
        ...Object.entries(matchLabels).map(([key, value]) =>
            holds({ key, operator: "In", values: [value] }, labels),
        ),
        ...matchExpressions.map((expression) => holds(expression, labels)),
    ]);
}

function holds(
    { key, operator, values = [] }: NonNullable<Selector["matchExpressions"]>[number],
    labels: Readonly<Record<string, string>>,
): Match {
    const label = labels[plainKey(key)];
    if (label === undefined) {
        return { unclear: `a selector asks for the label ${printable(key)}` };
    }
    switch (operator) {
        case "In":
            return values.includes(label);
        case "NotIn":
            return !values.includes(label);
        case "Exists":
            return true;
        case "DoesNotExist":
            return false;
        default:
            return { unclear: `a selector has the operator ${printable(operator)}` };
    }
}

/** A label's key without the source that Cilium allows before it. */
function plainKey(key: string): string {
    return key.replace(/^(k8s|any):/, "");
}

function unclearOf(match: Match): string | undefined {
    return typeof match === "boolean" ? undefined : match.unclear;
}

/** True if one is, however unclear the others are. */
function anyOf(all: readonly Match[]): Match {
    return all.includes(true) || (all.find((match) => match !== false) ?? false);
}

/** False if one is, however unclear the others are. */
function allOf(all: readonly Match[]): Match {
    return !all.includes(false) && (all.find((match) => match !== true) ?? true);
}
