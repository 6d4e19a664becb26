import { readFileSync } from "node:fs";
import * as yaml from "js-yaml";
import { ClusterName } from "../../config/labConfig";
import { isMapping } from "../../config/mapping";
import { fileSystem } from "../../machine/fileErrors";
import { readText } from "../../machine/files";
import { kubeconfigPath } from "../../machine/names";

interface Kubeconfig {
    clusters: {
        name: string;
        cluster: { server: string; "certificate-authority-data"?: string };
    }[];
    contexts: { name: string; context: { cluster: string; user: string } }[];
    users: { name: string; user: unknown }[];
    "current-context": string;
}

/**
 * The kubeconfig that kind gives for a cluster, with context, cluster and user named after the lab's cluster:
 * `kubectl --context cluster1` as the training says, and two such files can be joined in KUBECONFIG.
 */
export function renameContext(kindKubeconfig: string, cluster: string): string {
    const config = yaml.load(kindKubeconfig) as Kubeconfig;
    config.clusters.forEach((entry) => (entry.name = cluster));
    config.users.forEach((entry) => (entry.name = cluster));
    config.contexts.forEach((entry) => {
        entry.name = cluster;
        entry.context.cluster = cluster;
        entry.context.user = cluster;
    });
    config["current-context"] = cluster;
    return yaml.dump(config, { lineWidth: -1 });
}

/** Several kubeconfigs as one, whose current context is the first's. */
export function joinKubeconfigs(kubeconfigs: readonly string[]): string {
    const configs = kubeconfigs.map((text) => yaml.load(text) as Kubeconfig);
    const joined = {
        ...configs[0]!,
        clusters: configs.flatMap(({ clusters }) => clusters),
        contexts: configs.flatMap(({ contexts }) => contexts),
        users: configs.flatMap(({ users }) => users),
    };
    return yaml.dump(joined, { lineWidth: -1 });
}

/**
 * A kubeconfig whose users have the tokens that they name files for. kubectl and Pulumi read `tokenFile`; client-node
 * does not (1.4, `config_types.js` looks for `token-file`), and would ask without a token.
 *
 * @throws FileError if such a file cannot be read.
 */
export function withTokens(kubeconfig: string): string {
    const config = yaml.load(kubeconfig);
    const users = isMapping(config) && Array.isArray(config.users) ? config.users : [];
    const named = users.flatMap((entry: unknown) =>
        isMapping(entry) && isMapping(entry.user) && typeof entry.user.tokenFile === "string"
            ? [entry.user as { tokenFile: string; token?: string }]
            : [],
    );
    if (named.length === 0) {
        return kubeconfig;
    }
    for (const user of named) {
        user.token = fileSystem(user.tokenFile, "read", () =>
            readFileSync(user.tokenFile, "utf8"),
        ).trim();
    }
    return yaml.dump(config, { lineWidth: -1 });
}

/**
 * Address of a kubeconfig's API server, and its CA where it is not one that all know; undefined if the text is no
 * kubeconfig.
 */
export function apiServerOf(
    kubeconfig: string,
): { readonly url: string; readonly ca: Buffer | undefined } | undefined {
    try {
        const { clusters } = yaml.load(kubeconfig) as Kubeconfig;
        const { server, "certificate-authority-data": ca } = clusters[0]!.cluster;
        return {
            url: new URL("/readyz", server).href,
            ca: ca === undefined ? undefined : Buffer.from(ca, "base64"),
        };
    } catch {
        return undefined;
    }
}

/**
 * The kubeconfig file's content, or undefined if there is no such file or it is damaged.
 *
 * @throws FileError if there is one that cannot be read.
 */
export function readKubeconfig(stack: string, cluster: ClusterName): string | undefined {
    const content = readText(kubeconfigPath(stack, cluster)) ?? "";
    return apiServerOf(content) === undefined ? undefined : content;
}
