import { printable } from "../../config/problem";
import { pausedCluster } from "../../mesh/kind/outage";
import { SeenChange } from "./marks";

/** A cluster's node that does not run, while its API server is silent. */
export interface Absence {
    /** The container's state, as the engine says it: `paused`, `exited` …; `gone` where there is none. */
    readonly state: string;
    /** The config asks for it, or has asked since it began: an outage of the whole cluster. */
    readonly isMeant: boolean;
}

/**
 * What a silent cluster's node does.
 *
 * @param state The container's state as the engine says it.
 * @param before What it did when it was last looked at: an outage is taken out of the config before it ends.
 * @returns Undefined where it runs: an API server that is silent alone changes nobody's answers.
 */
export function absenceOf(
    state: string,
    cluster: string,
    config: Parameters<typeof pausedCluster>[0],
    before?: Absence,
): Absence | undefined {
    const isGoingOn = before?.isMeant === true && before.state === state;
    return state === "running"
        ? undefined
        : { state: printable(state, 20), isMeant: isGoingOn || pausedCluster(config) === cluster };
}

/**
 * A node that went away, or came back. No API tells who did it: the lab's own outage is Pulumi's work, and whatever else
 * becomes of a node is of whoever was at work.
 *
 * @param config The stack's now.
 * @returns Undefined where nothing became of it.
 */
export function presenceChange(
    cluster: string,
    before: Absence | undefined,
    after: Absence | undefined,
    config: Parameters<typeof pausedCluster>[0],
): SeenChange | undefined {
    const [was, is] = [before, after].map((absence) => absence?.state ?? "running");
    if (was === is) {
        return undefined;
    }
    if ((before ?? after)?.isMeant) {
        const outage = `${cluster} (cluster)`;
        const [from, to] = after === undefined ? [outage, "none"] : ["none", outage];
        // An update wakes the node, too, even if the outage is to go on; somebody, where none is at work.
        const isAsked = (after === undefined) !== (pausedCluster(config) === cluster);
        return { text: `outage: ${from} → ${to}`, author: isAsked ? "pulumi" : undefined };
    }
    return {
        text: `${cluster}'s node: ${was} → ${is}`,
        // `up` starts nodes and makes new ones, but pauses none beside the outage.
        author: is === "paused" ? "somebody" : undefined,
        ...(after && { isEvent: true }),
    };
}
