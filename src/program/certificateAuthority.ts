import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { AuthorityPem } from "../mesh/cilium/values";

/** Ten years: the lab's clusters do not live that long. */
const validityPeriodHours = 10 * 365 * 24;

/**
 * The one certificate authority of a mesh. Given to every cluster's Cilium before it is installed, it makes
 * their certificates trust each other; with a CA for each, pods run and the mesh never connects
 * (https://github.com/cilium/cilium/issues/22872), unless every cluster is given a bundle of all (`tls.caBundle`,
 * https://docs.cilium.io/en/stable/network/clustermesh/setup/), which needs no key of the others but a list that is kept.
 */
export class CertificateAuthority extends pulumi.ComponentResource {
    /** Certificate, PEM. */
    readonly certificate: pulumi.Output<string>;
    /** Private key, PEM; a secret. */
    readonly privateKey: pulumi.Output<string>;
    /** Both as Cilium's Helm values take them; a secret. */
    readonly pem: pulumi.Output<AuthorityPem>;

    /**
     * @param name The _unique_ name of this component.
     * @param opts Options of the component.
     */
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("cilium-global-services:index:CertificateAuthority", name, {}, opts);
        const key = new tls.PrivateKey(
            `${name}-key`,
            { algorithm: "ECDSA", ecdsaCurve: "P256" },
            { parent: this },
        );
        this.privateKey = pulumi.secret(key.privateKeyPem);
        const certificate = new tls.SelfSignedCert(
            `${name}-certificate`,
            {
                privateKeyPem: this.privateKey,
                subject: { commonName: "Cilium CA" },
                isCaCertificate: true,
                validityPeriodHours,
                allowedUses: [
                    "cert_signing",
                    "crl_signing",
                    "key_encipherment",
                    "digital_signature",
                ],
            },
            { parent: this },
        );
        this.certificate = certificate.certPem;
        this.pem = pulumi.secret({
            cert: this.certificate.apply(toBase64),
            key: this.privateKey.apply(toBase64),
        });
        this.registerOutputs({ certificate: this.certificate, privateKey: this.privateKey });
    }
}

function toBase64(text: string): string {
    return Buffer.from(text).toString("base64");
}
