import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve, sep } from "node:path";
import * as yaml from "js-yaml";
import { projectRoot } from "../../config/declaration";
import { ClusterName, LabConfig } from "../../config/labConfig";
import { Mapping, isMapping } from "../../config/mapping";
import { printable, quote } from "../../config/problem";
import { fileSystem, sentenceOf } from "../../machine/fileErrors";
import { labFolder } from "../../machine/names";

type Entry<T> = { readonly name: string } & T;

/** The part of a kubeconfig that is read; everything else of an entry is handed on as it is. */
interface Kubeconfig {
    readonly clusters?: readonly Entry<{ readonly cluster: Mapping }>[] | null;
    readonly users?: readonly Entry<{ readonly user: Mapping | null }>[] | null;
    readonly contexts?:
        | readonly Entry<{
              readonly context: { readonly cluster: string; readonly user: string };
          }>[]
        | null;
}

/**
 * The kubeconfig files to read, as kubectl has it: the given one, else those of KUBECONFIG, else ~/.kube/config.
 * The lab's own, which `npm run env` puts into KUBECONFIG, are not the user's.
 */
export function kubeconfigFiles(given: string, env: NodeJS.ProcessEnv = process.env): string[] {
    if (given !== "") {
        return [
            resolve(
                projectRoot,
                given.replace(/^~(?=\/|$)/, () => homeFolder(env)),
            ),
        ];
    }
    // npm changes to the project's folder, and tells where it was called.
    const folder = env.INIT_CWD || process.cwd();
    const named = (env.KUBECONFIG ?? "")
        .split(delimiter)
        .filter((path) => path !== "")
        .map((path) => resolve(folder, path))
        .filter((path) => !path.startsWith(labFolder + sep));
    return named.length > 0 ? named : [join(homeFolder(env), ".kube", "config")];
}

/**
 * A kubeconfig with one context of the user's and nothing else, named like the lab's cluster. Certificates that are
 * files are put into it, so that it can be read anywhere on this machine; credential plugins stay as they are. The
 * context's own namespace is left out: the lab is in `default`. Read as YAML, not by client-node, whose `exportConfig`
 * drops what it does not know (1.4: `tokenFile`, `as-groups`, `disable-compression` and more) and whose errors name no entry.
 *
 * @throws Error in one sentence if the context is not there, or what it names is not.
 */
export function minifiedKubeconfig(
    files: readonly string[],
    context: string,
    name: string,
): string {
    const found = files.filter((file) => existsSync(file));
    if (found.length === 0) {
        throw new Error(`there is no kubeconfig file ${files.join(", ")}`);
    }
    const configs = found.map(readKubeconfig);
    const entry = firstNamed(configs, "contexts", context);
    if (entry === undefined) {
        const known = configs.flatMap(({ contexts }) =>
            entriesOf(contexts).map((one) => String(one.name)),
        );
        const list = known.length === 0 ? "no context" : `only ${known.map(quote).join(", ")}`;
        throw new Error(`${found.join(", ")} has no context ${quote(context)}, ${list}`);
    }
    const wanted = entry.context;
    if (!isMapping(wanted)) {
        throw new Error(`context ${quote(context)} of ${found.join(", ")} is no mapping`);
    }
    for (const part of ["cluster", "user"] as const) {
        if (typeof wanted[part] !== "string") {
            throw new Error(`context ${quote(context)} names no ${part}`);
        }
    }
    const cluster = firstNamed(configs, "clusters", wanted.cluster)?.cluster;
    requireServer(cluster, `${quote(wanted.cluster)} of ${found.join(", ")}`);
    const user = firstNamed(configs, "users", wanted.user)?.user;
    requireAskable(user, `${quote(wanted.user)} of ${found.join(", ")}`);
    if (cluster === undefined || user === undefined) {
        const missing = cluster === undefined ? "cluster" : "user";
        throw new Error(
            `context ${quote(context)} names the ${missing} ${quote(wanted[missing])}, which ${found.join(", ")} does not have`,
        );
    }
    return yaml.dump(
        {
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name, cluster }],
            users: [{ name, user: user ?? {} }],
            contexts: [{ name, context: { cluster: name, user: name } }],
            "current-context": name,
        },
        { lineWidth: -1 },
    );
}

/**
 * The kubeconfig of an existing cluster, derived again from the user's.
 *
 * @throws Error in one sentence if that has it no more.
 */
export function deriveKubeconfig(config: LabConfig, cluster: ClusterName): string {
    const { kubeconfigContext } = config.clusters.find(({ name }) => name === cluster)!;
    return minifiedKubeconfig(kubeconfigFiles(config.kubeconfig), kubeconfigContext, cluster);
}

/** The user's home folder. @throws Error where neither HOME nor the machine's users tell it. */
function homeFolder(env: NodeJS.ProcessEnv): string {
    try {
        return env.HOME || homedir();
    } catch {
        throw new Error("there is no home folder to look for .kube/config in: HOME is not set");
    }
}

/** @throws Error that names a cluster that is there and whose API server is not told. */
function requireServer(cluster: Mapping | undefined, named: string): void {
    if (cluster !== undefined && !isServer(cluster.server)) {
        throw new Error(
            `the cluster ${named} has no server: it must be the URL of its API server, https://host:port`,
        );
    }
    requireTexts(cluster, clusterTexts, `cluster ${named}`);
    const {
        server = "",
        "insecure-skip-tls-verify": isInsecure,
        "proxy-url": proxy,
    } = cluster ?? {};
    if (/^http:/.test(server as string) && isInsecure !== true) {
        throw new Error(
            `the cluster ${named} is asked without TLS, which the lab's own requests do only where it says insecure-skip-tls-verify: true`,
        );
    }
    if (
        typeof proxy === "string" &&
        !(/^(https?|socks5h?):\/\/./.test(proxy) && URL.canParse(proxy))
    ) {
        throw new Error(
            `the cluster ${named} has the proxy-url ${quote(proxy)}: it must be http://host:port, https://host:port or socks5://host:port`,
        );
    }
}

/** Fields that are texts to kubectl, which refuses e.g. a token that YAML takes for a number. */
const clusterTexts = ["certificate-authority-data", "tls-server-name", "proxy-url"];
const userTexts = [
    ...["client-certificate-data", "client-key-data", "token", "tokenFile"],
    ...["username", "password", "as"],
];

/** @throws Error that names a field that has to be a text and is none. */
function requireTexts(
    fields: Mapping | null | undefined,
    names: readonly string[],
    what: string,
): void {
    const field = names.find((name) => typeof (fields?.[name] ?? "") !== "string");
    if (field !== undefined) {
        throw new Error(`the ${what} has a ${field} that is no text: write it in quotes`);
    }
}

/** What kubectl and Pulumi send of an impersonated user and client-node leaves out (1.4, `config_types.js`). */
const unaskable = ["as-groups", "as-uid", "as-user-extra"];

/** @throws Error that names what would let the lab ask as somebody else than Pulumi makes its objects as. */
function requireAskable(user: Mapping | null | undefined, named: string): void {
    requireTexts(user, userTexts, `user ${named}`);
    const provider = isMapping(user) ? user["auth-provider"] : undefined;
    const { name = "" } = isMapping(provider) ? provider : {};
    if (isMapping(provider) && name !== "oidc") {
        throw new Error(
            `the user ${named} has the auth-provider ${quote(String(name))}, which kubectl has no more since 1.26: use its credential plugin (exec:)`,
        );
    }
    const field = unaskable.find((one) => user?.[one] !== undefined);
    if (field !== undefined) {
        throw new Error(
            `the user ${named} has ${field}, which the lab's own requests cannot send: use a context whose user does without it`,
        );
    }
}

function isServer(server: unknown): server is string {
    return typeof server === "string" && /^https?:\/\//.test(server) && URL.canParse(server);
}

/** The entries of a list that has any; whatever is none is left out. */
function entriesOf<T extends object>(list: readonly T[] | null | undefined): readonly T[] {
    const entries: readonly T[] = Array.isArray(list) ? list : [];
    return entries.filter((one) => typeof one === "object" && one !== null);
}

/**
 * The entry of that name; as to kubectl, the first file that has one wins.
 *
 * @throws Error if one file has several, of which nobody knows which is meant (client-go: "duplicate name in list").
 */
function firstNamed<K extends "clusters" | "users" | "contexts">(
    configs: readonly Kubeconfig[],
    list: K,
    name: string,
) {
    type Found = NonNullable<Kubeconfig[K]>[number];
    const ofFiles = configs.map((config) =>
        entriesOf(config[list] as readonly Found[] | null | undefined).filter(
            (entry) => entry.name === name,
        ),
    );
    if (ofFiles.some((own) => own.length > 1)) {
        throw new Error(
            `one kubeconfig file has several ${list} of the name ${quote(name)}, and kubectl takes none of them: rename all but one`,
        );
    }
    return ofFiles.flat()[0];
}

/** A kubeconfig file whose entries no longer depend on where it is. */
function readKubeconfig(file: string): Kubeconfig {
    let config: Kubeconfig;
    try {
        const content: unknown = yaml.load(readFileSync(file, "utf8")) ?? {};
        if (typeof content !== "object") {
            throw new Error("it is no kubeconfig");
        }
        config = content as Kubeconfig;
    } catch (error) {
        const [reason = ""] = (error as Error).message.split("\n");
        throw new Error(
            sentenceOf(error) ??
                `the kubeconfig file ${file} cannot be read (${printable(reason)})`,
        );
    }
    const folder = dirname(resolve(file));
    return {
        contexts: config.contexts,
        clusters: entriesOf(config.clusters).map((entry) => ({
            ...entry,
            get cluster() {
                return embedded(entry.cluster, ["certificate-authority"], folder);
            },
        })),
        users: entriesOf(config.users).map((entry) => ({
            ...entry,
            get user() {
                return placedUser(entry.user, folder);
            },
        })),
    };
}

/** As kubectl resolves paths in a kubeconfig: relative to the file (client-go, `clientcmd/loader.go`). */
function placedUser(user: unknown, folder: string): Mapping {
    const placed = embedded(user, ["client-certificate", "client-key"], folder);
    const exec = isMapping(placed.exec) ? placed.exec : {};
    const { command } = exec;
    return {
        ...placed,
        ...(typeof placed.tokenFile === "string"
            ? { tokenFile: resolve(folder, placed.tokenFile) }
            : {}),
        ...(typeof command === "string" && command.includes("/")
            ? { exec: { ...exec, command: resolve(folder, command) } }
            : {}),
    };
}

/** Mapping that name a file replaced by those that have its content. */
function embedded(fields: unknown, keys: readonly string[], folder: string): Mapping {
    const entries = Object.entries(isMapping(fields) ? fields : {}).map(
        ([key, value]): [string, unknown] => {
            if (!keys.includes(key) || typeof value !== "string") {
                return [key, value];
            }
            const path = resolve(folder, value);
            if (!existsSync(path)) {
                throw new Error(`the kubeconfig names the file ${path}, which is not there`);
            }
            const content = fileSystem(path, "read", () => readFileSync(path));
            return [`${key}-data`, content.toString("base64")];
        },
    );
    return Object.fromEntries(entries);
}
