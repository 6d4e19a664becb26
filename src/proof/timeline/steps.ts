import { Step, StepName } from "../../machine/timeline";

interface Rule {
    readonly title: string;
    /** The steps that must have ended before this one can end. */
    readonly after: readonly Dependency[];
    /** Not the lab's own work but the time its programs take to start. */
    readonly isOverhead?: boolean;
}

interface Dependency {
    readonly name: StepName;
    /** Which clusters' step of that name. A step without a cluster is always meant. */
    readonly of: "own" | "every";
}

const own = (...names: StepName[]): Dependency[] => names.map((name) => ({ name, of: "own" }));
const every = (...names: StepName[]): Dependency[] => names.map((name) => ({ name, of: "every" }));

/** What each step is and what it really waits for, in the order in which a run comes to them. */
const rules: Readonly<Record<StepName, Rule>> = {
    command: { title: "command starts", after: [], isOverhead: true },
    tools: { title: "kind and Pulumi found", after: every("command") },
    stack: { title: "stack selected", after: every("tools") },
    program: { title: "program loads", after: every("stack"), isOverhead: true },
    preflight: { title: "machine checked", after: every("program") },
    kind: { title: "kind", after: [...every("preflight"), ...own("kind")] },
    images: { title: "images loaded", after: own("kind") },
    kubeconfig: { title: "kubeconfig", after: own("kind", "images") },
    helm: { title: "Cilium installed by Helm", after: own("kubeconfig") },
    objects: { title: "lab's objects", after: own("kubeconfig") },
    agent: { title: "Cilium agent ready", after: own("helm") },
    operator: { title: "Cilium operator ready", after: own("helm") },
    // Pods have no network before the agent gives them one.
    apiserver: { title: "clustermesh-apiserver ready", after: own("helm", "agent") },
    coredns: { title: "CoreDNS ready", after: own("kubeconfig", "agent") },
    rebelBase: { title: "rebel-base ready", after: own("objects", "agent") },
    xWing: { title: "x-wing ready", after: own("objects", "agent") },
    // An agent reads what its own cluster's apiserver mirrors of the others' (kvstoremesh).
    peers: { title: "peers connected", after: [...own("agent"), ...every("apiserver")] },
    proof: {
        title: "requests and rule agree",
        after: every("peers", "operator", "apiserver", "coredns", "rebelBase", "xWing"),
    },
};

/** What a step is called for people. */
export function stepTitle({ name, detail }: Pick<Step, "name" | "detail">): string {
    const { title } = ruleOf(name);
    return detail === undefined ? title : `${title}: ${detail}`;
}

/** {@link stepTitle} with the cluster it belongs to. */
export function placedTitle(step: Step): string {
    return step.cluster === undefined ? stepTitle(step) : `${step.cluster}: ${stepTitle(step)}`;
}

/** Whether a step is the time a program takes to start, and no work that others depend on. */
export function isOverhead({ name }: Pick<Step, "name">): boolean {
    return ruleOf(name).isOverhead === true;
}

/**
 * The steps that a step really waits for: of what its rule names, those that were done in this run and ended
 * before it did. Where one was not done in this run, what that one waits for takes its place.
 */
export function predecessors(step: Step, steps: readonly Step[]): Step[] {
    return waitedFor(step.name, step.cluster, steps, []).filter(
        (one) => one !== step && one.end <= step.end,
    );
}

function waitedFor(
    name: StepName,
    cluster: string | undefined,
    steps: readonly Step[],
    path: readonly StepName[],
): Step[] {
    return ruleOf(name).after.flatMap((dependency) => {
        const before = dependency.name;
        const found = steps.filter(
            (step) => step.name === before && isMeant(dependency, step.cluster, cluster),
        );
        if (found.length > 0 || path.includes(before)) {
            return found;
        }
        return waitedFor(before, dependency.of === "own" ? cluster : undefined, steps, [
            ...path,
            before,
        ]);
    });
}

/** A step that stands in for one of every cluster has no cluster of its own, and waits for all. */
function isMeant(
    { of }: Dependency,
    candidate: string | undefined,
    cluster: string | undefined,
): boolean {
    return of === "every" || [candidate, cluster].includes(undefined) || candidate === cluster;
}

function ruleOf(name: StepName): Rule {
    return rules[name];
}
