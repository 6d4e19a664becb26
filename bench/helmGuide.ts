import { join } from "node:path";
import * as yaml from "js-yaml";
import { ClusterConfig, LabConfig } from "../src/config/labConfig";
import { nodeName } from "../src/machine/names";
import { apiserverPort } from "../src/mesh/cilium/values";
import {
    HandGuide,
    HandPlace,
    commonFiles,
    copyAuthority,
    forEachOf,
    handChart,
    handContext,
    kindSteps,
    kubectl,
    labSteps,
    valuesFile,
} from "./byHand";

/**
 * Cilium's guide as it is since 1.20.1: Helm installs Cilium, a file for each cluster and a common one of all peers put
 * it into the mesh, and nothing is connected. Of the guide's three ways to certificates this takes Helm's own, which
 * needs no image more. It waits for nothing that the next command does not need, and leaves out the look at `cilium
 * clustermesh status` in the end: the bench's own requests say more, and find it sooner.
 *
 * @see https://docs.cilium.io/en/stable/network/clustermesh/setup/#configure-cluster-mesh-with-helm
 */
export const helmGuide: HandGuide = {
    programs: [{ program: "helm", args: ["version", "--short"] }, kubectl],
    files: (place, config) => ({
        ...commonFiles(config),
        [peersFile]: yaml.dump(peers(place, config)),
        ...Object.fromEntries(
            config.clusters.map((cluster, index) => [
                meshFile(index),
                yaml.dump(meshValues(cluster, nodeOf(place, index)), { noRefs: true }),
            ]),
        ),
    }),
    steps: (place, config) => {
        const each = forEachOf(config);
        const helm = (command: string, index: number) => [
            ...[command, "cilium", ...chartArgs(config, index), "--namespace", "kube-system"],
            ...["--kube-context", handContext(place, index)],
        ];
        const values = (file: string) => ["--values", join(place.folder, file)];
        const [first, ...others] = each("helm upgrade", "helm", (index) => [
            ...[...helm("upgrade", index), "--reuse-values"],
            ...[...values(peersFile), ...values(meshFile(index))],
        ]);
        return [
            ...kindSteps(place, config),
            ...each("helm install", "helm", (index) => [
                ...[...helm("install", index), ...values(valuesFile(index))],
            ]),
            first!,
            copyAuthority(place),
            ...others,
            ...labSteps(place, config),
        ];
    },
};

const peersFile = "clusters.yaml";
const meshFile = (index: number) => `cluster${index + 1}.yaml`;

/** A cluster's address for its peers: the node's container, whose name Docker's DNS knows. */
function nodeOf({ kindNames }: HandPlace, index: number): string {
    return nodeName(kindNames[index]!);
}

/** The guide's `clusters.yaml`; Cilium ignores the own entry. As a list, which every chart from 1.18 on takes. */
function peers(place: HandPlace, { clusters }: LabConfig): object {
    const list = clusters.map(({ name, id }, index) => ({
        name,
        address: nodeOf(place, index),
        port: apiserverPort(id),
    }));
    return { clustermesh: { config: { clusters: list } } };
}

/** The guide's `cluster1.yaml`, with the NodePort that its page on kind wants. */
function meshValues({ name, id }: ClusterConfig, address: string): object {
    // Charts before 1.20 read it one level higher.
    const server = { extraDnsNames: [address] };
    return {
        cluster: { name, id },
        clustermesh: {
            useAPIServer: true,
            config: { enabled: true },
            apiserver: {
                service: { type: "NodePort", nodePort: apiserverPort(id) },
                tls: { auto: { enabled: true, method: "helm", server }, server },
            },
        },
    };
}

/** How Helm is told about the chart. */
function chartArgs(config: LabConfig, index: number): string[] {
    const { chart, version, repository } = handChart(config, index);
    return [
        chart,
        ...(version === undefined ? [] : ["--version", version]),
        ...(repository === undefined ? [] : ["--repo", repository]),
    ];
}
