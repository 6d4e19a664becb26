import { generateKeyPairSync, sign } from "node:crypto";

/** A certificate that is its own authority, PEM, with its key. */
export interface SelfSigned {
    readonly certificate: string;
    readonly key: string;
}

/** DER: one value with its tag and length. */
function der(tag: number, ...contents: Buffer[]): Buffer {
    const content = Buffer.concat(contents);
    const size = content.length;
    const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...contents: Buffer[]) => der(0x30, ...contents);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const time = (text: string) => der(0x17, Buffer.from(text));

const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"));
const commonName = oid("550403");
const subjectAltName = oid("551d11");

/** A moment from 1950 to 2049 as certificates have it. */
const utcTime = (at: Date) => time(`${at.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`);

/**
 * Makes a certificate for 127.0.0.1; Node signs but does not write certificates, and this needs no openssl.
 *
 * @param end When it ends, by default in 2049; it begins in 1960.
 * @param hosts Names that it is for, too.
 */
export function selfSigned(
    end = new Date("2049-12-31T23:59:59Z"),
    hosts: readonly string[] = [],
): SelfSigned {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from("lab test")))));
    const loopback = der(0x87, Buffer.from([127, 0, 0, 1]));
    const named = hosts.map((host) => der(0x82, Buffer.from(host)));
    const body = sequence(
        der(0xa0, der(0x02, Buffer.from([2]))),
        der(0x02, Buffer.from([1])),
        ecdsaWithSha256,
        name,
        sequence(time("600101000000Z"), utcTime(end)),
        name,
        publicKey.export({ type: "spki", format: "der" }),
        der(0xa3, sequence(sequence(subjectAltName, der(0x04, sequence(loopback, ...named))))),
    );
    const signature = Buffer.concat([Buffer.from([0]), sign("sha256", body, privateKey)]);
    const certificate = sequence(body, ecdsaWithSha256, der(0x03, signature)).toString("base64");
    return {
        certificate: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
        key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    };
}
