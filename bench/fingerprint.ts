import { cpus, totalmem, release } from "node:os";
import { LabConfig } from "../src/config/labConfig";
import { ciliumVersions, versionsText } from "../src/lab/ciliumVersions";
import { engineProgram } from "../src/machine/engine";
import { lastLine, Runner } from "../src/machine/run";
import { ClusterApi } from "../src/mesh/kube/clusterApi";

/** What a measurement depends on besides the project itself: machine, engine, tools, images. By name. */
export type Fingerprint = Readonly<Record<string, string>>;

/**
 * Why two results must not be compared, in one sentence; undefined if they were measured on the same machine
 * with the same images and tools.
 */
export function whyNotComparable(ours: Fingerprint, other: Fingerprint): string | undefined {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(other)])];
    const different = names
        .filter((name) => ours[name] !== other[name])
        .map((name) => `${name} (${ours[name] ?? "unknown"}, there ${other[name] ?? "unknown"})`);
    return different.length === 0
        ? undefined
        : `The results are not compared: they differ in ${different.join(", ")}.`;
}

/** What to ask for a fingerprint. */
export interface FingerprintArgs {
    readonly config: LabConfig;
    readonly run: Runner;
    /** The kind that is used. */
    readonly kind: string;
    /** Version of the Pulumi that is used. */
    readonly pulumi: string;
    /** A cluster that runs: its pods say which images they are made of. */
    readonly api: ClusterApi;
}

/** The machine, its engine and tools, and the images that really run. */
export async function gatherFingerprint(args: FingerprintArgs): Promise<Fingerprint> {
    const { config, run, kind, pulumi, api } = args;
    const engine = engineProgram();
    const ask = async (program: string, ...rest: string[]) => {
        const { code, stdout } = await run(program, rest);
        return code === 0 ? lastLine(stdout) : "unknown";
    };
    const [version, storage, nodeImage, kindVersion, images] = await Promise.all([
        ask(engine, "version", "--format", "{{.Server.Version}}"),
        ask(engine, "info", "--format", "{{.Driver}}"),
        ask(engine, "image", "inspect", "--format", "{{.Id}}", config.nodeImage),
        ask(kind, "version"),
        imagesOf(api),
    ]);
    return {
        processor: `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}`,
        memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
        kernel: release(),
        engine: `${engine} ${version}`,
        storage,
        node: process.version,
        kind: kindVersion,
        pulumi,
        "node image": nodeImage,
        "Cilium chart": versionsText(ciliumVersions(config)),
        ...images,
    };
}

async function imagesOf(api: ClusterApi): Promise<Record<string, string>> {
    const groups = await Promise.all([
        api.pods("kube-system", "app.kubernetes.io/part-of=cilium"),
        api.pods("default", "name in (rebel-base, x-wing)"),
    ]);
    const statuses = groups
        .flat()
        .flatMap((pod) => pod.status?.containerStatuses ?? [])
        .map(({ name, imageID }): [string, string] => [`image of ${name}`, imageID]);
    return Object.fromEntries(statuses.sort());
}
