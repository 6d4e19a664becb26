import type { V1LabelSelector, V1Pod } from "@kubernetes/client-node";
import { policyName } from "../../lab/networkPolicy";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { LiveObject } from "../../mesh/kube/objects";

const namespace = "default";

/** The lab's Deployments, and what pods of somebody else with the same label do. */
const deployments = { "rebel-base": "answer as rebel-base", "x-wing": "are asked as x-wing" };

/**
 * What somebody else has put beside the lab that changes who answers, a sentence each: pods with the lab's labels, and
 * network policies that hold for the lab's pods. They are named and left alone. What cannot be looked at is left out.
 */
export async function othersIn(api: ClusterApi, lab: readonly LiveObject[]): Promise<string[]> {
    const [policies, ...pods] = await Promise.all([
        api.otherPolicies(namespace).catch(() => []),
        ...Object.keys(deployments).map((name) =>
            api.pods(namespace, `name=${name}`).catch((): V1Pod[] => []),
        ),
    ]);
    const cilium = lab.filter(
        ({ kind, metadata }) => kind === "CiliumNetworkPolicy" && metadata?.name !== policyName,
    );
    return [
        ...Object.entries(deployments).flatMap(([name, role], index) =>
            [...new Set((pods[index] ?? []).flatMap((pod) => foreignOwner(pod, name)))].map(
                (owner) =>
                    `${owner} has pods that ${role}; it is not the stack's and is left alone`,
            ),
        ),
        ...[...cilium, ...policies].flatMap(policySentence),
    ];
}

/** Whether a pod is one of the lab's Deployment of that name, and not somebody else's with the same label. */
export function isOfDeployment(pod: V1Pod, deployment: string): boolean {
    return foreignOwner(pod, deployment).length === 0;
}

/** Whose a pod is; nothing if it is the lab's own. */
function foreignOwner({ metadata }: V1Pod, deployment: string): string[] {
    const hash = metadata?.labels?.["pod-template-hash"];
    const owner = metadata?.ownerReferences?.find(({ controller }) => controller);
    if (owner === undefined) {
        return [`Pod ${metadata?.name}`];
    }
    if (owner.kind !== "ReplicaSet" || hash === undefined || !owner.name.endsWith(`-${hash}`)) {
        return [`${owner.kind} ${owner.name}`];
    }
    const name = owner.name.slice(0, -hash.length - 1);
    return name === deployment ? [] : [`Deployment ${name}`];
}

/** What of a network policy of any kind says for whom it holds. */
interface PolicySpec {
    readonly podSelector?: V1LabelSelector;
    readonly endpointSelector?: V1LabelSelector;
}

/** The lab's Deployments for whose pods a network policy of any kind holds. */
export function heldBy(policy: LiveObject): string[] {
    const { spec, specs } = policy as { spec?: PolicySpec; specs?: readonly PolicySpec[] };
    const all = [...(spec ? [spec] : []), ...(specs ?? [])];
    return Object.keys(deployments).filter((name) =>
        all.some(({ podSelector, endpointSelector }) => {
            const selector = podSelector ?? endpointSelector;
            return selector !== undefined && selects(selector, name);
        }),
    );
}

function policySentence(policy: LiveObject): string[] {
    const held = heldBy(policy);
    return held.length === 0
        ? []
        : [
              `${policy.kind} ${policy.metadata?.name} applies to ${held.join(" and ")}; it is not the stack's and is left alone`,
          ];
}

/** Whether a selector takes the pods of a Deployment of the lab. Cilium's own labels, which are many, count as theirs. */
function selects(
    { matchLabels = {}, matchExpressions = [] }: V1LabelSelector,
    name: string,
): boolean {
    const labels: Readonly<Record<string, string>> = {
        name,
        "io.kubernetes.pod.namespace": namespace,
    };
    const plain = (key: string) => key.replace(/^(k8s|any)[:.]/, "");
    const isUnknown = (key: string) => /^(io\.|reserved:)/.test(key) && !(key in labels);
    return (
        Object.entries(matchLabels).every(
            ([key, value]) => isUnknown(plain(key)) || labels[plain(key)] === value,
        ) &&
        matchExpressions.every(({ key, operator, values = [] }) => {
            const label = labels[plain(key)];
            if (isUnknown(plain(key))) {
                return true;
            }
            const isIn = label !== undefined && values.includes(label);
            const holds: Readonly<Record<string, boolean>> = {
                In: isIn,
                NotIn: !isIn,
                Exists: label !== undefined,
                DoesNotExist: label === undefined,
            };
            return holds[operator] ?? true;
        })
    );
}
