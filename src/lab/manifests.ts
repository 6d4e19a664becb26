import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { projectRoot } from "../config/declaration";

/** A Kubernetes object as its YAML has it. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly [key: string]: unknown;
    };
    readonly [key: string]: unknown;
}

/** The files of `manifests/` that go to a cluster, in the order a person would apply them. */
export function manifestFiles(cluster: string): string[] {
    return [
        `rebel-base-response-${cluster}.yaml`,
        "rebel-base.yaml",
        "rebel-base-service.yaml",
        "x-wing.yaml",
    ];
}

/** The objects of a cluster's manifests as they are in the files; empty documents are left out. */
export function readManifests(
    cluster: string,
    folder = join(projectRoot, "manifests"),
): Manifest[] {
    return manifestFiles(cluster).flatMap((file) => readManifestFile(file, folder));
}

/** The objects of one file; empty documents are left out. */
export function readManifestFile(
    file: string,
    folder = join(projectRoot, "manifests"),
): Manifest[] {
    return yaml
        .loadAll(readFileSync(join(folder, file), "utf8"), null, { filename: file })
        .filter((document) => document !== null && document !== undefined)
        .map((document) => document as Manifest);
}
