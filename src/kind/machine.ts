import { Runner } from "../runner";
import { Fetch } from "../tools/download";
import { KindClusterSpec } from "./kindConfig";

/** What a cluster's Command is told: which lab cluster of which stack, and how kind shall make it. */
export interface ClusterOrder {
    readonly stack: string;
    readonly cluster: string;
    readonly spec: KindClusterSpec;
}

/** Which kind cluster of which stack; all that is needed of one that exists. */
export interface ClusterPlace {
    readonly stack: string;
    readonly cluster: string;
    readonly spec: { readonly name: string };
}

/** The machine a cluster is made on; tests hand in their own. */
export interface Machine {
    readonly run: Runner;
    /** Path of kind. */
    readonly kind: () => Promise<string>;
    readonly download: Fetch;
    /** Tells the user what happens, one line at a time. */
    readonly say: (line: string) => void;
}
