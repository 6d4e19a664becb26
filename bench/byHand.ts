import { delimiter, join } from "node:path";
import * as yaml from "js-yaml";
import { ClusterConfig, LabConfig, ciliumOf } from "../src/config/labConfig";
import { readManifests } from "../src/lab/manifests";
import { applyVariant, variantOf } from "../src/lab/variant";
import { chartSource, isNamed } from "../src/mesh/cilium/chart";
import { imageOverride, mergeValues } from "../src/mesh/cilium/values";

/** Where a way by hand works: its own clusters, its own kubeconfig, its own files. */
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

/** A program that a way by hand needs, with a harmless question to it. */
export interface HandProgram {
    readonly program: string;
    readonly args: readonly string[];
}

/** One of the ways that Cilium's guide has. */
export interface HandGuide {
    readonly programs: readonly HandProgram[];
    /** Files that its steps read, by name. */
    readonly files: (place: HandPlace, config: LabConfig) => Record<string, string>;
    /** Its commands, from nothing to the lab. */
    readonly steps: (place: HandPlace, config: LabConfig) => HandStep[];
}

export const kubectl: HandProgram = { program: "kubectl", args: ["version", "--client"] };

/**
 * The kubeconfig file of a cluster of the way by hand: one for each, because two kinds that delete at the same
 * time fail over the lock of a common one.
 */
export function handKubeconfig({ folder }: Pick<HandPlace, "folder">, index: number): string {
    return join(folder, `kubeconfig${index + 1}`);
}

/**
 * The environment of a way by hand: its own kubeconfigs, and in its folder all that kubectl, Helm and the CLI keep. What
 * the user has set for Helm (repositories, plugins, a context, another driver) does not count.
 *
 * @see https://helm.sh/docs/helm/helm/
 */
export function handEnv(place: HandPlace, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
    const others = Object.entries(env).filter(([name]) => !/^(HELM|KUBE)/.test(name));
    const own = (name: string) => join(place.folder, name);
    return {
        ...Object.fromEntries(others),
        KUBECONFIG: place.kindNames.map((_, index) => handKubeconfig(place, index)).join(delimiter),
        KUBECACHEDIR: own("kube-cache"),
        HELM_CACHE_HOME: own("helm-cache"),
        HELM_CONFIG_HOME: own("helm-config"),
        HELM_DATA_HOME: own("helm-data"),
    };
}

/** A cluster's chart, as a person has it: where it is a name, with its repository. */
export function handChart(
    config: LabConfig,
    index: number,
): { readonly chart: string; readonly version?: string; readonly repository?: string } {
    const cilium = ciliumOf(config, config.clusters[index]!.name);
    const { chart, chartRepository: repository, version } = cilium;
    return isNamed(chart) ? { chart, version, repository } : chartSource(cilium);
}

/** kind's name for a cluster's context. */
export function handContext({ kindNames }: HandPlace, index: number): string {
    return `kind-${kindNames[index]}`;
}

/**
 * Files that the steps of each way read: kind's configuration as Cilium's documentation has it for a mesh, Cilium's
 * values, the lab's objects in the same variant as ours.
 *
 * @see https://docs.cilium.io/en/stable/installation/kind/#cluster-mesh
 */
export function commonFiles(config: LabConfig): Record<string, string> {
    return Object.fromEntries(
        config.clusters.flatMap((cluster, index) => [
            [kindFile(index), yaml.dump(handKindConfig(config, cluster))],
            [valuesFile(index), yaml.dump(handValues(config, cluster))],
            [labFile(index), labObjects(config, cluster)],
        ]),
    );
}

/** The steps of kind's page in Cilium's documentation, with which each way begins. */
export function kindSteps(place: HandPlace, config: LabConfig): HandStep[] {
    return forEachOf(config)("kind create cluster", place.kind, (index) => [
        ...["create", "cluster", "--name", place.kindNames[index]!],
        ...["--config", join(place.folder, kindFile(index))],
        ...["--kubeconfig", handKubeconfig(place, index)],
    ]);
}

/** The lab's objects, with which each way ends. */
export function labSteps(place: HandPlace, config: LabConfig): HandStep[] {
    return forEachOf(config)("kubectl apply", "kubectl", (index) => [
        ...["--context", handContext(place, index)],
        ...["apply", "-f", join(place.folder, labFile(index))],
    ]);
}

/** The first cluster's CA goes to the second, so that both sign with the same; both ways of the guide have it. */
export function copyAuthority(place: HandPlace): HandStep {
    const context = (index: number) => ["--context", handContext(place, index)];
    const authority = ["get", "secret", "cilium-ca", "--namespace", "kube-system", "-o", "yaml"];
    return {
        name: "copy the CA",
        program: "kubectl",
        args: [...context(1), "create", "-f", "-"],
        pipedFrom: ["kubectl", ...context(0), ...authority],
    };
}

/** Makes the same step for each cluster; its arguments depend on the cluster's index. */
export function forEachOf({ clusters }: LabConfig) {
    return (name: string, program: string, args: (index: number) => string[]): HandStep[] =>
        clusters.map((_, index) => ({
            name: `${name} (${index + 1})`,
            program,
            args: args(index),
        }));
}

const kindFile = (index: number) => `kind-cluster${index + 1}.yaml`;
export const valuesFile = (index: number) => `values-cluster${index + 1}.yaml`;
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
 * The guide's values, and what keeps the ways by hand from being slower for reasons that are not the point: no
 * Hubble, no L7 proxy and no Envoy (ours has none either), one operator.
 */
function handValues(config: LabConfig, { name, id }: ClusterConfig): object {
    const cilium = ciliumOf(config, name);
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
