import {
    copyFileSync,
    createReadStream,
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    renameSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { Readable } from "node:stream";
import * as consumers from "node:stream/consumers";
import * as yaml from "js-yaml";
import { BundleWriter } from "../../../../src/commands/bundle/bundleFile";
import { Manifest, bundleFormat } from "../../../../src/commands/bundle/manifest";
import { useBundle } from "../../../../src/commands/bundle/useBundle";
import { projectRoot } from "../../../../src/config/declaration";
import { ProblemsError } from "../../../../src/config/problem";
import { stackFilePath } from "../../../../src/config/stackFile";
import { useBundledTools } from "../../../../src/machine/bundledTools";
import { cacheTag } from "../../../../src/machine/imageReference";
import { platform } from "../../../../src/machine/kindTool";
import { holderOf } from "../../../../src/machine/lock";
import { Machine } from "../../../../src/machine/machine";
import { labFolder } from "../../../../src/machine/names";
import { cachedChart } from "../../../../src/mesh/cilium/chart";
import { LabStack } from "../../../../src/stack/home";
import { ciliumWith } from "../../../support/defaultConfig";
import { Answers, fakeRunner } from "../../../support/fakeRunner";

jest.mock("../../../../src/config/declaration", () =>
    jest.requireActual<object>("../../../support/temporaryProject"),
);
jest.mock("node:fs", () => {
    const actual = jest.requireActual<typeof import("node:fs")>("node:fs");
    return { ...actual, createReadStream: jest.fn(actual.createReadStream) };
});
// The lab's own two images, whatever chart there is.
jest.mock("../../../../src/commands/bundle/writeBundle", () => ({
    podImages: () => ["nginx:1", "curl:2"],
}));

copyFileSync(
    join(__dirname, "..", "..", "..", "..", "Pulumi.yaml"),
    join(projectRoot, "Pulumi.yaml"),
);
const path = join(labFolder, "given.tar");
const given = ["registry.class/kindest/node:v1", "nginx:1", "curl:2"];
const stackConfig = { "cilium-global-services:nodeImage": given[0] };

beforeEach(async () => {
    rmSync(labFolder, { recursive: true, force: true });
    rmSync(stackFilePath("dev"), { force: true });
    mkdirSync(join(stackFilePath("dev"), ".."), { recursive: true });
    process.env.PATH = process.env.PATH!.replace(
        `${join(labFolder, "bundle", "tools/")}${delimiter}`,
        "",
    );
    await write();
});

/** Writes a bundle with these images; its manifest may leave out a file. */
async function write(
    images = given,
    archive = "images",
    unlisted?: string,
    left?: string,
): Promise<void> {
    const writer = await BundleWriter.open(path);
    const add = (name: string, text: string) =>
        writer.add(name, Readable.from([Buffer.from(text)]));
    const manifest = {
        format: bundleFormat,
        platform: platform(),
        at: "",
        pieces: [
            await add("tools/kind", "kind"),
            { ...(await add("chart/cilium.tgz", "chart")), version: ciliumWith().version },
            await add("stack.yaml", yaml.dump({ config: stackConfig })),
            await add("images.tar", archive),
        ].filter(({ name }) => name !== left),
        images: images.map((reference) => ({ reference, tag: cacheTag(reference) })),
    } satisfies Manifest;
    if (unlisted !== undefined) {
        await add(unlisted, "evil");
    }
    await add("manifest.json", JSON.stringify(manifest));
    await writer.finish();
}

/** What the engine was given to load, last. */
let loaded: string | undefined;

async function use(answers: Answers = {}) {
    const fake = fakeRunner(answers, { "docker load": {}, "docker image inspect": { code: 1 } });
    const said: string[] = [];
    const machine: Machine = {
        run: async (program, args, options) => {
            const stream = options?.inputStream;
            const took = stream && consumers.text(stream).catch((error: Error) => error.message);
            const result = await fake.run(program, args, options);
            loaded = await took;
            return result;
        },
        say: (line) => void said.push(line),
        kind: () => Promise.reject(new Error("not needed here")),
        download: () => Promise.reject(new Error("nothing is downloaded here")),
    };
    loaded = undefined;
    await useBundle(path, new LabStack("dev"), machine);
    return { ...fake, said };
}

test("tools and chart are unpacked, the images loaded, and a stack without a config gets the bundle's", async () => {
    const { callsOf, said } = await use();
    expect(readFileSync(join(labFolder, "bundle", "tools", "kind"), "utf8")).toBe("kind");
    expect(readFileSync(cachedChart(ciliumWith()), "utf8")).toBe("chart");
    expect(yaml.load(readFileSync(stackFilePath("dev"), "utf8"))).toEqual({ config: stackConfig });
    expect(callsOf("docker load --quiet")).toHaveLength(1);
    expect(loaded).toBe("images");
    expect(existsSync(join(labFolder, "bundle", "images.tar"))).toBe(false);
    expect(said).toEqual([
        `checking ${path}`,
        "loading 3 images of the bundle into the cache, 1 MB",
        `stack dev has the bundle's config now: ${stackFilePath("dev")}`,
    ]);
});

test("its tools come first on PATH, once, and there is nothing to come without a bundle", async () => {
    const env = { PATH: "/bin" };
    useBundledTools(env);
    expect(env.PATH).toBe("/bin");
    await use();
    useBundledTools(env);
    useBundledTools(env);
    expect(env.PATH).toBe(`${join(labFolder, "bundle", "tools")}${delimiter}/bin`);
});

describe("tools that nobody has compared with a checksum come on no PATH", () => {
    const folder = join(labFolder, "bundle", "tools");
    const tried = (): { readonly PATH: string; readonly said: readonly string[] } => {
        const env = { PATH: "/bin" };
        const said: string[] = [];
        useBundledTools(env, (line) => void said.push(line));
        return { ...env, said };
    };
    const fix = `Fix: npm run up -- --bundle FILE unpacks them again; without one: rm -r ${join(labFolder, "bundle")}`;

    test.each([
        [
            "one beside the bundle's",
            () => writeFileSync(join(folder, "docker"), "evil"),
            '"docker"',
        ],
        ["one that was changed", () => writeFileSync(join(folder, "kind"), "evil"), '"kind"'],
        [
            "a link in the place of one",
            () => {
                rmSync(join(folder, "kind"));
                symlinkSync("/bin/true", join(folder, "kind"));
            },
            '"kind"',
        ],
        ["a folder", () => mkdirSync(join(folder, "docker")), '"docker"'],
    ])("%s", async (_, spoil, named) => {
        await use();
        spoil();
        const { PATH, said } = tried();
        expect(PATH).toBe("/bin");
        expect(said).toEqual([
            `the programs in ${folder} are not used: ${named} is not as the bundle has it, or none of its files. ${fix}`,
        ]);
    });

    test("those that an earlier version has unpacked, which remembers no list", async () => {
        await use();
        rmSync(join(labFolder, "bundle", "tools.json"));
        expect(tried().PATH).toBe("/bin");
        await use();
        expect(tried().PATH).toBe(`${folder}${delimiter}/bin`);
    });

    test("one of the same content is the same, e.g. in a checkout that was copied", async () => {
        await use();
        copyFileSync(join(folder, "kind"), join(labFolder, "copy"));
        rmSync(join(folder, "kind"));
        renameSync(join(labFolder, "copy"), join(folder, "kind"));
        expect(tried().PATH).toBe(`${folder}${delimiter}/bin`);
    });
});

test.each(["stack.yaml", "images.tar", "chart/cilium.tgz"])(
    "one whose manifest does not list %s takes no other's place",
    async (left) => {
        await use();
        await write(given, "images", undefined, left);
        await expect(use()).rejects.toThrow(
            `${path} cannot be used: its manifest does not list ${left}; write it again with npm run bundle`,
        );
        expect(existsSync(join(labFolder, "bundle", "tools", "kind"))).toBe(true);
    },
);

test("two stacks do not unpack at the same time: the folder is one for all", async () => {
    const lock = join(labFolder, "bundle.lock");
    let holder: string | undefined;
    await use({
        "docker load": () => {
            holder = holderOf(lock)?.what;
            return {};
        },
    });
    expect(holder).toBe("npm run up -- --bundle");
    expect(existsSync(lock)).toBe(false);
});

test("a second time, images that are in the engine are not loaded again; those of another bundle are", async () => {
    await use();
    const there = { "docker image inspect": {} };
    const again = await use(there);
    expect(again.callsOf("docker load")).toEqual([]);
    expect(again.said).toContain("3 images of the bundle are in the cache already");
    expect((await use()).callsOf("docker load")).toHaveLength(1);
    await write(given, "other images");
    expect((await use(there)).callsOf("docker load")).toHaveLength(1);
});

test("a stack that needs another image is told before anything is loaded, and keeps its config", async () => {
    const own = "config: {cilium-global-services:nodeImage: kindest/node:mine}\n";
    writeFileSync(stackFilePath("dev"), own);
    await expect(use()).rejects.toThrow(
        new ProblemsError([
            {
                message: "stack dev needs kindest/node:mine, which the bundle does not have.",
                fix: `take the bundle's config: move ${stackFilePath("dev")} away, or use another --stack`,
            },
        ]),
    );
    expect(readFileSync(stackFilePath("dev"), "utf8")).toBe(own);
});

test("a chart of the same name that is kept already stays", async () => {
    const kept = cachedChart(ciliumWith());
    mkdirSync(join(kept, ".."), { recursive: true });
    writeFileSync(kept, "mine");
    await use();
    expect(readFileSync(kept, "utf8")).toBe("mine");
});

test("an engine that does not load the images is told of, and the next time it is tried again", async () => {
    await expect(
        use({ "docker load": { code: 1, stderr: "no space left on device" } }),
    ).rejects.toThrow("docker could not load the bundle's images: no space left on device");
    expect((await use({ "docker image inspect": {} })).callsOf("docker load")).toHaveLength(1);
});

test("a damaged bundle changes nothing", async () => {
    const damaged = readFileSync(path);
    damaged[512] = 9;
    writeFileSync(path, damaged);
    await expect(use()).rejects.toThrow(`${path} cannot be used: its tools/kind has SHA-256`);
    expect(existsSync(join(labFolder, "bundle"))).toBe(false);
    expect(existsSync(stackFilePath("dev"))).toBe(false);
});

test("images that are damaged do not reach the engine whole, and nothing of the bundle is used", async () => {
    await write(given, `images ${"x".repeat(3 * 2 ** 20)}`);
    const damaged = readFileSync(path);
    damaged[damaged.indexOf("images xxx") + 1000] = 9;
    writeFileSync(path, damaged);
    await expect(use()).rejects.toThrow(`${path} cannot be used: its images.tar has SHA-256`);
    expect(loaded).toContain("its images.tar has SHA-256");
    expect(existsSync(join(labFolder, "bundle"))).toBe(false);
    expect(existsSync(stackFilePath("dev"))).toBe(false);
    expect(readdirSync(labFolder).filter((file) => file.endsWith(".part"))).toEqual([]);
    expect(
        (await use({ "docker image inspect": {} }).catch(() => undefined))?.said,
    ).toBeUndefined();
});

test("what its manifest does not list is not unpacked", async () => {
    await write(given, "images", "tools/docker");
    await use();
    expect(readdirSync(join(labFolder, "bundle", "tools"))).toEqual(["kind"]);
});

test("the bundle is read once", async () => {
    jest.mocked(createReadStream).mockClear();
    await use();
    const read = jest
        .mocked(createReadStream)
        .mock.calls.map(([, options]) => options as { start: number; end: number });
    const sizes = ["kind", "chart", yaml.dump({ config: stackConfig }), "images"].map(
        ({ length }) => length,
    );
    // The manifest is at the end, and read first.
    expect(read.slice(1).map(({ start, end }) => end - start + 1)).toEqual(sizes);
});
