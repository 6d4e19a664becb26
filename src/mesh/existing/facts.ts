import type { CoreV1Api, KubeConfig, V1Node, V1Pod } from "@kubernetes/client-node";
import { isRange } from "../../config/cidr";
import { poll } from "../../machine/poll";
import { client, clientConfiguration, inTime, parseKubeconfig, refusalOf } from "../kube/client";
import { connect } from "../kube/clusterApi";
import { isCiliumRelease, releaseConfig } from "../kube/helmRelease";
import { LiveObject } from "../kube/objects";
import { stackLabel } from "./record";

/** Age after which a node without a range for its pods gets none. */
const settledAfterMs = 60_000;

/** An object that is there, and whose it is. */
export interface FoundObject {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    /** Mark of the stack that made it; undefined if none did. */
    readonly mark: string | undefined;
}

/** What is known of an existing cluster before anything is put into it. */
export interface ClusterFacts {
    /** Id of the namespace kube-system. */
    readonly uid: string;
    /** URL of the API server, as the kubeconfig has it. */
    readonly server: string;
    readonly nodes: readonly {
        readonly name: string;
        /** IPv4 addresses under which the other nodes reach it. */
        readonly addresses: readonly string[];
        readonly isReady: boolean;
        /** IPv4 ranges that Kubernetes has given to the node's pods. */
        readonly podCidrs: readonly string[];
    }[];
    /** Range from which Kubernetes gives nodes theirs, where its controller manager can be seen. */
    readonly clusterCidrs: readonly string[];
    /** Ranges of the Services; empty if the API server does not tell. */
    readonly serviceCidrs: readonly string[];
    readonly hasKubeProxy: boolean;
    /** All DaemonSets, in any namespace. */
    readonly daemonSets: readonly FoundObject[];
    /** Helm releases `cilium` in kube-system. */
    readonly releases: readonly FoundObject[];
    /** ConfigMaps, Deployments and Services in `default` and `kube-system`. */
    readonly objects: readonly FoundObject[];
}

/**
 * Asks an existing cluster what it is like. Nothing is changed.
 *
 * @throws Error in one sentence if it does not answer.
 */
export async function readClusterFacts(kubeconfig: string): Promise<ClusterFacts> {
    const config = await parseKubeconfig(kubeconfig);
    const server = config.getCurrentCluster()!.server;
    try {
        return { server, ...(await askCluster(config, kubeconfig)) };
    } catch (error) {
        throw new Error(`its API server ${server} ${refusal(error)}`);
    }
}

/**
 * Id of the cluster that a kubeconfig leads to.
 *
 * @throws Error in one sentence if it does not answer.
 */
export async function readClusterUid(kubeconfig: string): Promise<string> {
    const config = await parseKubeconfig(kubeconfig);
    try {
        const { CoreV1Api } = await client();
        return await uidOf(new CoreV1Api(await clientConfiguration(config)));
    } catch (error) {
        throw new Error(`its API server ${config.getCurrentCluster()!.server} ${refusal(error)}`);
    }
}

async function uidOf(core: CoreV1Api): Promise<string> {
    const { metadata } = await inTime(core.readNamespace({ name: "kube-system" }));
    if (typeof metadata?.uid !== "string") {
        throw new TypeError("a namespace without its id");
    }
    return metadata.uid;
}

function refusal(error: unknown): string {
    const { code } = error as { readonly code?: unknown };
    return code === 401 || code === 403
        ? `does not let you look at all that has to be checked (HTTP ${code})`
        : refusalOf(error);
}

async function askCluster(
    config: KubeConfig,
    kubeconfig: string,
): Promise<Omit<ClusterFacts, "server">> {
    const { AppsV1Api, CoreV1Api, NetworkingV1Api } = await client();
    const configuration = await clientConfiguration(config);
    const core = new CoreV1Api(configuration);
    const apps = new AppsV1Api(configuration);
    const networking = new NetworkingV1Api(configuration);
    const api = connect(kubeconfig);
    const nodes = await settledNodes(core);
    const [uid, pods, daemonSets, serviceRanges, ...objects] = await Promise.all([
        uidOf(core),
        inTime(core.listNamespacedPod({ namespace: "kube-system" })),
        inTime(apps.listDaemonSetForAllNamespaces()),
        // Kubernetes 1.33 and later.
        inTime(networking.listServiceCIDR()).then(
            ({ items }) => items.flatMap(({ spec }) => spec?.cidrs ?? []),
            () => [],
        ),
        api.objects("default"),
        api.objects("kube-system"),
    ]);
    const flag = (name: string) => flagOf(pods.items, name);
    const serviceCidrs =
        serviceRanges.length > 0 ? serviceRanges : flag("service-cluster-ip-range");
    return {
        uid,
        nodes: nodes.map(nodeFacts),
        clusterCidrs: ipv4(flag("cluster-cidr")),
        serviceCidrs: ipv4(serviceCidrs),
        // A cluster that was made a moment ago has its DaemonSet and no pod of it yet; some clusters have pods alone.
        hasKubeProxy: [...daemonSets.items, ...pods.items].some(({ metadata }) =>
            metadata?.name?.startsWith("kube-proxy"),
        ),
        daemonSets: daemonSets.items.map((object) => marked({ ...object, kind: "DaemonSet" })),
        ...releasesAndObjects(objects.flat()),
    };
}

function releasesAndObjects(
    found: readonly LiveObject[],
): Pick<ClusterFacts, "releases" | "objects"> {
    return {
        releases: found.filter(isCiliumRelease).map((secret) => ({
            kind: "Helm release",
            namespace: "kube-system",
            name: "cilium",
            mark: releaseMark(secret),
        })),
        objects: found
            .filter(({ kind }) => ["ConfigMap", "Deployment", "Service"].includes(kind))
            .map(marked),
    };
}

/** An object with the mark of the stack that made it; undefined where none did. */
function marked({ kind, metadata }: Pick<LiveObject, "kind" | "metadata">) {
    return {
        kind,
        namespace: metadata!.namespace!,
        name: metadata!.name!,
        mark: metadata!.labels?.[stackLabel],
    };
}

/**
 * The nodes, once each has a range for its pods or has had the time to get one. Kubernetes gives it to a node a moment
 * after its registration; whoever looks before takes a cluster for one whose nodes get none, and Cilium's pods lose
 * their network when that changes later.
 */
async function settledNodes(core: CoreV1Api): Promise<V1Node[]> {
    let nodes: V1Node[] = [];
    const isToCome = ({ metadata, spec }: V1Node) =>
        spec?.podCIDR === undefined &&
        Date.now() - Number(metadata?.creationTimestamp ?? 0) < settledAfterMs;
    await poll(
        async () => {
            nodes = (await inTime(core.listNode())).items;
            return nodes.some(isToCome) ? undefined : nodes;
        },
        { withinMs: settledAfterMs, everyMs: 1000 },
    );
    return nodes;
}

/** The mark of the stack that installed a release; undefined if none did. */
export function releaseMark(secret: LiveObject): string | undefined {
    const { commonLabels } = releaseConfig(secret) as { commonLabels?: Record<string, string> };
    return commonLabels?.[stackLabel];
}

function nodeFacts({ metadata, spec, status }: V1Node): ClusterFacts["nodes"][number] {
    const addresses = (status?.addresses ?? [])
        .filter(({ type }) => type === "InternalIP")
        .map(({ address }) => `${address}/32`);
    return {
        name: metadata!.name!,
        addresses: ipv4(addresses).map((cidr) => cidr.replace("/32", "")),
        isReady: (status?.conditions ?? []).some(
            (condition) => condition.type === "Ready" && condition.status === "True",
        ),
        podCidrs: ipv4(spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR])),
    };
}

/** The values of a flag of the control plane's programs, where they run as pods. */
function flagOf(pods: readonly V1Pod[], name: string): string[] {
    const words = pods
        .filter(({ metadata }) => metadata?.labels?.tier === "control-plane")
        .flatMap(({ spec }) =>
            (spec?.containers ?? []).flatMap(({ command, args }) => [
                ...(command ?? []),
                ...(args ?? []),
            ]),
        );
    const prefix = `--${name}=`;
    const given = words.filter((word) => word.startsWith(prefix));
    return [...new Set(given.flatMap((word) => word.slice(prefix.length).split(",")))];
}

function ipv4(cidrs: readonly string[]): string[] {
    return cidrs.filter(isRange);
}
