import { cacheTag } from "../../../../src/machine/imageReference";
import { Machine } from "../../../../src/machine/machine";
import { readTimeline, startTimeline } from "../../../../src/machine/timeline";
import { loadImages, roomForDownload, saveArgs } from "../../../../src/mesh/kind/loadImages";
import { FakeEngine, fakeEngine } from "../../../support/fakeEngine";
import { Answer, Answers, fakeRunner } from "../../../support/fakeRunner";
import type * as FakeTime from "../../../support/fakeTime";

jest.mock("../../../../src/machine/awake", () => ({
    awakeTime: jest.requireActual<typeof FakeTime>("../../../support/fakeTime").fakeTime,
}));
jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);

const name = "mesh-dev-cluster1";
const node = `${name}-control-plane`;
const target = { cluster: "cluster1", name } as const;
const digest = `sha256:${"0df5b275".repeat(8)}`;
const agent = `quay.io/cilium/cilium:v1@${digest}`;
const import_ = `docker exec --interactive ${node} sh -c`;

/** Answers of a node with these images and so much room. */
function nodeWith(images: string[], freeBytes = 2 ** 40): Answers {
    return {
        [`docker exec ${node} ctr --namespace=k8s.io images ls -q`]: {
            stdout: images.map((image) => `${image}\n`).join(""),
        },
        [`docker exec ${node} df -Pk /var`]: {
            stdout: `Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 9 9 ${freeBytes / 1024} 9% /var\n`,
        },
        "docker version": { stdout: "1.41 linux/amd64\n" },
        [import_]: {},
    };
}

function machineOf(engine: FakeEngine): Machine {
    const nobody = () => Promise.reject(new Error("not needed here"));
    return { run: engine.run, say: engine.say, kind: nobody, download: nobody };
}

function engineWith(there: Answers, images: Record<string, number>, registry = {}) {
    const engine = fakeEngine({ images, registry }, there);
    return { engine, machine: machineOf(engine) };
}

test("a node that has every image is asked once, and nothing else is done", async () => {
    const there = nodeWith([`quay.io/cilium/cilium@${digest}`, "docker.io/library/nginx:1"]);
    const { engine, machine } = engineWith(there, {});
    startTimeline("dev");
    await loadImages(target, [agent, "nginx:1"], machine);
    expect(engine.calls).toHaveLength(1);
    expect(engine.said).toEqual([]);
    expect(readTimeline("dev")).toEqual([]);
});

test("what a node lacks goes from the cache into it in one archive, under the names that pods use", async () => {
    const there = nodeWith(["docker.io/library/nginx:1"]);
    const cached = { [cacheTag(agent)]: 695_000_000, "lab/x-wing:local": 26_000_000 };
    const { engine, machine } = engineWith(there, cached);
    startTimeline("dev");
    await loadImages(target, [agent, "nginx:1", "lab/x-wing:local"], machine);
    const [load, ...others] = engine.callsOf(import_);
    expect(others).toEqual([]);
    expect(load!.argv.slice(7)).toEqual([
        "sh",
        "--all-platforms",
        `docker.io/${cacheTag(agent)}`,
        `quay.io/cilium/cilium@${digest}`,
        `docker.io/${cacheTag("lab/x-wing:local")}`,
        "docker.io/lab/x-wing:local",
    ]);
    expect(load!.options.pipedFrom).toEqual([
        "docker",
        "save",
        cacheTag(agent),
        cacheTag("lab/x-wing:local"),
    ]);
    expect(engine.said).toEqual([
        `${name}: loading from the cache, 721 MB: quay.io/cilium/cilium:v1, lab/x-wing:local`,
    ]);
    expect(readTimeline("dev")).toMatchObject([{ name: "images", cluster: "cluster1" }]);
});

test("a node whose runtime does not answer yet is asked again", async () => {
    let asked = 0;
    const list: Answer = () => (++asked < 3 ? { code: 1 } : { stdout: "docker.io/lab/x:1\n" });
    const { engine, machine } = engineWith({ [`docker exec ${node} ctr`]: list }, {});
    await loadImages(target, ["lab/x:1"], machine);
    expect(asked).toBe(3);
    expect(engine.said).toEqual([]);
});

test("a node whose runtime never answers is left to the kubelet, and that is said", async () => {
    const { engine, machine } = engineWith({ [`docker exec ${node} ctr`]: { code: 1 } }, {});
    await loadImages(target, ["nginx:1"], machine);
    expect(engine.said).toEqual([
        `${name}: its node does not list its images; it pulls what it needs itself`,
    ]);
});

test("where the environment names a proxy, it is said that the engine does not read it", async () => {
    jest.replaceProperty(process, "env", { ...process.env, HTTPS_PROXY: "http://proxy:3128" });
    try {
        const { engine, machine } = engineWith(nodeWith([]), {});
        await loadImages(target, ["gone:1"], machine);
        expect(engine.said.at(-1)).toMatch(
            /not found\); its engine does not read HTTPS_PROXY \(docs\/proxy\.md\); the node of \S+ tries by itself$/,
        );
    } finally {
        jest.restoreAllMocks();
    }
});

test("an image that cannot be pulled is said and left to the kubelet; the others are loaded", async () => {
    const { engine, machine } = engineWith(nodeWith([]), { "nginx:1": 1 });
    await loadImages(target, ["gone:1", "nginx:1"], machine);
    expect(engine.said).toEqual([
        "gone:1: downloading, once for all clusters of this machine",
        `gone:1: docker could not download it (Error response from daemon: manifest for gone:1 not found); the node of ${name} tries by itself`,
        `${name}: loading from the cache, 1 MB: nginx:1`,
    ]);
    expect(engine.callsOf(import_)).toHaveLength(1);
});

test("where nothing could be had, nothing is loaded", async () => {
    const { engine, machine } = engineWith(nodeWith([]), {});
    await loadImages(target, ["gone:1"], machine);
    expect(engine.callsOf(import_)).toEqual([]);
});

test("a node that does not take the images is left to its kubelet, and the reason is said", async () => {
    const there = { [import_]: { code: 1, stderr: "ctr: content digest not found\n" } };
    const { engine, machine } = engineWith({ ...nodeWith([]), ...there }, { "nginx:1": 1 });
    await loadImages(target, ["nginx:1"], machine);
    expect(engine.said[1]).toBe(
        `${name}: its node did not take the images (ctr: content digest not found); it pulls them itself`,
    );
});

describe("the disk", () => {
    const free = (bytes: number) => nodeWith([], bytes);
    const short = (have: string, need: string) =>
        `${have} of disk is free where docker keeps images; those that ${name} lacks need ${need}. npm run cache shows what can go, docker system df what else takes the space`;

    test("is not filled by a download", async () => {
        const { engine, machine } = engineWith(free(2 ** 30), {}, { "nginx:1": 1 });
        await expect(loadImages(target, ["nginx:1"], machine)).rejects.toThrow(
            short("1.0 GiB", "2.0 GiB"),
        );
        expect(engine.callsOf("docker pull")).toEqual([]);
        const roomy = engineWith(free(roomForDownload), {}, { "nginx:1": 1 });
        await loadImages(target, ["nginx:1"], roomy.machine);
        expect(roomy.engine.callsOf(import_)).toHaveLength(1);
    });

    test("is not filled by what a node unpacks", async () => {
        const { engine, machine } = engineWith(free(2 ** 30), { "big:1": 2 ** 30 });
        await expect(loadImages(target, ["big:1"], machine)).rejects.toThrow(
            short("1.0 GiB", "2.0 GiB"),
        );
        expect(engine.callsOf(import_)).toEqual([]);
    });

    test("that cannot be asked stands in nobody's way", async () => {
        const there = { [`docker exec ${node} df`]: { code: 127 }, ...nodeWith([]) };
        const { engine, machine } = engineWith(there, { "nginx:1": 1 });
        await loadImages(target, ["nginx:1"], machine);
        expect(engine.callsOf(import_)).toHaveLength(1);
    });
});

test.each<[string, Answer, string, string[]]>([
    ["1.48 and later", { stdout: "1.48\n" }, "linux/arm64", ["save", "--platform", "linux/arm64"]],
    ["1.51", { stdout: "1.51\n" }, "linux/amd64", ["save", "--platform", "linux/amd64"]],
    ["1.51", { stdout: "1.51\n" }, "", ["save"]],
    ["1.47", { stdout: "1.47\n" }, "linux/amd64", ["save"]],
    ["unknown", { code: 125, stderr: "no such field" }, "linux/amd64", ["save"]],
])("with API %s, images are saved by %j of %j", async (_, version, platform, args) => {
    const { run } = fakeRunner({ "docker version": version });
    const images = ["a", "b"].map((tag) => ({ tag, platform }));
    expect(await saveArgs(images, run)).toEqual([...args, "a", "b"]);
});
