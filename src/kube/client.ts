import type { KubeConfig } from "@kubernetes/client-node";

/**
 * The Kubernetes client, loaded when it is first used: that takes half a second, as much as all else of a command that
 * may not need it.
 */
export const client = () => import("@kubernetes/client-node");

/** A kubeconfig's content, as the client takes it. */
export async function parseKubeconfig(content: string): Promise<KubeConfig> {
    const { KubeConfig } = await client();
    const config = new KubeConfig();
    config.loadFromString(content);
    return config;
}
