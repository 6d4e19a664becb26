import { ClusterName, LabConfig } from "../../config/labConfig";
import { ClusterApi } from "../../mesh/kube/clusterApi";
import { OpenSession } from "../../mesh/kube/session";

/** One cluster as it can be reached at this moment. */
export interface Reach {
    readonly cluster: ClusterName;
    /** Undefined where the stack has no kubeconfig of it. */
    readonly api: ClusterApi | undefined;
    readonly open: OpenSession | undefined;
    /**
     * State of its node as the container engine says it, `gone` where there is none. Left out of a cluster that is on no
     * engine. Rejects if the engine cannot be asked.
     */
    readonly node?: () => Promise<string>;
}

/** A stack as it is now. */
export interface StackNow {
    readonly config: LabConfig;
    readonly reaches: readonly Reach[];
    /** Whether a command of this machine has Pulumi change it. */
    readonly isPulumiAtWork?: boolean;
}

/** What a watch works with; tests hand in their own. */
export interface WatchEdges {
    readonly stack: string;
    /** The stack's config, and how its clusters can be reached now. Throws where the config cannot be read. */
    readonly read: () => StackNow;
    /** Whether whoever watches has changed the lab since then (milliseconds since the epoch), or does so. */
    readonly isOwnWork: (since: number) => boolean;
    readonly now: () => number;
}
