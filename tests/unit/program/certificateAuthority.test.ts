import * as pulumi from "@pulumi/pulumi";
import { CertificateAuthority } from "../../../src/program/certificateAuthority";
import { mockPulumi, unwrapSecret, valueOf } from "../../support/pulumiMocks";

const mocks = mockPulumi();
beforeEach(mocks.clear);

const componentType = "cilium-global-services:index:CertificateAuthority";

test("an authority is one key and one certificate below the component", async () => {
    new CertificateAuthority("ca");
    await mocks.settle();
    expect(mocks.all().map(({ type, name, parent }) => [type, name, parent])).toEqual([
        [componentType, "ca", undefined],
        ["tls:index/selfSignedCert:SelfSignedCert", "ca-certificate", "ca"],
        ["tls:index/privateKey:PrivateKey", "ca-key", "ca"],
    ]);
});

test("the key is one that every Cilium takes", async () => {
    new CertificateAuthority("ca");
    await mocks.settle();
    expect(mocks.find("tls:index/privateKey:PrivateKey", "ca-key").inputs).toEqual({
        algorithm: "ECDSA",
        ecdsaCurve: "P256",
    });
});

test("the certificate is an authority's, for ten years, and its key goes in as a secret", async () => {
    new CertificateAuthority("ca");
    await mocks.settle();
    const certificate = mocks.find("tls:index/selfSignedCert:SelfSignedCert", "ca-certificate");
    expect(certificate.inputs).toEqual({
        privateKeyPem: "the key's PEM",
        subject: { commonName: "Cilium CA" },
        isCaCertificate: true,
        validityPeriodHours: 87600,
        allowedUses: ["cert_signing", "crl_signing", "key_encipherment", "digital_signature"],
    });
    expect(certificate.secretInputs).toEqual(["privateKeyPem"]);
});

test("the key is a secret, the certificate is none", async () => {
    const { certificate, privateKey } = new CertificateAuthority("ca");
    await mocks.settle();
    expect(await valueOf(certificate)).toBe("the certificate's PEM");
    expect(await valueOf(privateKey)).toBe("the key's PEM");
    expect(await pulumi.isSecret(privateKey)).toBe(true);
});

test("the component registers certificate and key as its outputs, the key as a secret", async () => {
    new CertificateAuthority("ca");
    await mocks.settle();
    const outputs = mocks.outputsOf(mocks.find(componentType, "ca"))!;
    expect(Object.keys(outputs).sort()).toEqual(["certificate", "privateKey"]);
    expect(unwrapSecret(outputs.privateKey)).toBe("the key's PEM");
});
