import {
    copyFileSync,
    cpSync,
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import * as yaml from "js-yaml";
import { readBundle } from "../../../../src/commands/bundle/bundleFile";
import { writeBundle } from "../../../../src/commands/bundle/writeBundle";
import { projectRoot } from "../../../../src/config/declaration";
import { ProblemsError } from "../../../../src/config/problem";
import { stackFilePath } from "../../../../src/config/stackFile";
import { cacheTag } from "../../../../src/machine/imageReference";
import { run } from "../../../../src/machine/run";
import { cachedChart } from "../../../../src/mesh/cilium/chart";
import { LabStack } from "../../../../src/stack/home";
import { ciliumWith } from "../../../support/defaultConfig";
import { fakeEngine } from "../../../support/fakeEngine";
import { StoredImage, archiveIn, imported, saved, unpackInto } from "../../../support/ociArchive";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);
jest.mock("../../../../src/commands/bundle/tools", () => ({
    findTools: () => Promise.resolve([{ name: "kind", path: __filename, version: "0.33.0" }]),
}));

const root = join(__dirname, "..", "..", "..", "..");
const out = join(projectRoot, "out");
const file = join(out, "lab.tar");
const chart = join(projectRoot, "my-chart");
const images = { "kindest/node:mine": 5, "cilium:1": 1, "nginx:1": 1, "curl:2": 1 };
const overrides = Object.fromEntries(
    ["ciliumImage", "ciliumOperatorImage", "clusterMeshApiserverImage"].map((key) => [
        key,
        "cilium:1",
    ]),
);
const own = {
    rebelBaseImage: "nginx:1",
    xWingImage: "curl:2",
    nodeImage: "kindest/node:mine",
    ...overrides,
};
const path = process.env.PATH!;

beforeAll(() => {
    copyFileSync(join(root, "Pulumi.yaml"), join(projectRoot, "Pulumi.yaml"));
    cpSync(join(root, "manifests"), join(projectRoot, "manifests"), { recursive: true });
    for (const folder of ["stacks", "my-chart", "node_modules/a", "bin"]) {
        mkdirSync(join(projectRoot, folder), { recursive: true });
    }
    writeFileSync(join(chart, "values.yaml"), "l7Proxy: false\n");
    writeFileSync(join(projectRoot, "node_modules", "a", "index.js"), "a");
    const packages = { "node_modules/a": {}, "node_modules/jest": { dev: true } };
    writeFileSync(join(projectRoot, "package-lock.json"), JSON.stringify({ packages }));
});
afterEach(() => void (process.env.PATH = path));

/** Writes a bundle of a stack with this config, where `docker save` is this shell script. */
function write(
    config: Record<string, unknown>,
    { save = 'echo "$*"', there = images, api = "1.41", platforms = {} } = {},
) {
    const values: Record<string, unknown> = { ...own, ...config };
    const prefixed = Object.entries(values).map(([key, value]): [string, unknown] => [
        key.includes(":") ? key : `cilium-global-services:${key}`,
        value,
    ]);
    writeFileSync(stackFilePath("dev"), yaml.dump({ config: Object.fromEntries(prefixed) }));
    const docker = join(projectRoot, "bin", "docker");
    writeFileSync(docker, `#!/bin/sh\n${save}\n`, { mode: 0o755 });
    process.env.PATH = `${join(projectRoot, "bin")}${delimiter}${path}`;
    const engine = fakeEngine({ images: there, platforms }, { "docker version": { stdout: api } });
    return writeBundle(new LabStack("dev"), file, {
        run: engine.run,
        say: engine.say,
        kind: () => Promise.reject(new Error("not needed here")),
        download: () => Promise.reject(new Error("no network")),
    });
}

async function unpacked(...names: string[]): Promise<string> {
    const { stdout } = await run("tar", ["-xOf", file, ...names]);
    return stdout;
}

test("a bundle has the needed packages, the tools, the chart, the config and every image by the lab's tag", async () => {
    await write({ ciliumChart: "./my-chart" });
    const manifest = await readBundle(file);
    expect(manifest.pieces.map(({ name, version }) => [name, version])).toEqual([
        ["node_modules.tgz", undefined],
        ["tools/kind", "0.33.0"],
        ["stack.yaml", undefined],
        ["chart/cilium.tgz", ciliumWith().version],
        ["images.tar", undefined],
    ]);
    const references = ["kindest/node:mine", "cilium:1", "nginx:1", "curl:2"];
    expect(manifest.images).toEqual(
        references.map((reference) => ({ reference, tag: cacheTag(reference) })),
    );
    expect(await unpacked("images.tar")).toBe(`save ${references.map(cacheTag).join(" ")}\n`);
    const listed = await run("sh", ["-c", `tar -xOf "${file}" node_modules.tgz | tar -tz`]);
    expect(listed.stdout.trim().split("\n")).toEqual([
        "node_modules/a/",
        "node_modules/a/index.js",
    ]);
    expect(readdirSync(out)).toEqual(["lab.tar"]);
});

test("a chart that was a path is where the bundle's is unpacked; encrypted values stay here", async () => {
    await write({
        ciliumChart: "./my-chart",
        ciliumValues: { debug: { enabled: true } },
        "other:key": { secure: "abc" },
    });
    const { config } = yaml.load(await unpacked("stack.yaml")) as { config: object };
    expect(config).toMatchObject({
        "cilium-global-services:ciliumChart": "./.lab/bundle/chart/cilium.tgz",
        "cilium-global-services:ciliumValues": { debug: { enabled: true } },
        "cilium-global-services:nodeImage": "kindest/node:mine",
    });
    expect(Object.keys(config)).not.toContain("other:key");
});

test("a chart of cluster2's own is refused, and where it is cluster1's it is the bundle's", async () => {
    const ofCluster2 = {
        cluster2CiliumVersion: "1.19.7",
        cluster2CiliumImage: "cilium:1.19.7",
        cluster2CiliumOperatorImage: "cilium:1.19.7",
        cluster2ClusterMeshApiserverImage: "cilium:1.19.7",
    };
    const refusal = write({ ...ofCluster2 }).catch((error: ProblemsError) => error.problems);
    expect(await refusal).toEqual([
        {
            message:
                "cluster2CiliumVersion is 1.19.7; a bundle carries one chart of Cilium, that of cluster1.",
            fix: "pulumi config rm cluster2CiliumVersion",
        },
    ]);
    await write({ ciliumChart: "./my-chart", cluster2CiliumChart: "./my-chart" });
    const { config } = yaml.load(await unpacked("stack.yaml")) as { config: object };
    expect(config).toMatchObject({
        "cilium-global-services:ciliumChart": "./.lab/bundle/chart/cilium.tgz",
        "cilium-global-services:cluster2CiliumChart": "./.lab/bundle/chart/cilium.tgz",
    });
});

test("a chart by its name is the one that is kept, with its version", async () => {
    const kept = cachedChart(ciliumWith());
    mkdirSync(join(kept, ".."), { recursive: true });
    writeFileSync(kept, "a chart");
    await write({});
    expect(await unpacked("chart/cilium.tgz")).toBe("a chart");
    const { pieces } = await readBundle(file);
    expect(pieces.find(({ name }) => name.startsWith("chart"))!.version).toBe(ciliumWith().version);
});

test("of an engine that has the blobs of one platform, a bundle's archive is whole for that one", async () => {
    const tags = Object.keys(images).map(cacheTag);
    const both = ["linux/amd64", "linux/arm64"];
    const store = Object.fromEntries(
        tags.map((tag) => [tag, new StoredImage(tag, both, ["linux/arm64"])]),
    );
    // What Docker with containerd's store would write, by the specification; without the option, of all platforms.
    const archives = { whole: ["--platform", "linux/arm64"], partial: [] };
    for (const [name, option] of Object.entries(archives)) {
        const folder = join(projectRoot, name);
        unpackInto(folder, saved(["save", ...option, ...tags], store));
        await run("tar", ["-cf", `${folder}.tar`, "-C", folder, "."]);
    }
    const cat = (name: string) => `cat "${join(projectRoot, name)}.tar"`;
    await write(
        { ciliumChart: "./my-chart" },
        {
            save: `case "$*" in "save --platform linux/arm64 "*) ${cat("whole")} ;; *) ${cat("partial")} ;; esac`,
            api: "1.52",
            platforms: Object.fromEntries(tags.map((tag) => [tag, "linux/arm64"])),
        },
    );

    const there = join(projectRoot, "there");
    mkdirSync(there);
    await run("sh", ["-c", `tar -xOf "${file}" images.tar | tar -xf - -C "${there}"`]);
    expect(imported(archiveIn(there), "--all-platforms")).toEqual(
        Object.fromEntries(tags.map((tag) => [`docker.io/${tag}`, ["linux/arm64"]])),
    );
});

test.each<[string, Record<string, unknown>, object, string]>([
    [
        "an image of another platform than the node's",
        { ciliumChart: "./my-chart" },
        { platforms: { [cacheTag("curl:2")]: "linux/arm64" } },
        "docker has curl:2 of linux/arm64, and the node image is of linux/amd64.\n    Fix: docker pull --platform linux/amd64 curl:2",
    ],
    [
        "an image that cannot be had",
        { ciliumChart: "./my-chart", xWingImage: "gone:1" },
        {},
        "docker has no gone:1 and could not pull it: Error response from daemon: manifest for gone:1 not found.",
    ],
    [
        "a chart that Helm would load",
        { ciliumChart: "oci://quay.io/cilium/charts/cilium" },
        {},
        "ciliumChart is oci://quay.io/cilium/charts/cilium, which Helm would load at every up; a bundle needs the name or the path of a chart.",
    ],
    [
        "an engine that ends in the middle of its images",
        { ciliumChart: "./my-chart" },
        { save: "echo half; echo 'no space' >&2; exit 1" },
        "docker could not make images.tar: no space",
    ],
    [
        "a disk that is too small",
        { ciliumChart: "./my-chart" },
        { there: { ...images, "kindest/node:mine": 1e18 } },
        `of disk is free in ${out}; the bundle needs 1000000001.1 GB`,
    ],
])("%s is said, and there is no half bundle", async (_, config, how, text) => {
    const before = existsSync(file) ? readFileSync(file) : undefined;
    await expect(write(config, how)).rejects.toThrow(text);
    expect(existsSync(file) ? readFileSync(file) : undefined).toEqual(before);
    expect(existsSync(out) ? readdirSync(out) : []).toEqual(before ? ["lab.tar"] : []);
});
