import type { KubeConfig, User } from "@kubernetes/client-node";
import { isMapping } from "../../config/mapping";
import { printable } from "../../config/problem";
import { parseJson } from "../../machine/files";
import { RunResult, Runner, lastLine, run } from "../../machine/run";

type Authenticator = Parameters<KubeConfig["addAuthenticator"]>[0];

/** Thrown where a kubeconfig's credential plugin gives no credential, so that nobody was asked. */
export class CredentialError extends Error {
    constructor(message: string) {
        super(message);
        this.name = "CredentialError";
    }
}

/** Longest time that a plugin may take, in milliseconds: less than an answer may, so that its own reason is told. */
const pluginWithinMs = 9_000;

/** What a plugin gives. */
interface Credential {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    /** Milliseconds since the epoch; left out: as long as whoever asks. */
    readonly until?: number;
}

/**
 * Has the credential plugins of a kubeconfig run here, and not by the client (1.4, `exec_auth.js`): that waits for one that
 * hangs, leaves it running, starts it anew for every request whose credential has no end, and takes what is no credential
 * for an answer of the API server.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function runPlugins(config: KubeConfig, runner: Runner = run): void {
    const plugins = new Map<string, () => Promise<Credential>>();
    config.users = config.users.map((user) => {
        const exec: unknown = user.exec;
        if (!isMapping(exec)) {
            return user;
        }
        plugins.set(
            user.name,
            kept(() => credentialBy(exec, runner)),
        );
        return { ...user, exec: undefined };
    });
    const authenticator: Authenticator = {
        isAuthProvider: ({ name }) => plugins.has(name),
        applyAuthentication: async ({ name }: User, options) => {
            const { token, clientCertificateData, clientKeyData } = await plugins.get(name)!();
            Object.assign(options, {
                ...(clientCertificateData === undefined ? {} : { cert: clientCertificateData }),
                ...(clientKeyData === undefined ? {} : { key: clientKeyData }),
                ...(token === undefined
                    ? {}
                    : { headers: { ...options.headers, Authorization: `Bearer ${token}` } }),
            });
        },
    };
    config.addAuthenticator(authenticator);
}

/** Asks once, also for questions at the same time, and again when the credential has ended or none was given. */
function kept(ask: () => Promise<Credential>): () => Promise<Credential> {
    let last: Promise<Credential> | undefined;
    let until = Infinity;
    return () => {
        if (last === undefined || until <= Date.now()) {
            until = Infinity;
            last = ask().then(
                (credential) => {
                    until = credential.until ?? Infinity;
                    return credential;
                },
                (error: unknown) => {
                    last = undefined;
                    throw error;
                },
            );
        }
        return last;
    };
}

/** @throws CredentialError where the plugin gives none. */
async function credentialBy(
    { command, args, env, apiVersion, installHint }: Readonly<Record<string, unknown>>,
    runner: Runner,
): Promise<Credential> {
    const name = `the credential plugin ${printable(typeof command === "string" ? command : "")}`;
    const fail = (reason: string) => new CredentialError(`${name} of its kubeconfig ${reason}`);
    if (typeof command !== "string" || command === "") {
        throw new CredentialError("its kubeconfig names no command of its credential plugin");
    }
    const spec = { interactive: false };
    const info = { kind: "ExecCredential", apiVersion, spec };
    const result = await runner(command, texts(args), {
        env: { ...process.env, KUBERNETES_EXEC_INFO: JSON.stringify(info), ...variables(env) },
        timeoutMs: pluginWithinMs,
    });
    if (result.code !== 0) {
        throw fail(failure(result, typeof installHint === "string" ? installHint : ""));
    }
    const credential = credentialIn(result.stdout);
    if (credential === undefined) {
        throw fail("prints no credential");
    }
    return credential;
}

function failure({ code, stderr }: RunResult, hint: string): string {
    if (code === 127 && /ENOENT/.test(stderr)) {
        return `is not there${hint === "" ? "" : ` (${printable(hint)})`}`;
    }
    if (code === 137 && /did not answer within/.test(stderr)) {
        return `did not end within ${pluginWithinMs / 1000} s`;
    }
    return `ends with exit code ${code} (${lastLine(stderr) || "it says nothing"})`;
}

/** What a plugin has printed; undefined if it is no credential, or one that cannot be sent. */
function credentialIn(output: string): Credential | undefined {
    const printed = parseJson(output);
    const status = isMapping(printed) ? printed.status : undefined;
    if (!isMapping(status)) {
        return undefined;
    }
    const { token, clientCertificateData, clientKeyData, expirationTimestamp } = status;
    const isGiven = typeof token === "string" || typeof clientCertificateData === "string";
    const areTexts = [token, clientCertificateData, clientKeyData].every(
        (one) => one === undefined || typeof one === "string",
    );
    if (!isGiven || !areTexts || (typeof token === "string" && !/^[!-~]+$/.test(token))) {
        return undefined;
    }
    const until = Date.parse(typeof expirationTimestamp === "string" ? expirationTimestamp : "");
    return {
        ...(status as Credential),
        ...(Number.isNaN(until) ? {} : { until }),
    };
}

function texts(list: unknown): string[] {
    return Array.isArray(list) ? list.map(String) : [];
}

function variables(list: unknown): Record<string, string> {
    const pairs = (Array.isArray(list) ? (list as unknown[]) : []).flatMap((one) =>
        isMapping(one) && typeof one.name === "string" ? [[one.name, String(one.value)]] : [],
    );
    return Object.fromEntries(pairs) as Record<string, string>;
}
