import { delimiter, join } from "node:path";
import * as yaml from "js-yaml";
import { ClusterConfig, LabConfig } from "../src/config/labConfig";
import { readManifests } from "../src/lab/manifests";
import { applyVariant, variantOf } from "../src/lab/variant";
import { isNamed, chartSource } from "../src/mesh/cilium/chart";
import { imageOverride, mergeValues } from "../src/mesh/cilium/values";

/** Where the way by hand works: its own clusters, its own kubeconfig, its own files. */
export interface HandPlace {
    /** Temporary folder. */
    readonly folder: string;
    /** Names of the kind clusters, in the order of the config's clusters. */
    readonly kindNames: readonly string[];
    /** The kind to use. */
    readonly kind: string;
}

/** One command that a person types. */
export interface HandStep {
    readonly name: string;
    readonly program: string;
    readonly args: readonly string[];
    /** A command whose output is this one's input. */
    readonly pipedFrom?: readonly string[];
}

/** The programs that the way by hand needs, each with a harmless question. */
export const handPrograms = [
    { program: "cilium", args: ["version", "--client"] },
    { program: "kubectl", args: ["version", "--client"] },
] as const;

/**
 * The kubeconfig file of a cluster of the way by hand: one for each, because two kinds that delete at the same
 * time fail over the lock of a common one.
 */
export function handKubeconfig({ folder }: Pick<HandPlace, "folder">, index: number): string {
    return join(folder, `kubeconfig${index + 1}`);
}

/** What KUBECONFIG is for the way by hand. */
export function handKubeconfigs(place: HandPlace): string {
    return place.kindNames.map((_, index) => handKubeconfig(place, index)).join(delimiter);
}

/** kind's name for a cluster's context. */
export function handContext({ kindNames }: HandPlace, index: number): string {
    return `kind-${kindNames[index]}`;
}

/**
 * Files that the steps read: kind's configuration as Cilium's documentation has it for a mesh, Cilium's values,
 * the lab's objects in the same variant as ours.
 *
 * @see https://docs.cilium.io/en/stable/installation/kind/#cluster-mesh
 */
export function handFiles(config: LabConfig): Record<string, string> {
    return Object.fromEntries(
        config.clusters.flatMap((cluster, index) => [
            [kindFile(index), yaml.dump(handKindConfig(config, cluster))],
            [valuesFile(index), yaml.dump(handValues(config, cluster))],
            [labFile(index), labObjects(config, cluster)],
        ]),
    );
}

/**
 * The commands of Cilium's own guide to a mesh of two kind clusters, in its order, for the same images, chart
 * and ranges as ours. Where the guide runs `cilium clustermesh enable`, this sets the same values by `cilium
 * upgrade`: `enable` has certificates made by a job, which takes longer and an image that ours does not need.
 *
 * @see https://docs.cilium.io/en/stable/network/clustermesh/setup/
 */
export function handSteps(place: HandPlace, config: LabConfig): HandStep[] {
    const each = forEachOf(place, config);
    const file = (name: string) => join(place.folder, name);
    const mesh = meshSteps(place, config);
    return [
        ...each("kind create cluster", place.kind, (index) => [
            ...["create", "cluster", "--name", place.kindNames[index]!],
            ...["--config", file(kindFile(index))],
            ...["--kubeconfig", handKubeconfig(place, index)],
        ]),
        ...each("cilium install", "cilium", (index, context) => [
            ...["install", ...context, ...chartArgs(config)],
            ...["--values", file(valuesFile(index))],
        ]),
        ...each("cilium status --wait", "cilium", (_, context) => ["status", ...context, "--wait"]),
        ...mesh,
        ...each("kubectl apply", "kubectl", (index, context) => [
            ...[...context, "apply", "-f", file(labFile(index))],
        ]),
    ];
}

/** From two clusters with Cilium to one mesh. */
function meshSteps(place: HandPlace, config: LabConfig): HandStep[] {
    const each = forEachOf(place, config);
    const context = (index: number) => ["--context", handContext(place, index)];
    const [first, ...others] = each("cilium clustermesh enable", "cilium", (_, own) => [
        ...["upgrade", ...own, ...chartArgs(config), ...enableArgs],
    ]);
    const status = (name: string) =>
        each(name, "cilium", (_, own) => ["clustermesh", "status", ...own, "--wait"]);
    const authority = ["get", "secret", "cilium-ca", "--namespace", "kube-system", "-o", "yaml"];
    const peer = ["--destination-context", handContext(place, 1)];
    return [
        first!,
        {
            name: "copy the CA",
            program: "kubectl",
            args: [...context(1), "create", "-f", "-"],
            pipedFrom: ["kubectl", ...context(0), ...authority],
        },
        ...others,
        ...status("cilium clustermesh status --wait"),
        {
            name: "cilium clustermesh connect",
            program: "cilium",
            args: ["clustermesh", "connect", ...context(0), ...peer],
        },
        ...status("connected: cilium clustermesh status --wait"),
    ];
}

/** Makes the same step for each cluster; its arguments depend on the cluster's index and context. */
function forEachOf(place: HandPlace, { clusters }: LabConfig) {
    return (
        name: string,
        program: string,
        args: (index: number, context: readonly string[]) => string[],
    ): HandStep[] =>
        clusters.map((_, index) => ({
            name: `${name} (${index + 1})`,
            program,
            args: args(index, ["--context", handContext(place, index)]),
        }));
}

/** What `cilium clustermesh enable --service-type NodePort` sets, but certificates made by Helm. */
const enableArgs = [
    "--reuse-values",
    ...[
        "clustermesh.useAPIServer=true",
        "clustermesh.apiserver.service.type=NodePort",
        "clustermesh.apiserver.tls.auto.enabled=true",
        "clustermesh.apiserver.tls.auto.method=helm",
    ].flatMap((value) => ["--set", value]),
];

const kindFile = (index: number) => `kind-cluster${index + 1}.yaml`;
const valuesFile = (index: number) => `values-cluster${index + 1}.yaml`;
const labFile = (index: number) => `lab-cluster${index + 1}.yaml`;

function handKindConfig(config: LabConfig, { podCidr, serviceCidr }: ClusterConfig): object {
    return {
        kind: "Cluster",
        apiVersion: "kind.x-k8s.io/v1alpha4",
        nodes: [{ role: "control-plane", image: config.nodeImage }],
        networking: { disableDefaultCNI: true, podSubnet: podCidr, serviceSubnet: serviceCidr },
    };
}

/**
 * The guide's values, and what keeps the way by hand from being slower for reasons that are not the point: no
 * Hubble, no L7 proxy and no Envoy (ours has none either), one operator.
 */
function handValues({ cilium }: LabConfig, { name, id }: ClusterConfig): object {
    const { images } = cilium;
    const base = {
        cluster: { name, id },
        ipam: { mode: "kubernetes" },
        operator: { replicas: 1, ...imageOverride(images.operator) },
        hubble: { enabled: false },
        l7Proxy: false,
        envoy: { enabled: false },
        clustermesh: { apiserver: imageOverride(images.clusterMeshApiserver) },
        ...imageOverride(images.agent),
    };
    return mergeValues(base, cilium.values);
}

function labObjects(config: LabConfig, cluster: ClusterConfig): string {
    const objects = applyVariant(readManifests(cluster.name), variantOf(config, cluster));
    return objects.map((object) => yaml.dump(object)).join("---\n");
}

/** How the `cilium` CLI is told about the chart. */
function chartArgs({ cilium }: LabConfig): string[] {
    if (isNamed(cilium.chart)) {
        return ["--version", cilium.version, "--repository", cilium.chartRepository];
    }
    const { chart, version } = chartSource(cilium);
    return version === undefined
        ? ["--chart-directory", chart]
        : ["--version", version, "--repository", chart];
}
