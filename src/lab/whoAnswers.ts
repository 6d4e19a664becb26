import satisfies from "semver/functions/satisfies";

/**
 * One cluster's side of a global service, as the rule sees it: from the config before anything runs, or
 * from the live objects after.
 */
export interface Side {
    /** Name of the cluster. */
    readonly cluster: string;
    /** Version of its Cilium, by the config. It decides what an affinity text other than `local` and `remote` does. */
    readonly ciliumVersion: string;
    /** The Service says that it is global. */
    readonly global: boolean;
    /** The Service says that its backends are for other clusters too. Means nothing unless it is global. */
    readonly shared: boolean;
    /**
     * Text of the affinity annotation; undefined is no annotation. `local` and `remote` have a meaning, any
     * other text has one only by mistake (see {@link affinityOf}).
     */
    readonly affinity: string | undefined;
    /** Number of backends that are asked for. */
    readonly backends: number;
    /** Number of backends that are ready, where they were counted. */
    readonly ready?: number;
    /** Number of pods that could answer: ready, not yet, or about to end; where they were counted. */
    readonly pods?: number;
    /** The clusters whose clients a network policy lets in; left out where no policy is, for all of them. */
    readonly admits?: readonly string[];
    /** What of the network policy cannot be judged; nobody knows then whom it lets in. */
    readonly unclearPolicy?: string;
    /** The Service's namespace is not global, so that its backends stay in the cluster; left out where it is. */
    readonly isNamespaceLocal?: true;
    /** What became of a cluster that nobody can reach any more; left out where it can be reached. */
    readonly outage?: Outage;
    /**
     * The cluster's clustermesh-apiserver is away, its pods are not: with `kept` nobody notices, with `revoked` it and the
     * others have dropped each other's backends, which could still be reached. Left out where it is there.
     */
    readonly controlPlane?: Outage;
}

/**
 * What the others' load balancers do about a cluster that is away:
 *
 * - `kept`: they go on sending to its backends, and those requests time out: for ever without
 *   `clustermesh.cacheTTL`, else until its loss was noticed (60 to 150 s) and the TTL has run;
 * - `revoked`: they have dropped its backends.
 *
 * @see https://docs.cilium.io/en/stable/network/clustermesh/global-services/
 */
export type Outage = "kept" | "revoked";

/** Why a cluster does not answer. Each holds by itself; a cluster may have several. */
export type Silence =
    /** It has no backend. */
    | "no-backends"
    /** The client's own Service is not global, so it uses no backend of another cluster. */
    | "client-not-global"
    /** The cluster's Service is not global, so nothing of it leaves the cluster. */
    | "not-global"
    /** The cluster's Service is global but not shared. */
    | "not-shared"
    /** The namespace of the cluster's Service is not global. That of the client's own does not matter. */
    | "namespace-local"
    /** The client's Service prefers local backends, and there are some. */
    | "local-preferred"
    /** The client's Service prefers remote backends, and there are some. */
    | "remote-preferred"
    /** The client's Service has an affinity this Cilium does not know and takes for "local only". */
    | "unknown-affinity"
    /** A network policy in the cluster drops the client's requests. Load balancers do not know policies. */
    | "not-admitted"
    /** The cluster cannot be reached, and its backends are still sent to. */
    | "unreachable"
    /** The cluster cannot be reached, and its backends are not sent to any more. */
    | "revoked"
    /** A clustermesh-apiserver, the cluster's or the client's own, is away for longer than the TTL. */
    | "cut-off"
    /** The client's own cluster is away, and its clients with it. */
    | "client-away";

/** Who answers the clients of one cluster, and why the others do not. */
export interface Answer {
    /** The cluster whose clients ask. */
    readonly client: string;
    /** The clusters that answer, in the order of the sides given. Empty: every request fails. */
    readonly answering: readonly string[];
    /** The clusters that do not, each with every reason that holds. */
    readonly silent: readonly { readonly cluster: string; readonly reasons: readonly Silence[] }[];
}

/** Reasons that load balancers know nothing of: they send requests there all the same. */
const unknownToLoadBalancers: readonly Silence[] = ["not-admitted", "unreachable"];

/**
 * The clusters that get requests of the client and do not answer them, because a network policy drops them or nobody is
 * there, and nothing else makes them silent: what is balanced to their backends times out.
 */
export function dropping({ silent }: Answer): string[] {
    return silent
        .filter(({ reasons }) => reasons.every((reason) => unknownToLoadBalancers.includes(reason)))
        .map(({ cluster }) => cluster);
}

/** What an affinity annotation's text means to a given Cilium. */
export type Affinity = "none" | "local" | "remote" | "local-only";

/**
 * What the text of the affinity annotation does. From 1.18.0 until the fix in 1.19.6 and 1.20.0, any text
 * but `local` and `remote`, the documented `none` included, keeps clients on local backends without
 * failover; 1.18 never got the fix. Before and after, such a text means no affinity.
 *
 * @see https://github.com/cilium/cilium/issues/46623
 */
export function affinityOf({
    affinity,
    ciliumVersion,
}: Pick<Side, "affinity" | "ciliumVersion">): Affinity {
    const text = affinity?.toLowerCase();
    if (text === undefined || text === "") {
        return "none";
    }
    if (text === "local" || text === "remote") {
        return text;
    }
    return satisfies(ciliumVersion, ">=1.18.0 <1.19.6", { includePrerelease: true })
        ? "local-only"
        : "none";
}

/**
 * The clusters that must answer a client pod of each cluster, derived from Cilium's own code:
 *
 * - a cluster's backends are usable elsewhere iff both Services are global and its own is shared;
 * - from Cilium 1.20 on its namespace must be global, too; the client's need not be (the chart says both must, the
 *   code looks only where a Service is exported: `operator/watchers/service_sync.go`, `Convert`);
 * - a cluster's own backends are always usable at home: `shared` never hides them from their own clients;
 * - only the affinity of the client's Service counts, as the client's own Cilium reads it. It prefers one kind of backends as long as there is
 *   one, and falls back to the other;
 * - a network policy does not change what the load balancer picks: it drops what reaches the backend;
 * - nor does the loss of a cluster, until its backends are revoked: then it is as if it had none.
 * - without its clustermesh-apiserver a cluster is as it was for all, until what each knows of the other is revoked.
 *
 * @param sides Every cluster of the mesh once.
 * @see https://docs.cilium.io/en/stable/network/clustermesh/global-services/
 * @see https://docs.cilium.io/en/stable/network/clustermesh/policy/
 */
export function whoAnswers(sides: readonly Side[]): Answer[] {
    return sides.map((client) => answerFor(client, sides));
}

function answerFor(client: Side, sides: readonly Side[]): Answer {
    if (client.outage !== undefined) {
        const silent = sides.map(({ cluster }) => ({ cluster, reasons: ["client-away"] as const }));
        return { client: client.cluster, answering: [], silent };
    }
    const affinity = client.global ? affinityOf(client) : "none";
    const usable = sides.filter((side) => unusable(side, client).length === 0);
    const hasLocal = usable.includes(client);
    const hasRemote = usable.some((side) => side !== client);

    const preference = (side: Side): Silence[] => {
        if (side !== client && affinity === "local-only") {
            return ["unknown-affinity"];
        }
        if (side !== client && affinity === "local" && hasLocal) {
            return ["local-preferred"];
        }
        return side === client && affinity === "remote" && hasRemote ? ["remote-preferred"] : [];
    };
    const reasons = sides.map((side) => ({
        cluster: side.cluster,
        reasons: [...unusable(side, client), ...preference(side), ...refusal(side, client)],
    }));
    return {
        client: client.cluster,
        answering: reasons.filter((side) => side.reasons.length === 0).map((side) => side.cluster),
        silent: reasons.filter((side) => side.reasons.length > 0),
    };
}

/** Why the client cannot use the side's backends, whatever it prefers. */
function unusable(side: Side, client: Side): Silence[] {
    const isRemote = side !== client;
    return [
        ...(isRemote && !client.global ? (["client-not-global"] as const) : []),
        ...(isRemote && !side.global ? (["not-global"] as const) : []),
        ...(isRemote && side.global && !side.shared ? (["not-shared"] as const) : []),
        ...(isRemote && side.isNamespaceLocal ? (["namespace-local"] as const) : []),
        ...(side.backends === 0 ? (["no-backends"] as const) : []),
        ...(isRemote && [side, client].some(({ controlPlane }) => controlPlane === "revoked")
            ? (["cut-off"] as const)
            : []),
        ...(side.outage === "revoked" ? (["revoked"] as const) : []),
    ];
}

/** Why the side's backends do not answer what the client asks, whoever picked them. */
function refusal({ admits, outage }: Side, client: Side): Silence[] {
    const isAdmitted = admits === undefined || admits.includes(client.cluster);
    return [
        ...(isAdmitted ? [] : (["not-admitted"] as const)),
        ...(outage === "kept" ? (["unreachable"] as const) : []),
    ];
}
