import { certificateText, findEndingCertificates } from "../../../../src/mesh/cilium/certificates";
import { ClusterApi } from "../../../../src/mesh/kube/clusterApi";
import { selfSigned } from "../../../support/selfSignedCertificate";

const now = new Date("2026-11-29T12:00:00Z");

/** Moment that lies so many days after {@link now}. */
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** An API server with Secrets in kube-system; of one that is not named nothing is there. */
function apiWith(
    secrets: Readonly<Record<string, Readonly<Record<string, string>> | Error>>,
): Pick<ClusterApi, "secret"> {
    return {
        secret: (namespace, name) => {
            const data = namespace === "kube-system" ? secrets[name] : undefined;
            return data instanceof Error
                ? Promise.reject(data)
                : Promise.resolve(data && { data: { ...data } });
        },
    };
}

const certificate = (key: string, end: Date) => ({ [key]: base64(selfSigned(end).certificate) });

test("of a mesh's certificates those are told that end within 30 days or have ended", async () => {
    const ending = await findEndingCertificates(
        "cluster2",
        apiWith({
            "cilium-ca": certificate("ca.crt", inDays(29.9)),
            "clustermesh-apiserver-server-cert": certificate("tls.crt", inDays(-1)),
            "clustermesh-apiserver-remote-cert": certificate("tls.crt", inDays(30.1)),
            "clustermesh-apiserver-local-cert": certificate("tls.crt", inDays(0)),
            "clustermesh-apiserver-admin-cert": certificate("tls.crt", inDays(1)),
        }),
        now,
    );
    expect(ending.map(certificateText)).toEqual([
        "cluster2: CA (Secret cilium-ca) ends on 2026-12-29 at 09:36 UTC",
        "cluster2: server certificate (Secret clustermesh-apiserver-server-cert) HAS ENDED on 2026-11-28 at 12:00 UTC",
        "cluster2: client certificate for its own agents (Secret clustermesh-apiserver-local-cert) HAS ENDED on 2026-11-29 at 12:00 UTC",
        "cluster2: client certificate for its own clustermesh-apiserver (Secret clustermesh-apiserver-admin-cert) ends on 2026-11-30 at 12:00 UTC",
    ]);
    expect(ending[1]).toEqual({
        cluster: "cluster2",
        secret: "clustermesh-apiserver-server-cert",
        use: "server certificate",
        endsAt: "2026-11-28T12:00:00.000Z",
        hasEnded: true,
    });
});

test("what is not there, cannot be read or is no certificate is no certificate that ends", async () => {
    const broken = selfSigned(inDays(1)).certificate.replace(/.{40}\n/, "\n");
    const ending = findEndingCertificates(
        "cluster1",
        apiWith({
            "cilium-ca": new Error("secrets is forbidden"),
            "clustermesh-apiserver-server-cert": {},
            "clustermesh-apiserver-remote-cert": { "tls.crt": base64(broken) },
            "clustermesh-apiserver-local-cert": { "tls.crt": "\u0000" },
        }),
        now,
    );
    await expect(ending).resolves.toEqual([]);
});
