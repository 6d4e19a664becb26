import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readProject } from "../config/declaration";
import { asText } from "../config/mapping";
import { printable, withoutUser } from "../config/problem";
import { writeOnce } from "../machine/files";
import { labFolder, pulumiHome, shortHash } from "../machine/names";
import { canonicalAddress, isFolder } from "./address";

/** Folder of the file backend that is used where the user has no backend of their own. */
export const stateFolder = join(labFolder, "state");

/** The lab's own passphrase, of whoever has none. */
export const passphraseFile = join(labFolder, "passphrase");

/** The backend of whoever has an access token and names none. */
const cloud = "https://api.pulumi.com";

/** Whether a backend's address is the lab's own folder, as `npm run env` prints it, however it is spelled. */
function isLabState(address: string): boolean {
    return isFolder(address, stateFolder);
}

/** The backend that Pulumi uses, by {@link pulumiEnvironment} and the user's own environment. */
export function backendAddress(env: NodeJS.ProcessEnv = process.env): string {
    const { PULUMI_BACKEND_URL: named } = { ...env, ...pulumiEnvironment(env) };
    return named || unnamedBackend(env, currentLogin(env)) || cloud;
}

/**
 * The backend where none is named: that of the login, else of whoever has an access token
 * (pkg/workspace/creds.go, `GetCurrentCloudURL`; pkg/backend/httpstate/backend.go, `ValueOrDefaultURL`).
 */
function unnamedBackend(env: NodeJS.ProcessEnv, login: string | undefined): string | undefined {
    return login || (env.PULUMI_ACCESS_TOKEN ? env.PULUMI_API || cloud : undefined);
}

/** Names of the stacks in the file backend. */
export function stackFiles(): string[] {
    const folder = join(stateFolder, ".pulumi", "stacks", readProject().name);
    return existsSync(folder)
        ? readdirSync(folder)
              .filter((file) => file.endsWith(".json"))
              .map((file) => file.slice(0, -".json".length))
        : [];
}

/** What the environment lacks for Pulumi to find the lab's stack without asking. */
export interface PulumiEnvironment {
    readonly PULUMI_BACKEND_URL?: string;
    readonly PULUMI_CONFIG_PASSPHRASE_FILE?: string;
}

/**
 * The backend and passphrase that the lab adds. Whoever has a backend (in the environment or by `pulumi
 * login`) or a passphrase keeps it. Otherwise the state is a folder of the project, and its secrets are
 * encrypted with a random passphrase kept beside it. Stacks that are there stay there: a login that comes
 * later must not lose them.
 */
export function pulumiEnvironment(
    env: NodeJS.ProcessEnv = process.env,
    login: string | undefined = currentLogin(env),
    hasStacks: boolean = stackFiles().length > 0,
): PulumiEnvironment {
    // Pulumi takes an empty PULUMI_BACKEND_URL for none, so `??` would be wrong here.
    const ownBackend =
        env.PULUMI_BACKEND_URL || (hasStacks ? undefined : unnamedBackend(env, login));
    const { PULUMI_CONFIG_PASSPHRASE_FILE: file } = env;
    // An empty passphrase is one; an empty path is none.
    const ownPassphrase =
        env.PULUMI_CONFIG_PASSPHRASE ?? (!file || file === passphraseFile ? undefined : file);
    const isOurs = !ownBackend || isLabState(ownBackend);
    return {
        ...(isOurs ? { PULUMI_BACKEND_URL: pathToFileURL(stateFolder).href } : {}),
        ...(isOurs && ownPassphrase === undefined
            ? { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile }
            : {}),
    };
}

/** Makes what {@link pulumiEnvironment} names: the folder must exist, and the passphrase is made once. */
export function prepareEnvironment(environment: PulumiEnvironment): void {
    if (environment.PULUMI_BACKEND_URL) {
        mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
    }
    const passphrase = environment.PULUMI_CONFIG_PASSPHRASE_FILE;
    if (passphrase && !existsSync(passphrase)) {
        writeOnce(passphrase, randomBytes(24).toString("base64url"));
    }
}

/** The backend of the user's `pulumi login`, if there is one. */
export function currentLogin(env: NodeJS.ProcessEnv): string | undefined {
    try {
        const folder = env.PULUMI_CREDENTIALS_PATH || pulumiHome(env);
        const text = readFileSync(join(folder, "credentials.json"), "utf8");
        const { current } = JSON.parse(text) as { current?: unknown };
        return asText(current);
    } catch {
        return undefined;
    }
}

/** Where a stack's state is. */
export interface Backend {
    /** `lab` for the lab's own folder, which may be moved; else a hash of the address. */
    readonly id: string;
    /** The address as one may show it. */
    readonly address: string;
}

/** The backend of this environment. */
export function currentBackend(env: NodeJS.ProcessEnv = process.env): Backend {
    // A password may change; whatever else is in an address tells two backends apart, and may be a key, too.
    const address = withoutUser(backendAddress(env));
    return isLabState(address)
        ? { id: "lab", address: stateFolder }
        : {
              id: shortHash(canonicalAddress(address)),
              address: printable(address.replace(/\?.*$/, "?…").replace(/([^/:])\/+$/, "$1"), 500),
          };
}

/** Whether two are one, as far as their addresses tell: what is left out of one may differ. */
export function isSameBackend(one: Backend, other: Backend): boolean {
    return (
        one.id === other.id ||
        (one.address === other.address && !hasGaps(one) && one.id !== "lab" && other.id !== "lab")
    );
}

/** Whether something is left out of the address that is shown. */
export function hasGaps({ address }: Backend): boolean {
    return /\*\*\*|…/.test(address);
}
