import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { projectRoot } from "../config/declaration";
import { ClusterName } from "../config/labConfig";
import { requireStackName } from "../config/stackName";

/** First 12 hexadecimal digits of the SHA-256 of a text: short, and as good as unique on one machine. */
export function shortHash(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** The folder in which Pulumi keeps its versions, plugins, logins and selected stacks. */
export function pulumiHome(env: NodeJS.ProcessEnv = process.env): string {
    return env.PULUMI_HOME || join(homedir(), ".pulumi");
}

/** Longest part of a kind name that a stack may take: a node is `mesh-<part>-cluster1-control-plane`. */
const longestStackPart = 30;

/** Stands before a hash, and in no stack name that is taken as it is. */
const hashMark = "--";

/**
 * Name of a stack's kind cluster, e.g. `mesh-dev-cluster1`. Injective: a stack name that kind would not
 * take as it is (kind allows `[a-z0-9.-]`, a host name 63 characters) gets a hash of the whole name, so
 * that `Dev` and `dev` do not meet in one cluster.
 */
export function kindClusterName(stack: string, cluster: string): string {
    const legal = stack
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "");
    const part =
        legal === stack && stack.length <= longestStackPart
            ? stack
            : `${legal.slice(0, longestStackPart - 8)}${hashMark}${shortHash(stack).slice(0, 6)}`;
    return `mesh-${part}-${cluster}`;
}

/** Name of a kind cluster's only node, which is a container and a host name on kind's network. */
export function nodeName(kindName: string): string {
    return `${kindName}-control-plane`;
}

/** Folder for all that the project keeps on this machine; git ignores it. */
export const labFolder = join(projectRoot, ".lab");

/**
 * Folder for what one stack keeps: cluster records, kubeconfigs, reports.
 *
 * @throws UsageError if that is no name of a stack.
 */
export function stackFolder(stack: string): string {
    return join(labFolder, "stacks", requireStackName(stack));
}

/** The kubeconfig file of one cluster of a stack; its only context has the cluster's name. */
export function kubeconfigPath(stack: string, cluster: string): string {
    return join(stackFolder(stack), `${cluster}.kubeconfig`);
}

/** What to put into KUBECONFIG for a stack: the files of its clusters. */
export function kubeconfigVariable(stack: string, clusters: readonly ClusterName[]): string {
    return clusters.map((cluster) => kubeconfigPath(stack, cluster)).join(delimiter);
}
