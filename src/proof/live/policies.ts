import { printable } from "../../config/problem";
import { policyName } from "../../lab/networkPolicy";
import { LiveObject } from "../../mesh/kube/objects";
import { heldBy } from "../drift/others";
import { Managed, authorOf } from "./authors";
import { SeenChange } from "./marks";

/** A network policy that is not the lab's. */
export interface PolicyView {
    /** Its kind and name, as they can be printed. */
    readonly title: string;
    /** The lab's pods for which it holds: `rebel-base`, `x-wing`, or both; empty where it holds for none. */
    readonly held: string;
    /** What it says, as text. */
    readonly rules: string;
    readonly managed: Managed;
}

/** Policies of a cluster that are looked at; of more than that nobody keeps an overview. */
const mostPolicies = 50;

/** The policies that are not the lab's own. */
export function policyViews(policies: readonly LiveObject[]): PolicyView[] {
    return policies
        .filter(({ metadata }) => metadata?.name !== policyName)
        .slice(0, mostPolicies)
        .map((policy) => ({
            title: `${policy.kind} ${printable(policy.metadata?.name ?? "?", 60)}`,
            held: heldBy(policy).join(" and "),
            rules: JSON.stringify([policy.spec, policy.specs]),
            managed: policy.metadata?.managedFields ?? [],
        }));
}

/** Where a policy says what it does. */
const said = [["spec"], ["specs"]];

/**
 * Policies that hold for the lab's pods and were created, changed or deleted between two looks at a cluster. The rule of
 * who must answer knows the lab's own policy alone, so that nothing has to arrive of them.
 */
export function policyChanges(
    cluster: string,
    before: readonly PolicyView[],
    after: readonly PolicyView[],
): SeenChange[] {
    const find = (all: readonly PolicyView[], title: string) =>
        all.find((one) => one.title === title);
    const titles = [...new Set([...before, ...after].map(({ title }) => title))];
    return titles.flatMap((title) => {
        const [old, now] = [find(before, title), find(after, title)];
        const what = changeText(old, now);
        // Whoever deletes leaves no name, and Pulumi does not know it.
        const author =
            now === undefined
                ? "somebody"
                : authorOf(old === undefined ? [] : said, old?.managed, now.managed);
        return what === undefined
            ? []
            : [{ text: `${title} in ${cluster} ${what}`, author, isEvent: true as const }];
    });
}

/** What became of a policy, in words; undefined where that changes nothing for the lab's pods. */
function changeText(old: PolicyView | undefined, now: PolicyView | undefined): string | undefined {
    const [held = "", holds = ""] = [old?.held, now?.held];
    if (held === "" && holds === "") {
        return undefined;
    }
    if (now === undefined) {
        return `deleted; it applied to ${held}`;
    }
    if (old === undefined) {
        return `created; it applies to ${holds}`;
    }
    if (old.rules === now.rules) {
        return undefined;
    }
    return holds === "" ? `no longer applies to ${held}` : `changed; it applies to ${holds}`;
}
