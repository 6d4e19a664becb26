import { Mapping, isMapping, asText } from "../config/mapping";
import { parseJson } from "./files";
import type { StoreInfo } from "./imageStore";

/** What an engine's `info` says, as far as it is used: Docker's, nerdctl's, and below `host` and `store` podman's. */
export interface EngineInfo extends StoreInfo {
    readonly ID?: string;
    readonly Name?: string;
    readonly MemTotal?: number;
    readonly CgroupVersion?: string;
    readonly SecurityOptions?: readonly string[];
    readonly DockerRootDir?: string;
    readonly ServerErrors?: readonly string[];
    readonly ClientInfo?: { readonly Context?: string };
    readonly host?: {
        readonly hostname?: string;
        readonly memTotal?: number;
        readonly cgroupVersion?: string;
        readonly security?: { readonly rootless?: boolean };
    };
    readonly store?: { readonly graphRoot?: string };
}

/**
 * Reads what an engine says of itself. A value of another type than it should be counts as not said: the engine may be
 * of a version to come, or a program that is called like one.
 *
 * @returns Undefined if it is no object of JSON.
 */
export function parseInfo(stdout: string): EngineInfo | undefined {
    // A wrapper, or the client itself, may have a word to say first: an engine is asked for one line.
    const info = parseJson(stdout) ?? parseJson(stdout.trim().split("\n").pop() ?? "");
    if (!isMapping(info)) {
        return undefined;
    }
    const { ID, Name, MemTotal, CgroupVersion, DockerRootDir, OSType, Architecture } = info;
    const [client, host, store] = [info.ClientInfo, info.host, info.store].map(mapping);
    return {
        ID: asText(ID),
        Name: asText(Name),
        MemTotal: size(MemTotal),
        CgroupVersion: asText(CgroupVersion),
        SecurityOptions: texts(info.SecurityOptions),
        DockerRootDir: asText(DockerRootDir),
        ServerErrors: complaints(info.ServerErrors),
        OSType: asText(OSType),
        Architecture: asText(Architecture),
        DriverStatus: list(info.DriverStatus).map(texts),
        Containerd: { Address: asText(mapping(info.Containerd).Address) },
        ClientInfo: { Context: asText(client!.Context) },
        host: {
            hostname: asText(host!.hostname),
            memTotal: size(host!.memTotal),
            cgroupVersion: asText(host!.cgroupVersion),
            security: { rootless: truth(mapping(host!.security).rootless) },
        },
        store: { graphRoot: asText(store!.graphRoot) },
    };
}

/** Bytes. Where the server has not answered, Docker's client says 0. */
function size(value: unknown): number | undefined {
    return typeof value === "number" && value > 0 ? value : undefined;
}

function truth(value: unknown): boolean | undefined {
    return typeof value === "boolean" ? value : undefined;
}

function list(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [];
}

function texts(value: unknown): string[] {
    return list(value).filter((one) => typeof one === "string");
}

function mapping(value: unknown): Mapping {
    return isMapping(value) ? value : {};
}

/** Errors of the server, in whatever form: what it complains of must not be taken for an engine that is well. */
function complaints(value: unknown): string[] {
    const all = Array.isArray(value) ? (value as unknown[]) : value ? [value] : [];
    return all.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
}
