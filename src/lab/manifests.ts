import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { projectRoot } from "../config/declaration";
import { clusterNames } from "../config/labConfig";

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

/** Whether a cluster's answer has a file of its own; those of more clusters are made of cluster2's. */
function hasAnswer(cluster: string): boolean {
    return (clusterNames as readonly string[]).includes(cluster);
}

/** The files of `manifests/` that go to a cluster, in the order a person would apply them. */
export function manifestFiles(cluster: string): string[] {
    return [
        `rebel-base-response-${hasAnswer(cluster) ? cluster : "cluster2"}.yaml`,
        "rebel-base.yaml",
        "rebel-base-service.yaml",
        "x-wing.yaml",
    ];
}

/** What the files said, by folder and cluster: a proof compares the live objects with them again and again. */
const known = new Map<string, readonly Manifest[]>();

/**
 * The objects of a cluster's manifests as they are in the files, empty documents left out. From cluster3 on,
 * rebel-base answers as in cluster2, but `Cluster-3` and so on. The files are read once in a process, so nobody can change
 * the objects.
 */
export function readManifests(
    cluster: string,
    folder = join(projectRoot, "manifests"),
): readonly Manifest[] {
    const key = join(folder, cluster);
    const before = known.get(key);
    if (before !== undefined) {
        return before;
    }
    const files = manifestFiles(cluster);
    const objects = frozen(files.flatMap((file) => readManifestFile(file, folder, cluster)));
    known.set(key, objects);
    return objects;
}

/** The value, which cannot be changed any more, and nothing in it. */
function frozen<T>(value: T): T {
    if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
        Object.values(Object.freeze(value)).forEach(frozen);
    }
    return value;
}

/** The objects of one file; empty documents are left out. */
export function readManifestFile(
    file: string,
    folder = join(projectRoot, "manifests"),
    cluster: string = clusterNames[0],
): Manifest[] {
    return yaml
        .loadAll(textFor(cluster, join(folder, file)), null, { filename: file })
        .filter((document) => document !== null && document !== undefined)
        .map((document) => document as Manifest);
}

function textFor(cluster: string, path: string): string {
    const text = readFileSync(path, "utf8");
    return hasAnswer(cluster)
        ? text
        : text.replaceAll("Cluster-2", cluster.replace("cluster", "Cluster-"));
}
