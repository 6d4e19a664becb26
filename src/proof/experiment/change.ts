import { ClusterName, LabConfig, ciliumOf, configKey } from "../../config/labConfig";
import {
    annotationPath,
    currentAnnotations,
    legacyAnnotations,
    settingAnnotations,
} from "../../lab/annotations";
import { ciliumVersions, versionsText } from "../../lab/ciliumVersions";
import { namespace, namespaceAnnotation, namespaceText } from "../../lab/globalNamespace";
import { Manifest } from "../../lab/manifests";
import { networkPoliciesIn } from "../../lab/networkPolicy";
import { settings } from "../../lab/settings";
import { serviceAnnotations } from "../../lab/variant";
import { newToken } from "../../machine/files";
import { Machine } from "../../machine/machine";
import {
    OutageOrder,
    beginOutage,
    contentsOf,
    endOutage,
    readOutage,
} from "../../mesh/kind/outage";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { ObjectPlace, PatchOperation } from "../../mesh/kube/objects";
import { isOfDeployment } from "../drift/others";

/** One thing that is done to a live cluster, as a person would with kubectl or the container engine. */
export type LiveStep =
    | {
          readonly does: "patch";
          readonly cluster: ClusterName;
          readonly place: ObjectPlace;
          readonly operations: readonly PatchOperation[];
      }
    | {
          /** A Namespace may have no annotations at all yet, and a patch does not make them. */
          readonly does: "annotate-namespace";
          readonly cluster: ClusterName;
          readonly text: string | undefined;
      }
    | { readonly does: "create"; readonly cluster: ClusterName; readonly manifest: Manifest }
    | { readonly does: "remove"; readonly cluster: ClusterName; readonly place: ObjectPlace }
    | { readonly does: "kill-a-pod"; readonly cluster: ClusterName }
    | {
          readonly does: "begin-outage" | "end-outage";
          readonly cluster: ClusterName;
          readonly of: OutageOrder["of"];
          readonly contents: string;
      };

/** What kills one pod of cluster1's rebel-base, without the grace that it would have to end in order. */
export const killAPod: readonly LiveStep[] = [{ does: "kill-a-pod", cluster: "cluster1" }];

/**
 * What leads from the one config's lab to the other's, done to the live objects.
 *
 * @returns Undefined where the configs differ in more than live objects say, so that only Pulumi can.
 */
export function liveSteps(from: LabConfig, to: LabConfig): LiveStep[] | undefined {
    const isMore = JSON.stringify(withoutLab(from)) !== JSON.stringify(withoutLab(to));
    // In clusters that are not the stack's own every object has the stack's mark, which Pulumi gives it.
    const isMarked = to.clusterProvider === "existing" && from.networkPolicy !== to.networkPolicy;
    if (isMore || isMarked) {
        return undefined;
    }
    return [...endOfOutage(from, to), ...objectSteps(from, to), ...beginOfOutage(from, to)];
}

/** A config without what live objects say of the lab. */
function withoutLab(config: LabConfig): object {
    const varied = settings.map(({ key }): string => key);
    return {
        ...config,
        networkPolicy: "",
        outage: "",
        clusters: config.clusters.map((cluster) =>
            Object.fromEntries(Object.entries(cluster).filter(([key]) => !varied.includes(key))),
        ),
    };
}

function objectSteps(from: LabConfig, to: LabConfig): LiveStep[] {
    return to.clusters.flatMap((after, index): LiveStep[] => {
        const { name: cluster } = after;
        const before = from.clusters[index]!;
        const keys = to.legacyAnnotations ? legacyAnnotations : currentAnnotations;
        const annotations = annotationOperations(
            serviceAnnotations(before, keys),
            serviceAnnotations(after, keys),
        );
        const service = { kind: "Service", namespace, name: "rebel-base" };
        const deployment = { kind: "Deployment", namespace, name: "rebel-base" };
        const value = after.rebelBaseReplicas;
        const text = namespaceText(after.globalNamespace, ciliumOf(to, cluster));
        return [
            ...(annotations.length === 0
                ? []
                : [{ does: "patch", cluster, place: service, operations: annotations } as const]),
            ...(before.rebelBaseReplicas === value
                ? []
                : [
                      {
                          does: "patch",
                          cluster,
                          place: deployment,
                          operations: [{ op: "replace", path: "/spec/replicas", value }],
                      } as const,
                  ]),
            ...(text === namespaceText(before.globalNamespace, ciliumOf(from, cluster))
                ? []
                : [{ does: "annotate-namespace", cluster, text } as const]),
            ...policySteps(cluster, from, to),
        ];
    });
}

function annotationOperations(
    before: Readonly<Record<string, string>>,
    after: Readonly<Record<string, string>>,
): PatchOperation[] {
    return settingAnnotations
        .filter((name) => before[name] !== after[name])
        .map((name) => {
            const [path, value] = [annotationPath(name), after[name]];
            return value === undefined ? { op: "remove", path } : { op: "add", path, value };
        });
}

function policySteps(cluster: ClusterName, from: LabConfig, to: LabConfig): LiveStep[] {
    const [before] = networkPoliciesIn(cluster, from);
    const [after] = networkPoliciesIn(cluster, to);
    if ((before === undefined) === (after === undefined)) {
        return [];
    }
    const { name } = (before ?? after!).metadata;
    return after === undefined
        ? [{ does: "remove", cluster, place: { kind: "CiliumNetworkPolicy", namespace, name } }]
        : [{ does: "create", cluster, manifest: after }];
}

function endOfOutage(from: LabConfig, to: LabConfig): LiveStep[] {
    return from.outage === to.outage ? [] : outageStep("end-outage", from);
}

function beginOfOutage(from: LabConfig, to: LabConfig): LiveStep[] {
    return from.outage === to.outage ? [] : outageStep("begin-outage", to);
}

function outageStep(does: "begin-outage" | "end-outage", config: LabConfig): LiveStep[] {
    const { outage: cluster, outageOf: of } = config;
    return cluster === "none" ? [] : [{ does, cluster, of, contents: contentsOf(config, cluster) }];
}

/** What the steps are done with. */
export interface Hands {
    readonly stack: string;
    /** API server of a cluster. Not called for one that is paused. */
    readonly apiOf: (cluster: ClusterName) => ClusterApi;
    readonly machine: Machine;
}

/**
 * Does the steps, one after the other.
 *
 * @throws Error where an API server or the container engine refuses.
 */
export async function doSteps(steps: readonly LiveStep[], hands: Hands): Promise<void> {
    for (const step of steps) {
        await doStep(step, hands);
    }
}

async function doStep(step: LiveStep, { stack, apiOf, machine }: Hands): Promise<void> {
    switch (step.does) {
        case "patch":
            return apiOf(step.cluster).patch(step.place, step.operations);
        case "annotate-namespace":
            return annotateNamespace(apiOf(step.cluster), step.text);
        case "create":
            return apiOf(step.cluster).create(namespace, step.manifest);
        case "remove":
            return apiOf(step.cluster).remove(step.place);
        case "kill-a-pod":
            return killPod(step.cluster, apiOf(step.cluster));
        case "begin-outage":
        case "end-outage": {
            const { cluster, of, contents, does } = step;
            const order = { stack, cluster, of, contents, episode: newToken() };
            // The order that was carried out is the one that is forgotten when it ends.
            const last = readOutage(stack);
            const isLast = last?.cluster === cluster && last.of === of;
            return does === "begin-outage"
                ? beginOutage(order, machine)
                : endOutage(isLast ? last : order, machine);
        }
    }
}

async function annotateNamespace(api: ClusterApi, text: string | undefined): Promise<void> {
    const live = await api.namespace(namespace);
    const path = annotationPath(namespaceAnnotation);
    const has = live?.metadata?.annotations;
    const place = { kind: "Namespace", namespace, name: namespace };
    if (text !== undefined) {
        const empty = { op: "add", path: "/metadata/annotations", value: {} } as const;
        await api.patch(place, [
            ...(has === undefined ? [empty] : []),
            { op: "add", path, value: text },
        ]);
    } else if (has?.[namespaceAnnotation] !== undefined) {
        await api.patch(place, [{ op: "remove", path }]);
    }
}

/** Kills a pod of the lab's own; somebody else's may have its label. */
async function killPod(cluster: ClusterName, api: ClusterApi): Promise<void> {
    const pods = await api.pods(namespace, "name=rebel-base");
    const name = pods
        .filter((pod) => isOfDeployment(pod, "rebel-base"))
        .find(({ metadata }) => metadata?.deletionTimestamp === undefined)?.metadata?.name;
    if (name === undefined) {
        throw new Error(`${cluster} has no rebel-base pod to kill`);
    }
    await api.remove({ kind: "Pod", namespace, name });
}

/** What changes, by key: `rebelBaseReplicas 2 → 0, sharedService true → false`. */
export function changeText(from: LabConfig, to: LabConfig): string {
    const old = new Map(told(from));
    const changes = told(to).filter(([key, value]) => old.get(key) !== value);
    return changes.map(([key, value]) => `${key} ${old.get(key)} → ${value}`).join(", ");
}

/** What an experiment may change, by key. */
function told(config: LabConfig): (readonly [key: string, value: string])[] {
    return [
        ...config.clusters.flatMap((cluster) =>
            settings.map(
                ({ key }) => [configKey(cluster.name, key), String(cluster[key])] as const,
            ),
        ),
        ["networkPolicy", config.networkPolicy],
        ["outage", outageText(config)],
        ["clusterMeshCacheTtl", config.cilium.cacheTtl],
        ["ciliumVersion", versionsText(ciliumVersions(config))],
    ];
}

function outageText({ outage, outageOf }: LabConfig): string {
    return outage === "none" || outageOf === "cluster" ? outage : `${outage} (${outageOf})`;
}
