import type { User } from "@kubernetes/client-node";
import { requireUsableCredentials } from "../../../../src/mesh/kube/credentials";
import { selfSigned } from "../../../support/selfSignedCertificate";

const own = selfSigned();
const other = selfSigned();
const base64 = (text: string) => Buffer.from(text).toString("base64");
const damaged = (pem: string) => pem.replace(/.{20}\n/, "\n");

/** Looks at a kubeconfig with such a user. */
function look(user: Partial<User>): () => void {
    return () => requireUsableCredentials({ getCurrentUser: () => ({ name: "u", ...user }) });
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
    ["client certificate and key, together,", look({ certData, keyData: base64(other.key) })],
])("a %s that cannot be used is told in one sentence", (what, looking) => {
    expect(looking).toThrow(new RegExp(`^its kubeconfig's ${what} cannot be used: [^\\n]+$`));
});

test("a client key in a file that is not there is told with the file", () => {
    expect(look({ certData, keyFile: "/nowhere/key.pem" })).toThrow(/\/nowhere\/key\.pem/);
});
