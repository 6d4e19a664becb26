import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { KubeConfig } from "@kubernetes/client-node";
import { printable } from "../../config/problem";
import { fileSystem } from "../../machine/fileErrors";

/**
 * Reads CA, client certificate and key of a kubeconfig's current context as a connection would. Damaged ones are told here,
 * in a sentence: behind a proxy the client's agent (hpagent) throws where nobody can catch it, and of a CA that is none
 * nobody says anything but that the server's certificate is not known.
 *
 * @throws Error if one of them cannot be used. FileError if it is in a file that cannot be read.
 */
export function requireUsableCredentials(
    config: Pick<KubeConfig, "getCurrentUser" | "getCurrentCluster">,
): void {
    const cluster = config.getCurrentCluster();
    const ca = cluster?.skipTLSVerify ? undefined : content(cluster?.caData, cluster?.caFile);
    const isHttp = cluster?.server.startsWith("http:") === true;
    if (ca !== undefined && !isHttp) {
        usable("its kubeconfig's certificate authority", () => new X509Certificate(ca));
    }
    const user = config.getCurrentUser();
    const cert = content(user?.certData, user?.certFile);
    const key = content(user?.keyData, user?.keyFile);
    requireUsable("its kubeconfig's client certificate", { cert });
    requireUsable("its kubeconfig's client key", { key });
    requireUsable("its kubeconfig's client certificate and key, together,", { cert, key });
}

function content(data: string | undefined, file: string | undefined): Buffer | undefined {
    if (data) {
        return Buffer.from(data, "base64");
    }
    return file ? fileSystem(file, "read", () => readFileSync(file)) : undefined;
}

function requireUsable(what: string, parts: Parameters<typeof createSecureContext>[0]): void {
    usable(what, () => createSecureContext(parts));
}

function usable(what: string, use: () => unknown): void {
    try {
        use();
    } catch (error) {
        throw new Error(`${what} cannot be used: ${printable((error as Error).message)}`);
    }
}
