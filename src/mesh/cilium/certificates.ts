import { X509Certificate } from "node:crypto";
import { ClusterName } from "../../config/labConfig";
import { ClusterApi } from "../kube/clusterApi";

/** Days before a certificate's end from which on it is told. */
const noticeDays = 30;

/** What makes a mesh's CA and all its certificates anew. */
export const renewalCommand = "npm run up -- --renew-certificates";

/** A certificate of the mesh that ends soon or has ended. */
export interface EndingCertificate {
    readonly cluster: ClusterName;
    /** The Secret in kube-system that has it. */
    readonly secret: string;
    /** What it is for, e.g. `server certificate`. */
    readonly use: string;
    /** When it ends, ISO 8601. */
    readonly endsAt: string;
    readonly hasEnded: boolean;
}

/**
 * Where Cilium's chart keeps the certificates of a mesh, from 1.18 to 1.20, with the key of the certificate and its use
 * (`templates/cilium-ca-secret.yaml`, `templates/clustermesh-apiserver/tls-helm`).
 */
const secrets = [
    { secret: "cilium-ca", key: "ca.crt", use: "CA" },
    { secret: "clustermesh-apiserver-server-cert", key: "tls.crt", use: "server certificate" },
    {
        secret: "clustermesh-apiserver-remote-cert",
        key: "tls.crt",
        use: "client certificate for the other clusters",
    },
    {
        secret: "clustermesh-apiserver-local-cert",
        key: "tls.crt",
        use: "client certificate for its own agents",
    },
    {
        secret: "clustermesh-apiserver-admin-cert",
        key: "tls.crt",
        use: "client certificate for its own clustermesh-apiserver",
    },
] as const;

/**
 * Reads a cluster's certificates of the mesh, and tells of those that end within 30 days or have ended. What is not
 * there, cannot be read or is no certificate is left out: it is another trouble, and shows elsewhere. Never rejects.
 */
export async function findEndingCertificates(
    cluster: ClusterName,
    api: Pick<ClusterApi, "secret">,
    now: Date,
): Promise<EndingCertificate[]> {
    const found = await Promise.all(
        secrets.map(async ({ secret, key, use }) => {
            const live = await api.secret("kube-system", secret).catch(() => undefined);
            const end = endOf(live?.data?.[key]);
            return end === undefined
                ? []
                : endingBy(now, end).map((one) => ({ secret, use, ...one }));
        }),
    );
    return found.flat().map((one) => ({ cluster, ...one }));
}

/** When a certificate ends, PEM in base64; undefined where it is none. */
function endOf(text: string | undefined): Date | undefined {
    try {
        const { validTo } = new X509Certificate(Buffer.from(text ?? "", "base64"));
        return new Date(validTo);
    } catch {
        return undefined;
    }
}

/** What is to be told at a moment of a certificate with that end; nothing where it lasts for longer. */
function endingBy(now: Date, end: Date): Pick<EndingCertificate, "endsAt" | "hasEnded">[] {
    const leftMs = Number(end) - Number(now);
    return leftMs > noticeDays * 86_400_000
        ? []
        : [{ endsAt: end.toISOString(), hasEnded: leftMs <= 0 }];
}

/** A certificate that ends, as a line to read. */
export function certificateText({
    cluster,
    secret,
    use,
    endsAt,
    hasEnded,
}: EndingCertificate): string {
    const [day, time] = endsAt.split("T");
    const verb = hasEnded ? "HAS ENDED" : "ends";
    return `${cluster}: ${use} (Secret ${secret}) ${verb} on ${day} at ${time!.slice(0, 5)} UTC`;
}
