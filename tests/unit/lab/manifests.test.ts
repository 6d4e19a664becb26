import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { projectRoot } from "../../../src/config/declaration";
import { clusterNames, possibleClusters } from "../../../src/config/labConfig";
import { Manifest, manifestFiles, readManifests } from "../../../src/lab/manifests";
import { networkPoliciesIn, policyName } from "../../../src/lab/networkPolicy";
import { clusterOf } from "../../../src/proof/verify/requests";
import { readText } from "../../support/committed";
import { configWith } from "../../support/defaultConfig";

const folder = join(projectRoot, "manifests");
const files = readdirSync(folder).sort();

/** Objects of a file as YAML has them. */
function load(file: string): Manifest[] {
    return yaml.loadAll(readText("manifests", file)) as Manifest[];
}

interface PodSpec {
    readonly containers: readonly {
        readonly name: string;
        readonly image: string;
        readonly resources: { readonly requests: Record<string, string> };
    }[];
}

/** A Deployment's parts that the lab's manifests promise something about. */
interface DeploymentSpec {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: {
        readonly metadata: { readonly labels: Record<string, string> };
        readonly spec: PodSpec;
    };
}

function specOf(name: string): DeploymentSpec {
    const deployment = readManifests("cluster1").find(
        (manifest) => manifest.kind === "Deployment" && manifest.metadata.name === name,
    );
    return deployment!.spec as DeploymentSpec;
}

test("a cluster's files are its own answer and what is the same everywhere, in order", () => {
    expect(manifestFiles("cluster2")).toStrictEqual([
        "rebel-base-response-cluster2.yaml",
        "rebel-base.yaml",
        "rebel-base-service.yaml",
        "x-wing.yaml",
    ]);
});

test("every file of the folder goes to a cluster", () => {
    const used = new Set(clusterNames.flatMap(manifestFiles));
    expect([...used, `${policyName}.yaml`].sort()).toStrictEqual(files);
});

test.each(clusterNames)("the objects of %s are those of its files, in their order", (cluster) => {
    expect(readManifests(cluster)).toStrictEqual(manifestFiles(cluster).flatMap(load));
    expect(readManifests(cluster).map(({ kind, metadata }) => [kind, metadata.name])).toStrictEqual(
        [
            ["ConfigMap", "rebel-base-response"],
            ["Deployment", "rebel-base"],
            ["Service", "rebel-base"],
            ["Deployment", "x-wing"],
        ],
    );
});

test("the files are read once in a process, and nobody can change what they said", () => {
    const [object] = readManifests("cluster1");
    expect(readManifests("cluster1")[0]).toBe(object);
    expect(() => Object.assign(object!.metadata, { name: "another" })).toThrow("read only");
});

test("the clusters differ in the answer of rebel-base alone", () => {
    const [one, two] = clusterNames.map((cluster) => readManifests(cluster));
    expect(two!.slice(1)).toStrictEqual(one!.slice(1));
    expect({ ...two![0], data: {} }).toStrictEqual({ ...one![0], data: {} });
});

test.each(clusterNames)("verify takes the answer of %s for that cluster's", (cluster) => {
    const { message } = readManifests(cluster)[0]!.data as { message: string };
    const [firstLine] = message.split("\n");
    expect(clusterOf(firstLine)).toBe(cluster);
});

test.each(possibleClusters.slice(2))("%s answers like cluster2, but in its own name", (cluster) => {
    const [response, ...others] = readManifests(cluster);
    const [two, ...alike] = readManifests("cluster2");
    const { message } = response!.data as { message: string };
    expect(others).toStrictEqual(alike);
    expect({ ...response, data: {} }).toStrictEqual({ ...two, data: {} });
    expect(message).toBe(
        `{"Galaxy": "Alderaan", "Cluster": "${cluster.replace("cluster", "Cluster-")}"}\n`,
    );
    expect(clusterOf(message.trimEnd())).toBe(cluster);
});

describe.each(files)("%s", (file) => {
    test("is plain Kubernetes YAML for any namespace, and opens with what it is for", () => {
        const objects = load(file);
        expect(readText("manifests", file)).toMatch(/^# \S.*\n/);
        expect(objects.length).toBeGreaterThan(0);
        for (const { apiVersion, kind, metadata } of objects) {
            expect(apiVersion).toMatch(/^([a-z.]+\/)?v\d/);
            expect(kind).toMatch(/^[A-Z][A-Za-z]+$/);
            expect(metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
            expect(metadata).not.toHaveProperty("namespace");
        }
    });

    test("has text as the value of every annotation and label", () => {
        const texts = load(file).flatMap(({ metadata }): unknown[] => [
            ...Object.values(metadata.annotations ?? {}),
            ...Object.values((metadata.labels ?? {}) as Record<string, unknown>),
        ]);
        expect(texts.filter((text) => typeof text !== "string")).toStrictEqual([]);
    });
});

describe.each(["rebel-base", "x-wing"])("the Deployment %s", (name) => {
    test("pins its images by digest and asks for little", () => {
        for (const { image, resources } of specOf(name).template.spec.containers) {
            expect(image).toMatch(/^[a-z0-9./-]+:[\w.-]+@sha256:[a-f0-9]{64}$/);
            expect(resources.requests).toStrictEqual({ cpu: "10m", memory: "16Mi" });
        }
    });

    test("selects its own pods, has the default number of them, and its container's name", () => {
        const { replicas, selector, template } = specOf(name);
        expect(selector.matchLabels).toStrictEqual({ name });
        expect(template.metadata.labels).toStrictEqual({ name });
        expect(replicas).toBe(2);
        expect(template.spec.containers.map((container) => container.name)).toStrictEqual([name]);
    });
});

test("the Service selects rebel-base and says what the default config says", () => {
    const service = readManifests("cluster1")[2]!;
    expect(service.spec).toStrictEqual({
        type: "ClusterIP",
        ports: [{ port: 80 }],
        selector: { name: "rebel-base" },
    });
    expect(service.metadata.annotations).toStrictEqual({
        "service.cilium.io/global": "true",
        "service.cilium.io/shared": "true",
    });
});

test("the network policy of the config guards rebel-base of cluster1, in cluster1 alone", () => {
    const config = configWith({ networkPolicy: "cluster1-only" });
    expect(networkPoliciesIn("cluster1", config)).toStrictEqual(load(`${policyName}.yaml`));
    expect(networkPoliciesIn("cluster2", config)).toStrictEqual([]);
    expect(networkPoliciesIn("cluster1", configWith())).toStrictEqual([]);
    const [{ metadata, spec }] = networkPoliciesIn("cluster1", config) as [Manifest];
    const clusterLabel = "io.cilium.k8s.policy.cluster";
    expect(metadata.name).toBe(policyName);
    expect(spec).toStrictEqual({
        endpointSelector: { matchLabels: { name: "rebel-base" } },
        ingress: [
            { fromEndpoints: [{ matchLabels: { name: "x-wing", [clusterLabel]: "cluster1" } }] },
        ],
    });
});

test("several documents of a file are several objects; an empty one is none", () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "manifests-"));
    try {
        manifestFiles("cluster1").forEach((file) => writeFileSync(join(elsewhere, file), "# -\n"));
        const text = "---\n# nothing\n---\nkind: A\n---\n---\nkind: B\n";
        writeFileSync(join(elsewhere, "x-wing.yaml"), text);
        expect(readManifests("cluster1", elsewhere)).toStrictEqual([{ kind: "A" }, { kind: "B" }]);
    } finally {
        rmSync(elsewhere, { recursive: true });
    }
});
