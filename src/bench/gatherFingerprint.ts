import { cpus, release, totalmem } from "node:os";
import { LabConfig } from "../config/labConfig";
import { engineProgram } from "../kind/observation";
import { ClusterApi } from "../kube/clusterApi";
import { Runner, lastLine } from "../runner";
import { Fingerprint } from "./fingerprint";

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
        "Cilium chart": config.cilium.version,
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
