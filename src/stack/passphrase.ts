import { createDecipheriv, pbkdf2 } from "node:crypto";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../config/declaration";
import { ProblemsError } from "../config/problem";
import { FileError } from "../machine/fileErrors";
import { readText } from "../machine/files";
import { passphraseFile, pulumiEnvironment } from "./environment";

/** The passphrase that Pulumi uses, and whose it is: the lab's own file's, or one that the user has set. */
export interface Passphrase {
    readonly of: "lab" | "user";
    readonly text: string;
}

/**
 * The passphrase that Pulumi uses without asking; undefined where there is none. It is read as Pulumi reads it
 * (pkg/secrets/passphrase/manager.go): the variable, also an empty one, before the file, of which white space at both
 * ends is left out.
 *
 * @throws FileError if the lab's own file cannot be read, ProblemsError if the user's cannot.
 */
export function currentPassphrase(env: NodeJS.ProcessEnv = process.env): Passphrase | undefined {
    const used: NodeJS.ProcessEnv = { ...env, ...pulumiEnvironment(env) };
    const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file } = used;
    if (text !== undefined) {
        return { of: "user", text };
    }
    const path = file && resolve(projectRoot, file);
    const content = path && textOf(path);
    if (path && content === undefined && path !== passphraseFile) {
        throw unreadable(`${path} is not there, and PULUMI_CONFIG_PASSPHRASE_FILE names it.`);
    }
    return content === undefined || content === ""
        ? undefined
        : { of: path === passphraseFile ? "lab" : "user", text: content.trim() };
}

/** @throws ProblemsError, of a file that the user has named, else FileError if it cannot be read. */
function textOf(path: string): string | undefined {
    try {
        return readText(path);
    } catch (error) {
        throw path === passphraseFile ? error : unreadable((error as FileError).problem.message);
    }
}

/** Of a file that the user has named nobody may say that it is to be moved away. */
function unreadable(message: string): ProblemsError {
    return new ProblemsError([
        {
            message,
            fix: "export PULUMI_CONFIG_PASSPHRASE_FILE=<the file with the passphrase>, or unset PULUMI_CONFIG_PASSPHRASE_FILE",
        },
    ]);
}

/** Rounds with which Pulumi makes a key of a passphrase, and the key's bytes (sdk/go/common/resource/config/crypt.go). */
const rounds = 1_000_000;
const keyBytes = 32;

/** Bytes at the end of a text that GCM has encrypted, which tell whether it is whole. */
const tagBytes = 16;

/**
 * Whether a passphrase is the one that a stack file's `encryptionsalt` was made with: Pulumi keeps there, beside the
 * salt, a word that it has encrypted. Takes up to a second.
 *
 * @param salt `v1:SALT:v1:NONCE:TEXT`, each in base64.
 * @returns Also true where the salt is of a kind that cannot be judged here: Pulumi will.
 */
export async function opensSalt(salt: string, passphrase: string): Promise<boolean> {
    const [, ...parts] = /^v1:([^:]+):v1:([^:]+):([^:]+)$/.exec(salt) ?? [];
    const [bytes, nonce, sealed] = parts.map((part) => Buffer.from(part, "base64"));
    if (bytes === undefined || nonce?.length !== 12 || sealed === undefined) {
        return true;
    }
    const key = await promisify(pbkdf2)(passphrase, bytes, rounds, keyBytes, "sha256");
    const cipher = createDecipheriv("aes-256-gcm", key, nonce);
    try {
        cipher.setAuthTag(sealed.subarray(-tagBytes));
        return cipher.update(sealed.subarray(0, -tagBytes)).length > 0 && cipher.final() !== null;
    } catch {
        return false;
    }
}
