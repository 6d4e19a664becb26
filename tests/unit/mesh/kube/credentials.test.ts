import type { Cluster, User } from "@kubernetes/client-node";
import { requireUsableCredentials } from "../../../../src/mesh/kube/credentials";
import { selfSigned } from "../../../support/selfSignedCertificate";

const own = selfSigned();
const other = selfSigned();
const base64 = (text: string) => Buffer.from(text).toString("base64");
const damaged = (pem: string) => pem.replace(/.{20}\n/, "\n");

/** Looks at a kubeconfig with such a user. */
function look(user: Partial<User>, cluster: Partial<Cluster> = {}): () => void {
    return () =>
        requireUsableCredentials({
            getCurrentUser: () => ({ name: "u", ...user }),
            getCurrentCluster: () => ({
                ...{ name: "c", server: "https://c", skipTLSVerify: false },
                ...cluster,
            }),
        });
}

const certData = base64(own.certificate);
const keyData = base64(own.key);

test("certificate and key that belong together are used, and so is a kubeconfig without any", () => {
    expect(look({ certData, keyData })).not.toThrow();
    expect(look({})).not.toThrow();
});

test.each([
    ["client certificate", look({ certData: base64(damaged(own.certificate)), keyData })],
    ["client key", look({ certData, keyData: base64(damaged(own.key)) })],
    ["client key", look({ certData, keyData: base64("not PEM at all") })],
    ["certificate authority", look({}, { caData: base64("not PEM at all") })],
    ["certificate authority", look({}, { caData: base64(damaged(own.certificate)) })],
    ["client certificate and key, together,", look({ certData, keyData: base64(other.key) })],
])("a %s that cannot be used is told in one sentence", (what, looking) => {
    expect(looking).toThrow(new RegExp(`^its kubeconfig's ${what} cannot be used: [^\\n]+$`));
});

test("a certificate authority is used, and of a cluster that is not verified nobody looks at it", () => {
    expect(look({}, { caData: base64(own.certificate) })).not.toThrow();
    const caData = base64("not PEM at all");
    expect(look({}, { caData, skipTLSVerify: true })).not.toThrow();
});

test("a client key in a file that is not there is told with the file", () => {
    expect(look({ certData, keyFile: "/nowhere/key.pem" })).toThrow(/\/nowhere\/key\.pem/);
});
