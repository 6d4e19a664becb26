import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { printable } from "../config/problem";
import { shellQuote } from "../config/shell";
import { EngineInfo, parseInfo } from "./engineInfo";
import { containerdFolder, platformOf } from "./imageStore";
import { whyUnusable } from "./programs";
import { RunOptions, RunResult, Runner, isSpawnError, lastLine } from "./run";

/** The container engine's command line, by kind's own choice of it. */
export function engineProgram(env: NodeJS.ProcessEnv = process.env): string {
    const provider = env.KIND_EXPERIMENTAL_PROVIDER ?? "";
    return provider === "" ? "docker" : provider;
}

/** Longest time that the engine has for what moves no images, in milliseconds: also on a host that is overloaded. */
export const engineWithinMs = 60_000;

/** Longest time that it has for pulling, saving or loading images, in milliseconds. */
export const transferWithinMs = 3_600_000;

/**
 * Asks the container engine, by its command line. A call that takes too long is ended with all that it has started,
 * has exit code 137, and says so on standard error.
 */
export function askEngine(
    run: Runner,
    args: readonly string[],
    options: RunOptions = {},
): Promise<RunResult> {
    return run(engineProgram(), args, { timeoutMs: engineWithinMs, ...options });
}

/** The container engine as it answered. */
export type Engine =
    | { readonly state: "missing" | "denied" }
    | {
          readonly state: "stopped";
          /** Where it was looked for, if that is not the usual place, and what says so. */
          readonly endpoint?: Endpoint;
      }
    | {
          readonly state: "failing";
          readonly detail: string;
          /** What puts it right, where that is known. */
          readonly fix?: string;
      }
    | {
          readonly state: "running";
          /** Memory of the engine's machine in bytes; undefined if it does not say. */
          readonly memoryBytes: number | undefined;
          readonly cgroupVersion: "1" | "2" | undefined;
          readonly rootless: boolean;
          /** It is podman, by whatever name its command line goes. */
          readonly isPodman?: true;
          /** Folder with containers, and with images but for {@link imageFolder}, if the engine says. */
          readonly rootFolder: string | undefined;
          /** Folder with the images, where that is another one: containerd's own. */
          readonly imageFolder?: string;
          /** What it runs by itself, e.g. `linux/arm64`; undefined if it does not say. */
          readonly platform?: string;
          /** Where it is, if it is not on this machine. */
          readonly elsewhere?: Endpoint;
      };

/** Where an engine is asked. */
export interface Endpoint {
    /** E.g. `ssh://me@server`, or the socket of the machine around a container. */
    readonly address: string;
    /** What says so: `DOCKER_HOST`, `DOCKER_CONTEXT`, `context server`, … */
    readonly by: string;
}

/** What is known of this machine, to tell whether the engine is on another one. */
export interface Here {
    readonly env: NodeJS.ProcessEnv;
    readonly host: string;
    /** Whether this process runs in a container. */
    readonly isContainer: boolean;
    /** Why a program of the engine's name on PATH cannot be started, if one is there. */
    readonly whyUnusable?: string;
    /** Address of the context that the engine's client uses, where it is not the default one. */
    readonly contextAddress?: string;
}

/** Which engine it is that makes and shows containers: another one shows none of this one's. */
export interface EngineIdentity {
    /** The engine's command line. */
    readonly program: string;
    /** Docker's own id of the engine, which stays as long as its data; others have none. */
    readonly id?: string;
    /** The context of the engine's client. */
    readonly context?: string;
    /** Its address as DOCKER_HOST has it, without a password. */
    readonly host?: string;
}

/** How long an engine's word on itself is taken for the present one, in milliseconds: a command looks several times. */
const infoKeptMs = 10_000;

/** The last word of an engine, by who asked it. */
const infos = new WeakMap<Runner, { engine: string; at: number; info: RunResult }>();

/** What the engine says of itself, or has said just now to who may have that. One that failed is asked again. */
async function askInfo(
    run: Runner,
    env: NodeJS.ProcessEnv,
    { mayBeKept }: Freshness,
): Promise<RunResult> {
    const engine = [engineProgram(env), env.DOCKER_HOST, env.DOCKER_CONTEXT].join(" ");
    const kept = infos.get(run);
    if (mayBeKept && kept?.engine === engine && performance.now() - kept.at < infoKeptMs) {
        return kept.info;
    }
    const info = await run(engineProgram(env), ["info", "--format", "{{json .}}"], {
        timeoutMs: engineWithinMs,
    });
    infos.delete(run);
    if (info.code === 0) {
        infos.set(run, { engine, at: performance.now(), info });
    }
    return info;
}

/** How fresh an answer must be. */
export interface Freshness {
    /** Whether it may be one of the last ten seconds. */
    readonly mayBeKept: boolean;
}

/** Asks which engine it is; undefined where it does not answer. */
export async function identifyEngine(
    run: Runner,
    env: NodeJS.ProcessEnv = process.env,
): Promise<EngineIdentity | undefined> {
    const { code, stdout } = await askInfo(run, env, { mayBeKept: true });
    const said = parseInfo(stdout);
    return code === 0 && said !== undefined && !said.ServerErrors?.length
        ? {
              program: engineProgram(env),
              id: said.ID || undefined,
              context: said.ClientInfo?.Context,
              host: env.DOCKER_HOST ? printable(env.DOCKER_HOST) : undefined,
          }
        : undefined;
}

/**
 * What keeps the engine from being used, or how it is, in its own words. Never rejects.
 *
 * @param env Says which engine, and where.
 */
export async function observeEngine(
    run: Runner,
    env: NodeJS.ProcessEnv = process.env,
    freshness: Freshness = { mayBeKept: false },
): Promise<Engine> {
    const info = await askInfo(run, env, freshness);
    const context = parseInfo(info.stdout)?.ClientInfo?.Context ?? "default";
    const contextAddress =
        context === "default" || env.DOCKER_HOST ? undefined : await addressOf(context, run);
    return parseEngine(info, {
        env,
        host: hostname(),
        isContainer: existsSync("/.dockerenv") || existsSync("/run/.containerenv"),
        contextAddress,
        whyUnusable:
            info.code === 127 ? whyUnusable(engineProgram(env), env.PATH ?? "") : undefined,
    });
}

async function addressOf(context: string, run: Runner): Promise<string | undefined> {
    const format = "{{.Endpoints.docker.Host}}";
    const args = ["context", "inspect", context, "--format", format];
    const { code, stdout } = await askEngine(run, args);
    return code === 0 ? stdout.trim() : undefined;
}

/** What the output of `docker info` (or podman's, nerdctl's) says about the engine. */
export function parseEngine({ code, stdout, stderr }: RunResult, here: Here = noHere): Engine {
    const said = parseInfo(stdout);
    const info = said ?? {};
    // Beside the server's own errors, standard error has the client's warnings, e.g. of an unreadable config. The
    // client exits with 0 though the server refused, where it is asked for JSON.
    const complaint =
        info.ServerErrors?.join("\n") || (code === 0 && said !== undefined ? "" : stderr);
    if (code === 127) {
        const why = isSpawnError(code, stderr) ? here.whyUnusable : lastLine(stderr);
        return why ? { state: "failing", ...explainStart(why, here) } : { state: "missing" };
    }
    if (/permission denied/i.test(complaint)) {
        return { state: "denied" };
    }
    if (unreached.test(complaint)) {
        return { state: "stopped", endpoint: unusualEndpoint(info, here) };
    }
    if (code !== 0 || complaint !== "") {
        return { state: "failing", ...explain(complaint, stdout, here) };
    }
    if (said === undefined) {
        return { state: "failing", ...explain(noAnswer(stdout), stdout, here) };
    }
    const cgroup = info.CgroupVersion ?? info.host?.cgroupVersion?.replace("v", "");
    return {
        state: "running",
        memoryBytes: info.MemTotal ?? info.host?.memTotal,
        cgroupVersion: cgroup === "1" || cgroup === "2" ? cgroup : undefined,
        rootless:
            info.host?.security?.rootless ??
            (info.SecurityOptions ?? []).some((option) => option.includes("name=rootless")),
        ...(info.host?.memTotal === undefined ? {} : { isPodman: true as const }),
        rootFolder: info.DockerRootDir ?? info.store?.graphRoot,
        imageFolder: containerdFolder(info),
        platform: platformOf(info),
        elsewhere: elsewhere(info, here),
    };
}

/** What the engine's client says where nobody answers; ssh ends with 255 where it does not come as far as the engine. */
const unreached =
    /(cannot|failed to) connect|is the docker daemon running|connection refused|dial tcp.*(i\/o timeout|no such host|no route to host|network is unreachable)|has exited with exit status 255/i;

const noHere: Here = { env: {}, host: "", isContainer: false };

/** What to say of a program that ends well and says nothing that an engine would say of itself. */
function noAnswer(stdout: string): string {
    const line = lastLine(stdout);
    return line === "" ? "" : `it says ${JSON.stringify(line)}, which is not what an engine says`;
}

/** What to say of a program that is there and cannot be started, or cannot start what it needs itself. */
function explainStart(why: string, { env }: Here) {
    const program = engineProgram(env);
    return {
        detail: `it cannot be started (${printable(why)})`,
        fix: `type -a ${shellQuote(program)} shows which one is first on PATH: make that one work, or take it away`,
    };
}

/** A complaint in words, with the way out where it is known. */
function explain(complaint: string, stdout: string, { env }: Here) {
    // The stub that Docker Desktop leaves in a WSL distribution says it on standard output, or nowhere.
    if (/could not be found in this WSL 2 distro/.test(stdout + complaint)) {
        return {
            detail: "Docker Desktop does not serve this WSL 2 distribution",
            fix: "Docker Desktop > Settings > Resources > WSL integration: switch this distribution on",
        };
    }
    const detail = printable(lastLine(complaint).replace(/^Error response from daemon: /, ""));
    if (/client version \S+ is too (old|new)/.test(complaint)) {
        return {
            detail,
            fix: env.DOCKER_API_VERSION
                ? "unset DOCKER_API_VERSION"
                : "install a Docker command line of the engine's version",
        };
    }
    return /did not answer within/.test(complaint)
        ? { detail, fix: "sudo systemctl restart docker, or restart Docker Desktop" }
        : { detail };
}

/** Where the engine was looked for, if the user has said where that is. */
function unusualEndpoint(info: EngineInfo, { env, contextAddress }: Here): Endpoint | undefined {
    if (env.DOCKER_HOST) {
        return { address: printable(env.DOCKER_HOST), by: "DOCKER_HOST" };
    }
    return contextAddress
        ? {
              address: printable(contextAddress),
              by: env.DOCKER_CONTEXT ? "DOCKER_CONTEXT" : `context ${info.ClientInfo?.Context}`,
          }
        : undefined;
}

/**
 * Where the engine is, if it is not on this machine: kind binds API servers to 127.0.0.1 there, and memory and disk
 * are not this machine's. In a container, an engine of another host name is that of the machine around it, by a socket
 * that was mounted; one of the same name is inside, or shares the host's network.
 */
function elsewhere(info: EngineInfo, here: Here): Endpoint | undefined {
    const endpoint = unusualEndpoint(info, here);
    if (endpoint !== undefined && isRemote(endpoint.address)) {
        return endpoint;
    }
    const host = info.Name ?? info.host?.hostname;
    if (here.isContainer && host !== undefined && host !== here.host) {
        return { address: `${host}, the machine around this container`, by: "its socket" };
    }
    return undefined;
}

/** Whether an address is another machine's: `ssh://…`, or TCP to another one than this. */
function isRemote(address: string): boolean {
    const [, scheme = "", host = ""] =
        /^(\w+):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/.exec(address) ?? [];
    const isThisMachine = /^(localhost|127\.[\d.]+|\[::1\]|)$/i.test(host);
    return ["ssh", "tcp", "http", "https"].includes(scheme) && !isThisMachine;
}
