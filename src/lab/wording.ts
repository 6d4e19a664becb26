import { ClusterName, configKey } from "../config/labConfig";
import { Answer, Silence, dropping } from "./whoAnswers";

/** `cluster1`, `cluster1 and cluster2`, `cluster1, cluster2 and cluster3`. */
export function listText(clusters: readonly string[]): string {
    const last = clusters.at(-1) ?? "";
    return clusters.length < 2 ? last : `${clusters.slice(0, -1).join(", ")} and ${last}`;
}

/** `cluster1 and cluster2`, `cluster2 only`, or `nobody`. */
export function answeringText(answering: readonly string[]): string {
    if (answering.length === 0) {
        return "nobody";
    }
    return answering.length === 1 ? `${answering[0]} only` : listText(answering);
}

/** What must come of a client's requests: who answers, and to which clusters they go and time out. */
export function expectedText(answer: Answer): string {
    const dropped = dropping(answer);
    const verb = dropped.length === 1 ? "times" : "time";
    const timeouts = dropped.length === 0 ? "" : `, ${listText(dropped)} ${verb} out`;
    return answeringText(answer.answering) + timeouts;
}

/**
 * Why a cluster does not answer, in words, with the config key that says so.
 *
 * @param cluster The cluster that does not answer.
 * @param client The cluster whose clients ask; its Service decides about preferences.
 */
export function silenceText(cluster: string, client: string, silence: Silence): string {
    const key = (owner: string, name: Parameters<typeof configKey>[1]) =>
        configKey(owner as ClusterName, name);
    switch (silence) {
        case "no-backends":
            return `${cluster} has no backends: ${key(cluster, "rebelBaseReplicas")} is 0`;
        case "client-not-global":
            return `${client} uses no backends but its own: ${key(client, "globalService")} is false`;
        case "not-global":
            return `${cluster} takes no part: ${key(cluster, "globalService")} is false`;
        case "not-shared":
            return `${cluster} keeps its backends to itself: ${key(cluster, "sharedService")} is false`;
        case "namespace-local":
            return `${cluster}'s namespace is not global, so that its backends are not exported: ${key(cluster, "globalNamespace")} is false`;
        case "local-preferred":
            return `${client} prefers its own backends: ${key(client, "serviceAffinity")} is local`;
        case "remote-preferred":
            return `${client} prefers the others' backends: ${key(client, "serviceAffinity")} is remote`;
        case "unknown-affinity":
            return `${client} uses no backends but its own: this Cilium takes an affinity it does not know for local only (cilium/cilium#46623)`;
        case "not-admitted":
            return `${cluster} drops what of ${client}'s requests is balanced to it, so that it times out: networkPolicy is cluster1-only`;
        case "unreachable":
            return `${cluster} cannot be reached, and ${client} still sends to its backends, so that those requests time out`;
        case "revoked":
            return `${cluster} cannot be reached, and ${client} has dropped its backends (clustermesh.cacheTTL)`;
        case "cut-off":
            return `${cluster} and ${client} have dropped each other's backends: a clustermesh-apiserver is away for longer than clusterMeshCacheTtl`;
        case "client-away":
            return `nobody in ${client} can ask: it cannot be reached`;
    }
}

/** One sentence for each cluster that does not answer, all its reasons in it; one that all share is said once. */
export function reasonsText(answer: Answer): string[] {
    const sentences = answer.silent.map(({ cluster, reasons }) =>
        reasons.map((reason) => silenceText(cluster, answer.client, reason)).join("; "),
    );
    return [...new Set(sentences)];
}

/** The answers as `{"cluster1":["cluster1","cluster2"],"cluster2":["cluster2"]}`. */
export function answeringByClient(answers: readonly Answer[]): Record<string, readonly string[]> {
    return Object.fromEntries(answers.map(({ client, answering }) => [client, answering]));
}

/** The rule's answer as lines: who asks, who must answer, why not the others. */
export function expectationLines(answers: readonly Answer[]): string[] {
    return answers.flatMap((answer) => [
        `${answer.client} asks: ${expectedText(answer)}`,
        ...reasonsText(answer).map((reason) => `  ${reason}`),
    ]);
}
